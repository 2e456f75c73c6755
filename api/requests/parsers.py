"""The parser of request bodies. Its only import from this project is api.errors.

A tree of objects and lists takes up to 30 times the memory of its JSON. So a tree is made only of what is at most
256 KiB or has at most 10 000 values. The one member that may be larger (the messages of a chat) is not made a tree: the
view decodes it into its typed struct.
"""

from collections.abc import Mapping
from functools import cache
from typing import IO, Any

import msgspec
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser

from api.errors import BodyTooLarge
from texts.json_size import has_more_values, is_deeper
from texts.typed_json import decoder

MAX_BODY_BYTES = 256 * 1024
MAX_DEPTH = 32
MAX_VALUES = 10_000


class StrictJSONParser(BaseParser):
    """Parses a JSON object, whatever the Content-Type is.

    A view may raise the size limit with `max_body_bytes`, and name a member that stays JSON (msgspec.Raw) with
    `raw_member`; the other members are then at most 256 KiB together.
    """

    media_type = "*/*"

    def parse(
        self,
        stream: IO[bytes],
        media_type: str | None = None,  # noqa: ARG002 (DRF's signature)
        parser_context: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        """Return the object; raises ParseError (400), and BodyTooLarge (413) even if Content-Length is wrong."""
        view = (parser_context or {}).get("view")
        bound, raw_member = getattr(view, "max_body_bytes", MAX_BODY_BYTES), getattr(view, "raw_member", "")
        body = stream.read(bound + 1)
        if len(body) > bound:
            raise BodyTooLarge
        try:
            return _with_raw(body, raw_member) if raw_member else tree(body, dict[str, Any])
        except msgspec.ValidationError:
            raise ParseError("The body must be a JSON object") from None
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            raise ParseError("Invalid JSON") from None


def tree(document: bytes | msgspec.Raw, kind: Any = Any, *, depth: int = MAX_DEPTH) -> Any:
    """Return the document as objects and lists, at most `depth` deep.

    Raises BodyTooLarge, ParseError if it is too deep, and msgspec.DecodeError if it is not JSON.
    """
    text = bytes(document)
    if len(text) > MAX_BODY_BYTES and has_more_values(text, MAX_VALUES):
        raise BodyTooLarge("The body has too many values")
    found = decoder(kind).decode(text)
    _check_depth(text, depth)
    return found


def _check_depth(text: bytes, most: int) -> None:
    if is_deeper(text, most):
        raise ParseError("The body is nested too deeply")


def _with_raw(body: bytes, name: str) -> dict[str, Any]:
    """Return the object, in which the member `name` stays JSON; raises BodyTooLarge if the others are too large.

    The depth of a large member is not looked at: no tree is made of it.
    """
    if len(body) > MAX_BODY_BYTES:
        raw = getattr(decoder(_only(name)).decode(body), name)
        if len(body) - len(bytes(raw)) > MAX_BODY_BYTES:
            raise BodyTooLarge
    members = decoder(dict[str, msgspec.Raw]).decode(body)
    if len(body) <= MAX_BODY_BYTES:
        _check_depth(body, MAX_DEPTH)
    return {key: value if key == name else tree(value, depth=MAX_DEPTH - 1) for key, value in members.items()}


@cache
def _only(name: str) -> type[msgspec.Struct]:
    """Return a struct with this member alone; a decoder of it passes over all others."""
    return msgspec.defstruct("Only", [(name, msgspec.Raw, msgspec.Raw())])
