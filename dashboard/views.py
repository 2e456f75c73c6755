"""The dashboard's endpoints."""

from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ViewSet

from accounts.callers import acting_user, require_service
from accounts.models import Plan
from accounts.rules import Rule
from accounts.services import change_plan
from api.pending import pending_out
from api.requests import body
from dashboard.selectors import dashboard
from dashboard.serializers import dashboard_out, stats_out
from redis_models.errors import Invalid
from redis_models.health import current


class DashboardViewSet(ViewSet):
    """What a user sees first."""

    rules = {"retrieve": Rule.OWNER}

    def retrieve(self, request: Request) -> Response:
        """Return stats, plan and the state of Redis; it always answers."""
        shown = dashboard(user_id=acting_user(request))
        return Response(dashboard_out(shown, redis_healthy=current().is_healthy))


class PlanViewSet(ViewSet):
    """Changing a plan, answered with the dashboard's data."""

    rules = {"partial_update": Rule.OWNER}

    def partial_update(self, request: Request) -> Response:
        """Set the plan; with a service key only."""
        user_id = acting_user(request)
        named_plan = body(request).get("plan")
        if not named_plan:
            raise Invalid("Plan is required")
        plan = Plan.named(named_plan)
        require_service(request)
        receipt = change_plan(user_id=user_id, plan=plan)
        return Response(
            {
                "success": True,
                "message": "Plan updated successfully",
                "data": stats_out(dashboard(user_id=user_id)),
                **pending_out(is_pending=receipt.is_pending),
            }
        )
