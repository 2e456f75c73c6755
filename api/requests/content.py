"""What a request says, typed: its JSON object, the user it names, and which of the two APIs it asks."""

from typing import Any

from django.http import HttpRequest
from rest_framework.request import Request

V1_PREFIX = "/api/v1/"


def body(request: Request) -> dict[str, Any]:
    """Return the request's JSON object; empty where there is no body (the parser lets nothing but objects through)."""
    return dict(request.data)


def named_users(request: Request) -> list[Any]:
    """Return every user id that the request names, unchecked: in the query, the body and the header x-user-id."""
    places = (request.query_params.get("userId"), body(request).get("userId"), request.headers.get("x-user-id"))
    return [user_id for user_id in places if user_id]


def named_user(request: Request) -> Any:
    """Return the first of them; None where there is none."""
    return next(iter(named_users(request)), None)


def is_v1(request: HttpRequest | Request) -> bool:
    """Return whether the request asks the new API, whose errors are problem documents."""
    return request.path.startswith(V1_PREFIX)
