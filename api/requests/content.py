"""The content of a request: its JSON object, the user it names, and which of the two APIs it is for."""

from typing import Any

from django.http import HttpRequest
from rest_framework.request import Request

from redis_models.errors import Invalid

V1_PREFIX = "/api/v1/"


def body(request: Request) -> dict[str, Any]:
    """Return the request's JSON object; empty if there is no body. The parser accepts only objects."""
    return dict(request.data)


def named_user(request: Request) -> Any:
    """Return the user id in the query, the body or the header x-user-id, not validated; None if there is none.

    Empty names count as none. Raises Invalid if the request names two different users, whoever asks: it must not depend
    on the place which of them is meant.
    """
    places = (*request.query_params.getlist("userId"), body(request).get("userId"), request.headers.get("x-user-id"))
    named = [user_id for user_id in places if user_id]
    if any(user_id != named[0] for user_id in named):
        raise Invalid("The request names two different users")
    return named[0] if named else None


def is_v1(request: HttpRequest | Request) -> bool:
    """Return whether the request is for /api/v1, whose errors are problem documents."""
    return request.path.startswith(V1_PREFIX)
