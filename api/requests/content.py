"""The content of a request: its JSON object, the user it names, and which of the two APIs it is for."""

from typing import Any

from django.http import HttpRequest
from rest_framework.request import Request

V1_PREFIX = "/api/v1/"


def body(request: Request) -> dict[str, Any]:
    """Return the request's JSON object; empty if there is no body. The parser accepts only objects."""
    return dict(request.data)


def named_users(request: Request) -> list[Any]:
    """Return the user ids in the query, the body and the header x-user-id, in that order and not validated."""
    places = (request.query_params.get("userId"), body(request).get("userId"), request.headers.get("x-user-id"))
    return [user_id for user_id in places if user_id]


def named_user(request: Request) -> Any:
    """Return the first of the named users; None if there is none."""
    return next(iter(named_users(request)), None)


def is_v1(request: HttpRequest | Request) -> bool:
    """Return whether the request is for /api/v1, whose errors are problem documents."""
    return request.path.startswith(V1_PREFIX)
