"""manage.py redis_health."""

import time
from dataclasses import asdict
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError

from redis_models import connection
from redis_models.connection import Member
from redis_models.errors import RedisModelError
from redis_models.health.report import probed_report
from redis_models.management.terminal import TerminalCommand


class Command(TerminalCommand):
    """Check Redis."""

    help = "Set, get and delete a key in Redis, and show all servers. Exits with status 1 if Redis is not healthy."

    def run(self, *_: Any, **options: Any) -> None:
        """Show the address of Redis, whether it works, and its servers; raises CommandError if it is not healthy."""
        facts: dict[str, Any] = {"redis": settings.REDIS_ENDPOINT.display, "from": settings.REDIS_ENDPOINT.variable}
        facts |= _tests()
        servers = _servers()
        report = probed_report()
        primaries = [server.is_up for server in servers if server.role == "primary"]
        facts["healthy"] = facts["healthy"] and report.redis_healthy and all(primaries)
        facts |= report.facts()
        self._show(facts, servers, as_json=options["json"])
        if not facts["healthy"]:
            raise CommandError("Redis is not healthy.")

    def _show(self, facts: dict[str, Any], servers: list[Member], *, as_json: bool) -> None:
        rows = [{"up" if name == "is_up" else name: value for name, value in asdict(each).items()} for each in servers]
        if as_json:
            self.show_one(facts | {"servers": rows}, as_json=True)
        else:
            self.show_one(facts, as_json=False)
            self.show(rows, as_json=False)


def _tests() -> dict[str, Any]:
    begun = time.monotonic()
    try:
        tests = connection.round_trip()
    except RedisModelError as error:
        return {"healthy": False, "error": str(error)}
    return {"healthy": all(tests.values())} | tests | {"milliseconds": round((time.monotonic() - begun) * 1000, 1)}


def _servers() -> list[Member]:
    try:
        return connection.topology()
    except RedisModelError:
        return []
