"""manage.py redis_health."""

import time
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError

from redis_models import connection
from redis_models.errors import RedisModelError
from redis_models.management.terminal import TerminalCommand


class Command(TerminalCommand):
    """Check Redis."""

    help = "Set, get and delete a key, really. Exit status 1 where Redis is not healthy."

    def run(self, *_: Any, **options: Any) -> None:
        """Show where Redis is and whether it works."""
        begun = time.monotonic()
        facts: dict[str, Any] = {"redis": settings.REDIS_ENDPOINT.display, "from": settings.REDIS_ENDPOINT.variable}
        try:
            tests = connection.round_trip()
        except RedisModelError as error:
            self.show_one(facts | {"healthy": False, "error": str(error)}, as_json=options["json"])
            raise CommandError("Redis is not healthy.") from None
        milliseconds = round((time.monotonic() - begun) * 1000, 1)
        self.show_one(
            facts | {"healthy": all(tests.values())} | tests | {"milliseconds": milliseconds}, as_json=options["json"]
        )
