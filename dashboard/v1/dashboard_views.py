"""The dashboard under /api/v1."""

from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ViewSet

from accounts.access.callers import acting_user
from accounts.access.rules import Rule
from dashboard.selectors import dashboard
from dashboard.v1.dashboard_shapes import DashboardOut
from redis_models.health.registry import current


class DashboardViewSet(ViewSet):
    """Read the dashboard."""

    tag = "dashboard"
    names = {"retrieve": "get_dashboard"}
    rules = {"retrieve": Rule.OWNER}
    answers = {"retrieve": DashboardOut}

    def retrieve(self, request: Request) -> Response:
        """Return stats, plan and the state of Redis. This also works during an outage."""
        shown = dashboard(user_id=acting_user(request))
        return Response(DashboardOut.of(shown, redis_healthy=current().is_healthy))
