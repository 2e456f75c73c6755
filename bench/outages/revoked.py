"""Requests of a revoked token, from 2 s after its revocation on: under load, and in an outage."""

import tempfile
import time
from collections import Counter
from pathlib import Path

from bench.outages.figures import redis, served
from bench.report import Table, number
from tests.flows.served.askers import answered, load
from tests.flows.served.sites import ServedSite
from tests.support.people import PASSWORD
from tests.support.servers import Server
from tests.support.waiting import wait_until

PROMISED_S = 2.0
UNDER_LOAD, IN_AN_OUTAGE = 10_000, 1_000
CREDENTIALS = {"email": "ann@example.com", "password": PASSWORD}


def revoked() -> list[Table]:
    """Count the answers that a revoked token gets on another host, and in an outage on its own."""
    with tempfile.TemporaryDirectory() as folder, redis() as server:
        first, second = (Path(folder, name) for name in ("first", "second"))
        with (
            served(workers=2, AIRA_DATA_DIR=str(first)) as here,
            served(AIRA_DATA_DIR=str(second)) as there,
        ):
            rows = _rows(here, there, server)
    about = (
        f"Requests from {PROMISED_S:.0f} s after a sign-out on: beside load of 4 connections, at a host of 2 workers "
        "that did not end the session; then without Redis, for that session and for one that ended in the outage."
    )
    return [Table("Revoked tokens", about, ("state", "requests", "answers of 401", "answers of 200"), rows)]


def _rows(here: ServedSite, there: ServedSite, server: Server) -> list[list[str]]:
    here.client.post("/api/v1/session/sign-up", json=CREDENTIALS)
    goes_on, ended, ends_later = (here.client.post("/api/v1/session", json=CREDENTIALS).json() for _ in range(3))
    with load(here, goes_on["accessToken"]):
        _sign_out(there, ended)
        rows = [_row("under load", answered(here, ended["accessToken"], requests=UNDER_LOAD))]
    server.stop()
    wait_until(lambda: not here.ready()["redisHealthy"])
    rows.append(_row("in an outage", answered(here, ended["accessToken"], requests=IN_AN_OUTAGE)))
    _sign_out(here, ends_later)
    return [*rows, _row("ended in the outage", answered(here, ends_later["accessToken"], requests=IN_AN_OUTAGE))]


def _sign_out(site: ServedSite, tokens: dict[str, str]) -> None:
    site.client.post("/api/v1/session/sign-out", json={"refreshToken": tokens["refreshToken"]}).raise_for_status()
    time.sleep(PROMISED_S)


def _row(state: str, seen: Counter[int]) -> list[str]:
    return [state, *(number(each) for each in (seen.total(), seen[401], seen[200]))]
