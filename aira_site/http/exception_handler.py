"""The only table of errors and HTTP statuses, for DRF, the middleware and Django's error handlers.

The existing API answers `{"error": text}`; /api/v1 answers a problem document.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec
from django.http import Http404, HttpRequest, HttpResponse
from rest_framework import status
from rest_framework.exceptions import APIException
from rest_framework.exceptions import NotFound as DRFNotFound
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.access.authentication import CHALLENGE
from accounts.errors import ProviderUnavailable, Refused
from api.answers.problems import CONTENT_TYPE, Problem
from api.answers.shapes import ErrorOut, ProblemOut
from api.requests.content import is_v1
from chat.safety.talking import carries_help, with_help
from redis_models import errors

_TABLE: tuple[tuple[type[Exception], int, str], ...] = (
    (errors.Invalid, status.HTTP_400_BAD_REQUEST, "invalid"),
    (Refused, status.HTTP_401_UNAUTHORIZED, "refused"),
    (errors.NotFound, status.HTTP_404_NOT_FOUND, "not_found"),
    (errors.Conflict, status.HTTP_409_CONFLICT, "conflict"),
    (errors.ClaimInFlight, status.HTTP_503_SERVICE_UNAVAILABLE, "try_again"),
    (errors.RedisUnavailable, status.HTTP_503_SERVICE_UNAVAILABLE, "store_unavailable"),
    (ProviderUnavailable, status.HTTP_503_SERVICE_UNAVAILABLE, "provider_unavailable"),
    (errors.JournalUnavailable, status.HTTP_503_SERVICE_UNAVAILABLE, "store_unavailable"),
)
_UNAVAILABLE = "The store is not available. Please try again."


@dataclass(frozen=True, slots=True)
class Answer:
    """The HTTP response to an error: the problem and its headers."""

    problem: Problem
    headers: Mapping[str, str] = field(default_factory=dict)


def answer_to(error: Exception, *, view: object = None) -> Answer | None:
    """Return the answer to the error; None if it is a defect. A view may set its text for 503 (`unavailable_text`)."""
    if isinstance(error, Http404):
        error = DRFNotFound()
    if isinstance(error, APIException):
        return _answer_to_api_exception(error)
    code, name = next(((code, name) for kind, code, name in _TABLE if isinstance(error, kind)), (0, ""))
    if not code:
        return None
    is_away = code == status.HTTP_503_SERVICE_UNAVAILABLE
    text = str(getattr(view, "unavailable_text", _UNAVAILABLE)) if is_away else str(error)
    challenge = {"WWW-Authenticate": CHALLENGE} if isinstance(error, Refused) else {}
    return Answer(Problem(code, text, name), challenge | _retry_after(error))


def _answer_to_api_exception(error: APIException) -> Answer:
    challenge = getattr(error, "auth_header", None)
    headers = ({"WWW-Authenticate": challenge} if challenge else {}) | _retry_after(error)
    problem = Problem(error.status_code, str(error.detail), _code_of(error), getattr(error, "fields", {}))
    return Answer(problem, headers)


def _code_of(error: APIException) -> str:
    codes = error.get_codes()
    return codes if isinstance(codes, str) else error.default_code


def _retry_after(error: Exception) -> dict[str, str]:
    seconds = getattr(error, "retry_after_s", None)
    return {} if seconds is None else {"Retry-After": str(seconds)}


def _shape(problem: Problem, request: HttpRequest | Request | None) -> tuple[ProblemOut | ErrorOut, str]:
    """Return the body and its content type, for the API that was called."""
    if request is not None and is_v1(request):
        return problem.document(), CONTENT_TYPE
    return ErrorOut(error=_with_fields(problem)), "application/json"


def _with_fields(problem: Problem) -> str:
    return " ".join(problem.fields.values()) or problem.detail


def exception_handler(error: Exception, context: dict[str, Any]) -> Response | None:
    """Return the response to an exception in a DRF view; None leaves it to Django's 500."""
    answer = answer_to(error, view=context.get("view"))
    if answer is None:
        return None
    request = context.get("request")
    body, content_type = _shape(answer.problem, request)
    if getattr(error, "is_unread", False):
        body = with_help(body)
    elif request is not None and carries_help(request.path_info, answer.problem.status):
        body = with_help(body, country=request.data.get("country"))
    return Response(body, answer.problem.status, headers=dict(answer.headers), content_type=content_type)


def response_to(error: Exception, request: HttpRequest) -> HttpResponse | None:
    """Return the response to an exception that escaped a plain Django view; None if it is a defect."""
    answer = answer_to(error)
    return None if answer is None else _json(answer, request)


def _json(answer: Answer, request: HttpRequest) -> HttpResponse:
    body, content_type = _shape(answer.problem, request)
    content, headers = msgspec.json.encode(body), dict(answer.headers)
    return HttpResponse(content, status=answer.problem.status, headers=headers, content_type=content_type)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 (Django's signature)
    """Answer a request that Django refuses."""
    return _json(Answer(Problem(400, "Bad request", "bad_request")), request)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001
    """Answer a request that Django forbids."""
    return _json(Answer(Problem(403, "Forbidden", "forbidden")), request)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001
    """Answer a path without a route."""
    return _json(Answer(Problem(404, "Not found", "not_found")), request)


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer a defect without details; the log has the traceback."""
    return _json(Answer(Problem(500, "Something went wrong on our side", "server_error")), request)
