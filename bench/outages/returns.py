"""Recovery: after a short outage of Redis, and after a Valkey or a worker was killed."""

import os
import signal
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

import httpx

from bench.outages.figures import in_s
from bench.report import Table
from bench.site import Site, site_on_a_server
from tests.support.servers import Server
from tests.support.waiting import wait_until

AWAY_S = 1.2
MOMENTS = 5
KILLS = 5
PROMISED_BACK_S = 5.0


def moments() -> list[Table]:
    """Measure saves during a short outage of Redis."""
    with site_on_a_server(workers=1, AIRA_AUTH="trusted") as (server, site):
        found = [_moment(server, site, number) for number in range(MOMENTS)]
    stored = sum(not is_pending for _, is_pending in found)
    rows = [[f"{stored} of {MOMENTS}", f"{MOMENTS - stored} of {MOMENTS}", *in_s([took_s for took_s, _ in found])]]
    about = (
        f"Redis refuses connections for {AWAY_S} s, and a save is sent when that begins. If the monitor notices before "
        "the save is tried, the save is pending at once; otherwise it is tried again until it is stored."
    )
    columns = ("stored by a retry", "kept in the journal", "answered, median, s", "slowest, s")
    return [Table("Redis away for a moment", about, columns, rows)]


def _moment(server: Server, site: Site, number: int) -> tuple[float, bool]:
    """Return how long the save took (s), and whether it is pending."""
    message = {"id": "1", "role": "user", "content": "x", "timestamp": "2026-11-23T08:00:00.000Z"}
    body = {"userId": "u1", "title": f"Chat {number}", "messages": [message]}
    with httpx.Client(base_url=f"http://127.0.0.1:{site.port}", timeout=30, trust_env=False) as client:
        wait_until(lambda: _is_calm(client))
        back = threading.Timer(AWAY_S, _restart, args=(server,))
        server.process.kill()
        back.start()
        begun = time.monotonic()
        saved = client.post("/api/chat/save", json=body)
        took_s = time.monotonic() - begun
        back.join()
    assert saved.status_code == 200
    return took_s, "pending" in saved.json()


def _is_calm(client: httpx.Client) -> bool:
    ready = client.get("/ready").json()
    return ready["redisHealthy"] and ready["journal"]["pending"] == 0


def _restart(server: Server) -> None:
    server.stop()
    server.start()


def kills() -> list[Table]:
    """Kill the bundled Valkey, then a worker, and measure how long it takes until the site is complete and healthy."""
    with tempfile.TemporaryDirectory() as folder, Site("", Path(folder, "var")) as site:
        rows = [
            [name, f"{PROMISED_BACK_S:.0f}", *in_s([_back_s(site, victims) for _ in range(KILLS)])]
            for name, victims in (("Valkey", lambda: site.valkeys), ("a worker", lambda: site.workers))
        ]
    about = f"`serve` with 2 workers and its own Valkey; each killed {KILLS} times with SIGKILL."
    columns = ("killed", "promised, s", "back, median, s", "slowest, s")
    return [Table("Killed, and back", about, columns, rows)]


def _back_s(site: Site, victims: Callable[[], list[int]]) -> float:
    wait_until(lambda: b'"redisHealthy":true' in site.get("/ready").replace(b" ", b""))
    before = victims()
    os.kill(before[0], signal.SIGKILL)

    def is_back() -> bool:
        now = victims()
        is_complete = len(now) == len(before) and before[0] not in now
        return is_complete and b'"redisHealthy":true' in site.get("/ready").replace(b" ", b"")

    return wait_until(is_back)
