"""Health endpoints for people, load balancers and orchestrators. They need no credential."""

from typing import Any, ClassVar

from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ViewSet

from accounts.access.rules import Rule
from aira_site.http import health_shapes as shapes
from redis_models import connection
from redis_models.errors import RedisModelError
from redis_models.health.report import report


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
        found = report()
        code = status.HTTP_503_SERVICE_UNAVAILABLE if found.status == "unavailable" else status.HTTP_200_OK
        return Response(shapes.ReadyOut.of(found), status=code)

    def redis(self, request: Request) -> Response:  # noqa: ARG002
        """Set, get and delete a key in Redis; it is also unhealthy if /ready says so."""
        try:
            tests = connection.round_trip()
        except RedisModelError as error:
            return _unhealthy(str(error))
        if not all(tests.values()):
            return _unhealthy("Redis answered wrongly.")
        found = report()
        if not found.redis_healthy:
            return _unhealthy(found.reason)
        return Response(shapes.RedisOut(tests=tests))


def _unhealthy(text: str) -> Response:
    return Response(shapes.RedisFailedOut(error=text), status=status.HTTP_500_INTERNAL_SERVER_ERROR)
