"""Errors -> HTTP, the only such table: asked by DRF, by the middleware, and by Django's own error pages."""

from typing import Any

from django.http import Http404, HttpRequest, JsonResponse
from rest_framework import status
from rest_framework.exceptions import APIException
from rest_framework.exceptions import NotFound as DRFNotFound
from rest_framework.response import Response

from redis_models import errors

_STATUS: tuple[tuple[type[Exception], int], ...] = (
    (errors.Invalid, status.HTTP_400_BAD_REQUEST),
    (errors.NotFound, status.HTTP_404_NOT_FOUND),
    (errors.Conflict, status.HTTP_409_CONFLICT),
    (errors.RedisUnavailable, status.HTTP_503_SERVICE_UNAVAILABLE),
    (errors.JournalUnavailable, status.HTTP_503_SERVICE_UNAVAILABLE),
)
_UNAVAILABLE = "The store is not available. Please try again."


def status_of(error: Exception) -> int | None:
    """Return the HTTP status of one of our errors; None for any other."""
    return next((code for kind, code in _STATUS if isinstance(error, kind)), None)


def _text_of(error: Exception, code: int, view: object) -> str:
    if code == status.HTTP_503_SERVICE_UNAVAILABLE:
        return str(getattr(view, "unavailable_text", _UNAVAILABLE))
    return str(error)


def _headers_of(error: Exception) -> dict[str, str]:
    seconds = getattr(error, "retry_after_s", None)
    return {} if seconds is None else {"Retry-After": str(seconds)}


def exception_handler(error: Exception, context: dict[str, Any]) -> Response | None:
    """Answer DRF's question what an exception in a view means; None leaves it to Django's 500."""
    code = status_of(error)
    if code is not None:
        return Response({"error": _text_of(error, code, context.get("view"))}, code, headers=_headers_of(error))
    if isinstance(error, Http404):
        error = DRFNotFound()
    if isinstance(error, APIException):
        challenge = getattr(error, "auth_header", None)
        headers = {"WWW-Authenticate": challenge} if challenge else {}
        return Response({"error": str(error.detail)}, error.status_code, headers=headers)
    return None


def response_to(error: Exception) -> JsonResponse | None:
    """Return the response to one of our errors that escaped a plain Django view; None for any other."""
    code = status_of(error)
    if code is None:
        return None
    return JsonResponse({"error": _text_of(error, code, None)}, status=code, headers=_headers_of(error))


def bad_request(request: HttpRequest, exception: Exception) -> JsonResponse:  # noqa: ARG001 (Django's signature)
    """Answer a request that Django itself refuses."""
    return JsonResponse({"error": "Bad request"}, status=400)


def forbidden(request: HttpRequest, exception: Exception) -> JsonResponse:  # noqa: ARG001
    """Answer a request that Django itself forbids."""
    return JsonResponse({"error": "Forbidden"}, status=403)


def not_found(request: HttpRequest, exception: Exception) -> JsonResponse:  # noqa: ARG001
    """Answer a path that is not a route."""
    return JsonResponse({"error": "Not found"}, status=404)


def server_error(request: HttpRequest) -> JsonResponse:  # noqa: ARG001
    """Answer a defect without telling anything of it; the log has the trace."""
    return JsonResponse({"error": "Something went wrong on our side"}, status=500)
