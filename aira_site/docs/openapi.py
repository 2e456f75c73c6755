"""The OpenAPI schema of a viewset, which declares the inputs and answers of its actions beside its `rules`.

    rules = {"create": Rule.OWNER}
    tag = "things"                        # the resource
    names = {"create": "create_thing"}    # operationIds: stable and unique
    bodies = {"create": ThingIn}          # a serializer or a shape; without one, no body
    answers = {"create": {201: ThingOut}} # a shape or a tuple of shapes, also by status or (status, media type)
    bounded = ("create",)                 # actions that are bounded for each person: 413, 429
    queries = {"list": {"limit": int}}    # query parameters and their types; `texts` describes them
    errors = {"create": (409, 422)}       # errors that are not implied by the rule or the method
    storeless = ("list",)                 # answered without the store: never 503
    examples = {"list": {…}}              # for an answer that is not a shape
    body_media = "text/csv"               # of all bodies, if they are not JSON

The rest is derived: the rule says who may call, the docstring is summary and description, and a write (a shape with
`state`) may also be pending (202). An action that may answer 422 takes an Idempotency-Key, one with 412 an If-Match.
"""

import re
from typing import Any

import msgspec
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse

from accounts.access.bounded import is_bounded
from accounts.access.rules import Rule, rule_of
from aira_site.docs import texts
from aira_site.docs.shapes import example_of_shape
from api.answers.problems import CONTENT_TYPE, Problem
from api.answers.shapes import ErrorOut, ProblemOut
from api.requests.content import V1_PREFIX
from chat.safety.talking import TalkErrorOut, TalkProblemOut, is_talking

_NO_BODY = frozenset({"GET", "HEAD", "DELETE"})
_TYPES = {int: OpenApiTypes.INT, str: OpenApiTypes.STR, bool: OpenApiTypes.BOOL}
_OF_BODY = {400, 411, 413}
_OF_RULE: dict[Rule | None, set[int]] = {
    Rule.OWNER: {400, 401, 403, 404},
    Rule.CALLER: {401, 403},
    Rule.SERVICE: {401, 403},
}
_WAYS: list[dict[str, list[str]]] = [{"bearer": []}, {"cookie": []}]
_HEADERS = {422: "Idempotency-Key", 412: "If-Match"}


