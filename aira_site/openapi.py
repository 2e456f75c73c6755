"""How the schema reads our viewsets: each says beside its `rules` what its actions take and give.

    rules = {"create": Rule.OWNER}
    bodies = {"create": ThingIn}          # a serializer; none: no body
    answers = {"create": ThingOut}        # a serializer, or a status and one; none: some object
    queries = {"list": {"limit": int}}    # names in the query and their types

The rest follows: who may call is the rule, a description is the docstring, errors are the same everywhere.
"""

from typing import Any

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse

from accounts.rules import Rule, rule_of
from api.requests import V1_PREFIX
from api.schemas import ErrorOut, ProblemOut

_NO_BODY = frozenset({"GET", "HEAD", "DELETE"})
_TYPES = {int: OpenApiTypes.INT, str: OpenApiTypes.STR, bool: OpenApiTypes.BOOL}


class ApiSchema(AutoSchema):
    """drf-spectacular's reading, with our tables in place of its guesses."""

    def _declared(self, table: str) -> Any:
        return getattr(self.view, table, {}).get(getattr(self.view, "action", ""))

    def _is_v1(self) -> bool:
        return self.path.startswith(V1_PREFIX)

    def get_operation_id(self) -> str:
        """Return the path and the action, which no other operation has together."""
        parts = [part.strip("{}") for part in self.path.removeprefix(V1_PREFIX).split("/") if part not in ("", "api")]
        name = "_".join([*parts, self.method.lower()]).replace("-", "_")
        return f"v1_{name}" if self._is_v1() else name

    def get_tags(self) -> list[str]:
        """Return the resource."""
        parts = [part for part in self.path.removeprefix(V1_PREFIX).split("/") if part not in ("", "api")]
        return [parts[0]]

    def get_auth(self) -> list[dict[str, list[str]]]:
        """Return nothing for what anybody may call, else a bearer token."""
        return [] if rule_of(self.view) is Rule.ANYBODY else [{"bearer": []}]

    def get_request_serializer(self) -> Any:
        """Return what the action takes."""
        if self.method in _NO_BODY:
            return None
        return self._declared("bodies")

    def get_response_serializers(self) -> Any:
        """Return what the action gives, and the errors."""
        declared = self._declared("answers") or OpenApiTypes.OBJECT
        answers = declared if isinstance(declared, dict) else {200: declared}
        error = ProblemOut if self._is_v1() else ErrorOut
        media = "application/problem+json" if self._is_v1() else "application/json"
        shown = {(str(code), "application/json"): given for code, given in answers.items()}
        for code, text in self._errors().items():
            shown[(str(code), media)] = OpenApiResponse(error, description=text)
        return shown

    def _errors(self) -> dict[int, str]:
        errors = {503: "The store is not available now."}
        if self.method not in _NO_BODY or self._declared("queries"):
            errors[400] = "Something in the request is not valid."
        if rule_of(self.view) is not Rule.ANYBODY:
            errors |= {401: "No credential, or one that is wrong or over.", 404: "It does not exist, for this caller."}
            errors[403] = "This caller may not do it."
        return errors

    def get_override_parameters(self) -> list[Any]:
        """Return the names in the query, and whom a service key may act for."""
        declared = self._declared("queries") or {}
        found = [OpenApiParameter(name, _TYPES[kind], OpenApiParameter.QUERY) for name, kind in declared.items()]
        if rule_of(self.view) is Rule.OWNER:
            text = "Whom it is about; a user's own id where it is left out. A service key must name one."
            found.append(OpenApiParameter("userId", OpenApiTypes.STR, OpenApiParameter.QUERY, description=text))
        return found
