"""Plans and daily usage, under /api/v1."""

from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ViewSet

from accounts.access.callers import acting_user
from accounts.access.rules import Rule
from chat.usage import usage
from chat.v1.plan_shapes import PLANS, MyUsageOut, PlansOut


class PlansViewSet(ViewSet):
    """List the plans."""

    is_public = True
    tag = "plans"
    names = {"list": "list_plans"}
    storeless = ("list",)
    rules = {"list": Rule.ANYBODY}
    answers = {"list": PlansOut}
    authentication_classes = ()

    def list(self, request: Request) -> Response:  # noqa: ARG002 (DRF's signature)
        """Return every plan. Null means no limit."""
        return Response(PLANS)


class UsageViewSet(ViewSet):
    """The messages left today, and the user's bounds."""

    tag = "usage"
    names = {"retrieve": "get_usage"}
    rules = {"retrieve": Rule.OWNER}
    answers = {"retrieve": MyUsageOut}

    def retrieve(self, request: Request) -> Response:
        """Return today's usage, and the user's bounds."""
        found, _, answer = usage(user_id=acting_user(request))
        return Response(MyUsageOut.of_all(found, answer))
