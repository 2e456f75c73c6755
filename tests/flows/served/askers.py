"""Many requests with one access token at a served site, and load beside them."""

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import httpx

from tests.flows.served.sites import ServedSite
from tests.support.waiting import PATIENCE_S, joined

CONNECTIONS = 8


def answered(site: ServedSite, token: str, *, requests: int) -> Counter[int]:
    """Ask for the dashboard that often, over several connections; return how often each status came."""
    seen: Counter[int] = Counter()
    lock = threading.Lock()

    def ask() -> None:
        own = Counter(_statuses(site, token, requests // CONNECTIONS))
        with lock:
            seen.update(own)

    _run([threading.Thread(target=ask) for _ in range(CONNECTIONS)])
    return seen


@contextmanager
def load(site: ServedSite, token: str) -> Iterator[Counter[int]]:
    """Ask for the dashboard over several connections during the block; the statuses are complete after it."""
    seen: Counter[int] = Counter()
    is_over = threading.Event()

    def ask() -> None:
        with _client(site, token) as client:
            while not is_over.is_set():
                seen[client.get("/api/dashboard").status_code] += 1

    threads = [threading.Thread(target=ask) for _ in range(CONNECTIONS // 2)]
    for thread in threads:
        thread.start()
    try:
        yield seen
    finally:
        is_over.set()
        joined(*threads)


def _statuses(site: ServedSite, token: str, requests: int) -> Iterator[int]:
    with _client(site, token) as client:
        for _ in range(requests):
            yield client.get("/api/dashboard").status_code


def _client(site: ServedSite, token: str) -> httpx.Client:
    headers = {"Authorization": f"Bearer {token}"}
    return httpx.Client(base_url=site.client.base_url, headers=headers, timeout=PATIENCE_S, trust_env=False)


def _run(threads: list[threading.Thread]) -> None:
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