class ApiSchema(AutoSchema):
    """drf-spectacular's schema, with the viewset's declarations in place of guesses."""

    def _is_list_view(self, serializer: Any = None) -> bool:  # noqa: ARG002 (drf-spectacular's signature)
        """Return False: a page is an object, not a list."""
        return False

    def _declared(self, table: str) -> Any:
        return getattr(self.view, table, {}).get(getattr(self.view, "action", ""))

    def _is_v1(self) -> bool:
        return self.path.startswith(V1_PREFIX)

    def get_operation_id(self) -> str:
        """Return the declared name of the action."""
        return str(self._declared("names"))

    def get_summary(self) -> str:
        """Return the first clause of the docstring."""
        return re.split(r"[.;:]( |$)", self.get_description().partition("\n")[0])[0]

    def get_tags(self) -> list[str]:
        """Return the declared tag: the resource."""
        return [str(getattr(self.view, "tag", ""))]

    def get_auth(self) -> list[dict[str, list[str]]]:
        """Return bearer token or cookie; for an action that anybody may call, nothing, or optional if it may be 401."""
        if rule_of(self.view) is not Rule.ANYBODY:
            return _WAYS
        return [{}, *_WAYS] if 401 in self._errors() and self.view.authentication_classes else []

    def map_parsers(self) -> list[str]:
        """Return JSON, as which the parser reads every body, unless the view is a page with a form."""
        return [getattr(self.view, "body_media", "application/json")]

    def get_request_serializer(self) -> Any:
        """Return the declared body of the action; None if its method has none."""
        if self.method in _NO_BODY:
            return None
        return self._declared("bodies")

    def get_examples(self) -> list[OpenApiExample]:
        """Return the example of the body."""
        body = self.get_request_serializer()
        if body is None:
            return []
        value = example_of_shape(body) if _is_shape(body) else body.example
        (media,) = self.map_parsers()
        return [OpenApiExample("example", value=value, request_only=True, media_type=media)]

    def get_response_serializers(self) -> Any:
        """Return the answers of the action, including errors."""
        declared = self._declared("answers")
        answers = declared if isinstance(declared, dict) else {200: declared}
        answers = answers if self.method == "GET" else _with_pending(answers)
        shown = {_key(of): self._response(of, given) for of, given in answers.items()}
        media = CONTENT_TYPE if self._is_v1() else "application/json"
        errors = {(str(code), media): self._error(code) for code in sorted(self._errors())}
        return errors | shown

    def _response(self, of: int | tuple[int, str], given: Any) -> OpenApiResponse:
        if isinstance(given, OpenApiResponse):
            return given
        shapes = given if isinstance(given, tuple) else (given,)
        if not all(_is_shape(shape) for shape in shapes):
            return _shown(given, "The document.", self._declared("examples"))
        refs = [self.resolve_serializer(shape, "response").ref for shape in shapes]
        schema = given if len(refs) == 1 else {"anyOf": refs}
        return _shown(schema, texts.ANSWERS[int(_key(of)[0])], *map(example_of_shape, shapes))

    def _error(self, code: int) -> OpenApiResponse:
        text = texts.ERRORS[code]
        if not self._is_v1():
            return _shown(TalkErrorOut if is_talking(self.path) else ErrorOut, text, {"error": text})
        kind = TalkProblemOut if is_talking(self.path) else ProblemOut
        return _shown(kind, text, msgspec.to_builtins(Problem(code, text).document()))

    def _errors(self) -> set[int]:
        found = {*_OF_RULE.get(rule_of(self.view), ()), *(self._declared("errors") or ())}
        if self.method not in _NO_BODY:
            found |= _OF_BODY
        if self._declared("queries"):
            found.add(400)
        if is_bounded(self.view):
            found |= {413, 429}
        if getattr(self.view, "action", "") not in getattr(self.view, "storeless", ()):
            found.add(503)
        return found

    def get_override_parameters(self) -> list[Any]:
        """Return the parameters in path, query and headers; `userId` if the rule is OWNER."""
        declared = self._declared("queries") or {}
        found = [_parameter(name, OpenApiParameter.QUERY, _TYPES[kind]) for name, kind in declared.items()]
        found += [_parameter(name, OpenApiParameter.PATH) for name in re.findall(r"{(\w+)}", self.path)]
        found += [_parameter(_HEADERS[code], OpenApiParameter.HEADER) for code in _HEADERS if code in self._errors()]
        if rule_of(self.view) is Rule.OWNER:
            found.append(_parameter("userId", OpenApiParameter.QUERY))
        return found


def _parameter(name: str, place: Any, kind: Any = OpenApiTypes.STR) -> OpenApiParameter:
    is_path = place == OpenApiParameter.PATH
    return OpenApiParameter(name, kind, place, required=is_path, description=texts.PARAMETERS[name])


def _shown(schema: Any, description: str, *examples: Any) -> OpenApiResponse:
    named = [OpenApiExample(f"example {number}", value=value) for number, value in enumerate(examples, 1)]
    return OpenApiResponse(schema, description=description, examples=named)


def _is_shape(given: Any) -> bool:
    return isinstance(given, type) and issubclass(given, msgspec.Struct)


def _with_pending(answers: dict[Any, Any]) -> dict[Any, Any]:
    """Return the answers, with the one of a pending write (202) if the action is a write."""
    writes = [given for given in answers.values() if "state" in getattr(given, "__struct_fields__", ())]
    return answers | ({202: writes[0]} if writes else {})


def _key(of: int | tuple[int, str]) -> tuple[str, str]:
    code, media = of if isinstance(of, tuple) else (of, "application/json")
    return str(code), media
