"""How long a hung Redis blocks its callers, in one process."""

import threading
import time

from django.test.utils import override_settings

from accounts.access import authentication
from accounts.credentials import sessions
from bench.outages.figures import in_ms, redis, took_s
from bench.report import Table
from redis_models import connection
from redis_models.budget import budget
from redis_models.errors import RedisUnavailable
from redis_models.operations.scripts import script
from tests.redis_models.blocked import number_blocked
from tests.support.people import sign_up
from tests.support.servers import Server
from tests.support.waiting import wait_until

TIMES = 20
CALLERS = 8
BUDGET_S = 0.3


def budgets() -> list[Table]:
    """Measure calls to a hung Redis."""
    with redis() as server, override_settings(AIRA_REDIS_TIMEOUT_S=30.0):
        person = sign_up("ann@example.com")
        server.pause()
        read_s = [took_s(_read_within_the_budget) for _ in range(TIMES)]
        asked_s = [took_s(lambda: authentication.caller_of(person.signed_in.access_token)) for _ in range(TIMES)]
        server.resume()
        freed_s = [_freed_s(server) for _ in range(TIMES)]
    rows = [
        ["an operation within its budget", f"{BUDGET_S * 1000:.0f}", *in_ms(read_s)],
        ["whether a session is over", f"{sessions.REVOCATION_BUDGET_S * 1000:.0f}", *in_ms(asked_s)],
        [f"{CALLERS} callers, from when they are freed", "", *in_ms(freed_s)],
    ]
    about = f"Redis is paused with SIGSTOP; the time-out is 30 s; {TIMES} times each."
    columns = ("who asks", "budget, ms", "held, median, ms", "p99, ms", "slowest, ms")
    return [Table("Held by a Redis that hangs", about, columns, rows)]


def _read() -> None:
    try:
        connection.run_script(script("accounts.profile.1"), ["user:u1:profile"], [])
    except RedisUnavailable:
        return


def _read_within_the_budget() -> None:
    with budget(BUDGET_S):
        _read()


def _freed_s(server: Server) -> float:
    _read()
    server.pause()
    callers = [threading.Thread(target=_read) for _ in range(CALLERS)]
    for caller in callers:
        caller.start()
    wait_until(lambda: number_blocked() == CALLERS)
    begun = time.perf_counter()
    connection.free_blocked_callers()
    for caller in callers:
        caller.join()
    freed_s = time.perf_counter() - begun
    server.resume()
    return freed_s
