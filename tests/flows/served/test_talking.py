"""Replies of a served site, under WSGI and ASGI, with a model behind a real socket."""

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import httpx
import pytest

from aira_site.http.rsgi.application import THREADS
from chat.replies.events import STREAMS_AT_MOST
from tests.chat.conftest import text_of
from tests.flows.served.streams import ask, begun, read_events
from tests.support.models import ModelServer
from tests.support.models import Plan as ModelPlan
from tests.support.waiting import deadline, within

STREAMS = 20


@pytest.fixture
def models():
    server = ModelServer()
    yield server
    server.close()


@pytest.fixture(params=["rsgi", "wsgi", "asgi"])
def site(request, serve, models):
    site = serve(interface=request.param, AIRA_AUTH="trusted", AIRA_MODEL_URL=models.url, AIRA_MODEL="m")
    for user in range(STREAMS):
        site.client.post("/api/v1/conversations", json={"id": "c1"}, headers={"x-user-id": f"u{user}"})
    return site


def test_pieces_arrive_one_by_one_as_the_model_sends_them(site, models):
    gate = threading.Event()
    models.plan = ModelPlan(pieces=["one ", "two ", "three"], gate=gate, free_pieces=1)
    with ask(site.client) as response:
        stream = begun(response)
        first = next(stream)
        assert "two" not in first, "the model has not sent it yet"
        gate.set()
        rest = "".join(stream)
    assert "event: delta" in rest
    assert "one two three" in rest.partition("event: done")[2]


def test_a_reply_without_streaming_comes_from_the_model(site, models):
    body = {"userId": "u0", "messages": [{"role": "user", "content": "hello"}]}
    assert site.client.post("/api/chat", json=body).json() == {"message": "I am here."}
    models.plan = ModelPlan(status=500)
    assert site.client.post("/api/chat", json=body).status_code == 503
    assert site.client.get("/api/user/usage", params={"userId": "u0"}).json()["used"] == 1


def test_the_dashboard_answers_while_twenty_streams_are_open(site, models):
    gate = threading.Event()
    models.plan = ModelPlan(pieces=["a ", "b"], gate=gate, free_pieces=1)
    with ExitStack() as opened:
        clients = [
            opened.enter_context(httpx.Client(base_url=site.client.base_url, trust_env=False)) for _ in range(STREAMS)
        ]
        streams = [begun(opened.enter_context(ask(client, f"u{n}"))) for n, client in enumerate(clients)]
        for number in range(50):
            assert site.client.get("/api/dashboard", params={"userId": f"u{number % STREAMS}"}).status_code == 200
        gate.set()
        with ThreadPoolExecutor(STREAMS) as pool:
            assert all("event: done" in text for text in pool.map("".join, streams))


def test_a_dropped_connection_does_not_end_the_reply_and_a_reload_continues_it(site, models):
    gate = threading.Event()
    words = [f"word{number} " for number in range(8)]
    models.plan = ModelPlan(pieces=words, gate=gate, free_pieces=5)
    with ask(site.client, replyId="r1") as response:
        first = read_events(response, until=lambda events: text_of(events) == "".join(words[:5]))
    gate.set()
    headers = {"x-user-id": "u0", "accept": "text/event-stream", "last-event-id": str(first[-1][2])}
    with site.client.stream("GET", "/api/v1/conversations/c1/replies/r1", headers=headers) as response:
        rest = read_events(response)
    assert text_of(rest) == "".join(words[5:]).rstrip() or text_of(rest) == "".join(words[5:])
    assert rest[-1][1]["message"]["content"] == "".join(words).rstrip()
    items = site.client.get("/api/v1/conversations/c1/messages", headers={"x-user-id": "u0"}).json()["items"]
    assert [each["role"] for each in items] == ["user", "assistant"]
    assert site.client.get("/api/user/usage", params={"userId": "u0"}).json()["used"] == 1
    assert len(models.requests) == 1


def test_a_reply_in_one_process_is_listened_to_in_another(serve, models):
    gate = threading.Event()
    models.plan = ModelPlan(pieces=["one ", "two ", "three"], gate=gate, free_pieces=1)
    sites = [serve(AIRA_AUTH="trusted", AIRA_MODEL_URL=models.url, AIRA_MODEL="m") for _ in range(2)]
    sites[0].client.post("/api/v1/conversations", json={"id": "c1"}, headers={"x-user-id": "u0"})
    headers = {"x-user-id": "u0", "accept": "text/event-stream"}
    with ask(sites[0].client, replyId="r1") as response:
        read_events(response, until=text_of)
        with sites[1].client.stream("GET", "/api/v1/conversations/c1/replies/r1", headers=headers) as listened:
            first = read_events(listened, until=text_of)
            assert text_of(first) == "one "
            gate.set()
        with sites[1].client.stream("GET", "/api/v1/conversations/c1/replies/r1", headers=headers) as listened:
            assert read_events(listened)[-1][1]["message"]["content"] == "one two three"


def test_a_silent_model_is_stopped_from_its_own_process_and_from_another(serve, models):
    models.plan = ModelPlan(pieces=["one ", "two"], gate=threading.Event(), free_pieces=1)
    sites = [serve(AIRA_AUTH="trusted", AIRA_MODEL_URL=models.url, AIRA_MODEL="m") for _ in range(2)]
    sites[0].client.post("/api/v1/conversations", json={"id": "c1"}, headers={"x-user-id": "u0"})
    headers = {"x-user-id": "u0"}
    for number, stopped_by in enumerate(sites):
        with ask(sites[0].client, replyId=f"r{number}") as response:
            read_events(response, until=text_of)
        stopped_by.client.post(f"/api/v1/conversations/c1/replies/r{number}/stop", headers=headers)
        with (
            within(deadline(promised_s=1)),
            sites[0].client.stream(
                "GET", f"/api/v1/conversations/c1/replies/r{number}", headers=headers | {"accept": "text/event-stream"}
            ) as listened,
        ):
            ending = read_events(listened)[-1][1]["message"]
        assert (ending["content"], ending["ending"]) == ("one", "stopped"), "only the stop can have ended the reply"


def test_errors_before_a_stream_are_problems_even_for_clients_that_accept_only_events(site):
    response = site.client.post(
        "/api/v1/conversations/none/replies",
        json={"content": "x"},
        headers={"x-user-id": "u0", "accept": "text/event-stream"},
    )
    assert (response.status_code, response.headers["content-type"]) == (404, "application/problem+json")


def test_streams_leave_threads_for_other_requests():
    assert THREADS - STREAMS_AT_MOST >= 16
