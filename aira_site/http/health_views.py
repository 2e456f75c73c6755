"""Health endpoints for people, load balancers and orchestrators. They need no credential."""

from typing import Any, ClassVar

from django.conf import settings
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ViewSet

from accounts.access.rules import Rule
from aira_site.http import health_shapes as shapes
from redis_models import connection
from redis_models.errors import JournalUnavailable, RedisModelError
from redis_models.health.registry import current
from redis_models.journal import journal


class HealthViewSet(ViewSet):
    """Liveness, readiness, and a round trip to Redis."""

    tag = "health"
    names = {
        "live": "get_liveness",
        "ready": "get_readiness",
        "redis": "check_redis",
    }
    storeless = ("live", "ready", "redis")
    answers: ClassVar[dict[str, Any]] = {
        "live": shapes.LiveOut,
        "ready": {200: shapes.ReadyOut, 503: shapes.ReadyOut},
        "redis": {200: shapes.RedisOut, 500: shapes.RedisFailedOut},
    }
    rules = {"live": Rule.ANYBODY, "ready": Rule.ANYBODY, "redis": Rule.ANYBODY}

    authentication_classes = ()

    def live(self, request: Request) -> Response:  # noqa: ARG002 (DRF's signature)
        """Report that the process is running; does not use Redis."""
        return Response(shapes.LiveOut())

    def ready(self, request: Request) -> Response:  # noqa: ARG002
        """Report whether requests can be served; degraded if only the journal takes writes."""
        health = current()
        try:
            kept = journal().admin
            if not health.is_healthy:
                kept.prove_writable()
            state = kept.status()
        except JournalUnavailable:
            return _without_journal(health.is_healthy)
        return Response(
            shapes.ReadyOut(
                status="ready" if health.is_healthy else "degraded",
                redis_healthy=health.is_healthy,
                journal=shapes.JournalOut(
                    mode=settings.AIRA_JOURNAL,
                    durable=state.is_on_disk,
                    pending=state.pending,
                    durability=state.durability or "not known yet",
                ),
            )
        )

    def redis(self, request: Request) -> Response:  # noqa: ARG002
        """Set, get and delete a key in Redis."""
        try:
            tests = connection.round_trip()
        except RedisModelError as error:
            return _unhealthy(str(error))
        if not all(tests.values()):
            return _unhealthy("Redis answered wrongly.")
        return Response(shapes.RedisOut(tests=tests))


def _without_journal(is_healthy: bool) -> Response:  # noqa: FBT001 (a value, not a switch)
    kept = shapes.JournalOut(usable=False)
    if is_healthy:
        return Response(shapes.ReadyOut(status="ready", redis_healthy=True, journal=kept))
    shown = shapes.ReadyOut(status="unavailable", redis_healthy=False, journal=kept)
    return Response(shown, status=status.HTTP_503_SERVICE_UNAVAILABLE)


def _unhealthy(text: str) -> Response:
    return Response(shapes.RedisFailedOut(error=text), status=status.HTTP_500_INTERNAL_SERVER_ERROR)
