"""Waiting times of users: a refused sign-in, a dashboard beside open streams, a stopped reply."""

import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager

import httpx

from bench.outages.figures import in_ms, in_s, redis, served, took_s
from bench.report import Table
from tests.chat.conftest import text_of
from tests.flows.served.sites import ServedSite
from tests.flows.served.streams import ask, begun, read_events
from tests.support.models import ModelServer, Plan
from tests.support.waiting import wait_until

WARMING_UP = 20
SIGN_INS = 200
STREAMS = 20
DASHBOARDS = 200
STOPS = 10
INTERFACES = ("wsgi", "asgi")
PROMISED_STOP_S, PROMISED_FLUSH_S = 1.0, 0.5


def sign_ins() -> list[Table]:
    """Measure sign-ins while Redis is away."""
    rows = [[interface, *in_ms(_refusals_s(interface)[WARMING_UP:])] for interface in INTERFACES]
    about = f"{SIGN_INS} sign-ins, one after the other, while Redis is away; each is answered with 503."
    return [Table("Sign-ins while Redis is away", about, ("interface", "median, ms", "p99, ms", "slowest, ms"), rows)]


def _refusals_s(interface: str) -> list[float]:
    with redis() as server, served(interface=interface, AIRA_TRUSTED_PROXIES="1") as site:
        server.stop()
        wait_until(lambda: not site.ready()["redisHealthy"])
        return [took_s(lambda number=number: _refused(site, number)) for number in range(WARMING_UP + SIGN_INS)]


def _refused(site: ServedSite, number: int) -> None:
    """Try to sign in, with a new address and a new email each time, so that no rate limit answers."""
    credentials = {"email": f"a{number}@example.com", "password": "not the password"}
    forwarded = {"X-Forwarded-For": f"198.51.{number // 250}.{number % 250}"}
    assert site.client.post("/api/v1/session", json=credentials, headers=forwarded).status_code == 503


@contextmanager
def _talking(interface: str) -> Iterator[tuple[ServedSite, ModelServer]]:
    with redis(), closing(ModelServer()) as model:
        options = {"AIRA_AUTH": "trusted", "AIRA_MODEL_URL": model.url, "AIRA_MODEL": "m"}
        with served(interface=interface, **options) as site:
            for user in range(STREAMS):
                site.client.post("/api/v1/conversations", json={"id": "c1"}, headers={"x-user-id": f"u{user}"})
            yield site, model


def streams() -> list[Table]:
    """Measure dashboards while streams are open, and stops of replies while the model is silent."""
    beside = [[interface, *in_ms(_dashboards_s(interface)[WARMING_UP:])] for interface in INTERFACES]
    about = f"{DASHBOARDS} dashboards, one after the other, beside {STREAMS} open streams; one worker."
    columns = ("interface", "median, ms", "p99, ms", "slowest, ms")
    return [Table("Dashboards beside open streams", about, columns, beside), _replies()]


def _dashboards_s(interface: str) -> list[float]:
    with _talking(interface) as (site, model), ExitStack() as opened:
        gate = threading.Event()
        model.plan = Plan(pieces=("a ", "b"), gate=gate, free_pieces=1)
        clients = [opened.enter_context(httpx.Client(base_url=site.client.base_url)) for _ in range(STREAMS)]
        # The list keeps the streams open.
        held = [begun(opened.enter_context(ask(client, f"u{n}"))) for n, client in enumerate(clients)]
        times_s = [took_s(lambda: _dashboard(site)) for _ in range(WARMING_UP + DASHBOARDS)]
        gate.set()
        assert all("event: done" in "".join(stream) for stream in held)
        return times_s


def _dashboard(site: ServedSite) -> None:
    assert site.client.get("/api/dashboard", params={"userId": "u0"}).status_code == 200


def _replies() -> Table:
    with _talking("wsgi") as (site, model), _another(model) as other:
        model.plan = Plan(pieces=("one ", "two"), gate=threading.Event(), free_pieces=1)
        ways = (("the process that writes it", site), ("another process", other))
        rows = [
            [f"a stop asked of {name}", f"{PROMISED_STOP_S:.1f}", *in_s(_stops_s(site, by, name[:3]))]
            for name, by in ways
        ]
        rows.append(["what has arrived is stored", f"{PROMISED_FLUSH_S:.1f}", *in_s(_flushes_s(site))])
    about = f"The model is silent after its first piece; {STOPS} replies each. Times count from the request."
    return Table("Replies", about, ("what", "promised, s", "median, s", "slowest, s"), rows)


@contextmanager
def _another(model: ModelServer) -> Iterator[ServedSite]:
    with served(AIRA_AUTH="trusted", AIRA_MODEL_URL=model.url, AIRA_MODEL="m") as site:
        yield site


def _stops_s(site: ServedSite, by: ServedSite, name: str) -> list[float]:
    return [_stop_s(site, by, f"{name}{number}", user=f"u{number}") for number in range(STOPS)]


def _stop_s(site: ServedSite, by: ServedSite, reply_id: str, *, user: str) -> float:
    place, headers = f"/api/v1/conversations/c1/replies/{reply_id}", {"x-user-id": user}
    with ask(site.client, user, replyId=reply_id) as response:
        read_events(response, until=text_of)
        return took_s(lambda: (by.client.post(f"{place}/stop", headers=headers), _to_its_end(site, place, headers)))


def _to_its_end(site: ServedSite, place: str, headers: dict[str, str]) -> None:
    with site.client.stream("GET", place, headers=headers | {"accept": "text/event-stream"}) as listened:
        assert read_events(listened)[-1][0] == "done"


def _flushes_s(site: ServedSite) -> list[float]:
    return [_flush_s(site, f"flush{number}", user=f"u{number}") for number in range(STOPS, 2 * STOPS)]


def _flush_s(site: ServedSite, reply_id: str, *, user: str) -> float:
    place, headers = "/api/v1/conversations/c1", {"x-user-id": user}
    with ask(site.client, user, replyId=reply_id) as response:
        read_events(response, until=text_of)

        def is_stored() -> bool:
            found = site.client.get(f"{place}/messages", headers=headers).json()["replies"]
            return any(each["text"] for each in found)

        stored_s = wait_until(is_stored)
        site.client.post(f"{place}/replies/{reply_id}/stop", headers=headers)
        return stored_s
