"""Plans and what is left of them under /api/v1."""

from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ViewSet

from accounts.access.callers import acting_user
from accounts.access.rules import Rule
from accounts.plans import ALLOWANCES
from chat.shapes import usage_out
from chat.usage import usage
from chat.v1 import schemas


class PlansViewSet(ViewSet):
    """What the plans include."""

    rules = {"list": Rule.ANYBODY}
    answers = {"list": schemas.PlansOut}
    authentication_classes = ()

    def list(self, request: Request) -> Response:  # noqa: ARG002 (DRF's signature)
        """Return every plan; null is no limit."""
        return Response({"items": _plans_out()})


class UsageViewSet(ViewSet):
    """What the plan still allows today."""

    rules = {"retrieve": Rule.OWNER}
    answers = {"retrieve": schemas.UsageOut}

    def retrieve(self, request: Request) -> Response:
        """Return today's usage."""
        found, _, answer = usage(user_id=acting_user(request))
        return Response(usage_out(found, answer))


def _plans_out() -> list[dict[str, Any]]:
    """Return what each plan includes."""
    return [
        {"plan": plan, "messagesADay": allowance.messages_a_day, "moodDays": allowance.mood_days}
        for plan, allowance in ALLOWANCES.items()
    ]
