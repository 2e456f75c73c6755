"""Helplines under /api/v1."""

import msgspec
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ViewSet

from accounts.access.rules import Rule
from chat.safety import helplines_of
from chat.v1 import schemas


class HelplineViewSet(ViewSet):
    """Helplines, for anybody."""

    rules = {"list": Rule.ANYBODY}
    answers = {"list": schemas.HelplinesOut}
    queries = {"list": {"country": str}}
    authentication_classes = ()

    def list(self, request: Request) -> Response:
        """Return the chosen country's lines, or those of every country."""
        return Response({"countries": msgspec.to_builtins(helplines_of(request.query_params.get("country")))})
