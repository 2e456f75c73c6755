"""Whether the user may write more. Viewsets name the actions that ask this: `bounded = ("create",)`.

Reading, deleting, exporting and erasing are not bounded, and work above the bounds. A service key is bound by the user
it acts for.
"""

from typing import Any

from rest_framework.request import Request

from accounts.access.callers import caller
from accounts.bounds.stored import require_room
from accounts.bounds.writes_a_minute import require_turn
from api.requests.content import named_user
from redis_models.schema.identifiers import valid_id


def is_bounded(view: Any) -> bool:
    """Return whether the view's current action asks for the bounds."""
    return getattr(view, "action", "") in getattr(view, "bounded", ())


def require_bounds_of_owner(request: Request) -> None:
    """Raise StorageFull or TooManyWrites for the user the request is about; a request that names nobody passes."""
    user_id = caller(request).user_id or named_user(request)
    if user_id:
        require_bounds(request, user_id=valid_id(user_id))


def require_bounds(request: Request, *, user_id: str) -> None:
    """Raise StorageFull or TooManyWrites if the user may not write now."""
    require_turn(user_id)
    require_room(user_id, body_bytes=int(request.META.get("CONTENT_LENGTH") or 0))
