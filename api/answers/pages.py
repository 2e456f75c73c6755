"""Pagination by cursor: `?limit=` (default 20, at most 100) and `?cursor=`, taken from the previous page.

A cursor is a place in a list and grants no access: each request is authorized on its own. So it is not signed; a forged
one only leads to another place in the same list.
"""

import base64
from dataclasses import dataclass
from typing import Any, Literal

import msgspec
from rest_framework.request import Request

from api.errors import WrongFields
from texts.typed_json import decoder

LIMIT = 20
LIMIT_AT_MOST = 100
CURSOR_MAX_LENGTH = 512

Place = tuple[int | str, ...]
"""Where a page begins or ends, e.g. (time in ms, id) of its first or last entry; the next page excludes that entry."""


class Cursor(msgspec.Struct, frozen=True, array_like=True):
    """A place and a direction: `next` leads away from the beginning of the list."""

    way: Literal["next", "previous"]
    place: Place


@dataclass(frozen=True, slots=True)
class PageRequest:
    """The requested number of entries (1 to 100) and where to start; without a cursor, at the beginning."""

    limit: int
    cursor: Cursor | None = None


def page_in(request: Request) -> PageRequest:
    """Return the page that the query asks for; raises WrongFields."""
    return PageRequest(_limit(request.query_params.get("limit")), _cursor(request.query_params.get("cursor")))


def cursors(*, after: Place | None = None, before: Place | None = None) -> dict[str, Any]:
    """Return the cursors of a PageOut; `after` and `before` are the page's ends, None if the list ends there too."""
    return {
        "next_cursor": None if after is None else encoded(Cursor("next", after)),
        "previous_cursor": None if before is None else encoded(Cursor("previous", before)),
    }


def encoded(cursor: Cursor) -> str:
    """Return the cursor as text for clients."""
    return base64.urlsafe_b64encode(msgspec.json.encode(cursor)).decode().rstrip("=")


def _limit(text: str | None) -> int:
    if text is None:
        return LIMIT
    if text.isascii() and text.isdecimal() and len(text) <= 3 and 1 <= int(text) <= LIMIT_AT_MOST:
        return int(text)
    raise WrongFields({"limit": f"limit must be a number from 1 to {LIMIT_AT_MOST}."})


def _cursor(text: str | None) -> Cursor | None:
    if text is None:
        return None
    try:
        padded = text[:CURSOR_MAX_LENGTH] + "=" * (-len(text) % 4)
        return decoder(Cursor).decode(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (ValueError, msgspec.MsgspecError):
        raise WrongFields({"cursor": "cursor must be the nextCursor or previousCursor of a page."}) from None
