"""Helplines under /api/v1."""

from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ViewSet

from accounts.access.rules import Rule
from chat.safety import helplines_of
from chat.v1.helpline_shapes import HelplinesOut


class HelplineViewSet(ViewSet):
    """Helplines, for anybody."""

    is_public = True
    tag = "helplines"
    names = {"list": "list_helplines"}
    storeless = ("list",)
    rules = {"list": Rule.ANYBODY}
    answers = {"list": HelplinesOut}
    queries = {"list": {"country": str}}
    authentication_classes = ()

    def list(self, request: Request) -> Response:
        """Return the helplines of the chosen country, or those of every country."""
        return Response(HelplinesOut(countries=helplines_of(request.query_params.get("country"))))
