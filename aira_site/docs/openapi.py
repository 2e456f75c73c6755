"""How the schema reads our viewsets: each says beside its `rules` what its actions take and give.

    rules = {"create": Rule.OWNER}
    bodies = {"create": ThingIn}          # a serializer; none: no body
    answers = {"create": {201: ThingOut}} # a shape, or one by status or (status, media type); none: some object
    queries = {"list": {"limit": int}}    # names in the query and their types
    errors = {"create": (401, 404)}       # errors that do not follow from the rule

The rest follows: who may call is the rule, a description is the docstring, errors follow from rule and method, and a
write (a shape with `state`) may also be pending (202).
"""

from typing import Any

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse

import aira_site.docs.shapes  # noqa: F401 (drf-spectacular knows an extension once it is imported)
from accounts.access.rules import Rule, rule_of
from api.answers.shapes import ErrorOut, ProblemOut
from api.requests.content import V1_PREFIX

_NO_BODY = frozenset({"GET", "HEAD", "DELETE"})
_TYPES = {int: OpenApiTypes.INT, str: OpenApiTypes.STR, bool: OpenApiTypes.BOOL}
_ERRORS = {
    400: "Something in the request is not valid.",
    401: "No credential, or one that is wrong or over.",
    403: "This caller may not do it.",
    404: "It does not exist, for this caller.",
    409: "It contradicts what is stored, was deleted, or is being answered at this moment.",
    411: "The body has no length.",
    412: "It is not the version that If-Match names any more.",
    413: "The body is too large.",
    422: "The Idempotency-Key came with another request before.",
    429: "A limit is reached; Retry-After says when to come back.",
    503: "The store is not available now.",
}
_OF_METHOD = {
    "POST": (400, 409, 411, 413, 422, 429),
    "PUT": (400, 409, 411, 413, 429),
    "PATCH": (400, 409, 411, 412, 413),
}


class ApiSchema(AutoSchema):
    """drf-spectacular's reading, with our tables in place of its guesses."""

    def _is_list_view(self, serializer: Any = None) -> bool:  # noqa: ARG002 (drf-spectacular's signature)
        """Say no: a page is an object that holds its entries."""
        return False

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
        """Return a bearer token; nothing for what anybody may call, either where a credential is looked at later."""
        if rule_of(self.view) is not Rule.ANYBODY:
            return [{"bearer": []}]
        return [{}, {"bearer": []}] if 401 in self._errors() and self.view.authentication_classes else []

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
        shown = {_key(of): given for of, given in _with_pending(answers).items()}
        return shown | {
            (str(code), media): OpenApiResponse(error, description=_ERRORS[code]) for code in sorted(self._errors())
        }

    def _errors(self) -> set[int]:
        found = {503, *_OF_METHOD.get(self.method, ()), *(self._declared("errors") or ())}
        if self._declared("queries"):
            found.add(400)
        if rule_of(self.view) is not Rule.ANYBODY:
            found |= {400, 401, 403, 404}
        return found

    def get_override_parameters(self) -> list[Any]:
        """Return the names in the query, and whom a service key may act for."""
        declared = self._declared("queries") or {}
        found = [OpenApiParameter(name, _TYPES[kind], OpenApiParameter.QUERY) for name, kind in declared.items()]
        if rule_of(self.view) is Rule.OWNER:
            text = "Whom it is about; a user's own id where it is left out. A service key must name one."
            found.append(OpenApiParameter("userId", OpenApiTypes.STR, OpenApiParameter.QUERY, description=text))
        return found


def _with_pending(answers: dict[Any, Any]) -> dict[Any, Any]:
    """Return the answers, with that of a write that waits (202) where they are of one."""
    writes = [given for given in answers.values() if "state" in getattr(given, "__struct_fields__", ())]
    return answers | ({202: writes[0]} if writes else {})


def _key(of: int | tuple[int, str]) -> tuple[str, str]:
    code, media = of if isinstance(of, tuple) else (of, "application/json")
    return str(code), media
