"""What a request says, typed: its JSON object and the user it names."""

from typing import Any

from rest_framework.request import Request


def body(request: Request) -> dict[str, Any]:
    """Return the request's JSON object; empty where there is no body (the parser lets nothing but objects through)."""
    return dict(request.data)


def named_user(request: Request) -> Any:
    """Return the user id in the query, the body or the header x-user-id, unchecked; None where there is none."""
    return request.query_params.get("userId") or body(request).get("userId") or request.headers.get("x-user-id")
