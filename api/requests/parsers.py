"""The parser of request bodies. Its only import from this project is api.errors."""

from collections.abc import Mapping
from typing import IO, Any

import msgspec
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser

from api.errors import BodyTooLarge
from texts.typed_json import decoder

MAX_BODY_BYTES = 256 * 1024
MAX_DEPTH = 32


class StrictJSONParser(BaseParser):
    """Parses a JSON object, whatever the Content-Type is; a view may raise the size limit with `max_body_bytes`."""

    media_type = "*/*"

    def parse(
        self,
        stream: IO[bytes],
        media_type: str | None = None,  # noqa: ARG002 (DRF's signature)
        parser_context: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        """Return the object; raises ParseError (400), and BodyTooLarge (413) even if Content-Length is wrong."""
        bound = getattr((parser_context or {}).get("view"), "max_body_bytes", MAX_BODY_BYTES)
        body = stream.read(bound + 1)
        if len(body) > bound:
            raise BodyTooLarge
        try:
            found = decoder(dict[str, Any]).decode(body)
        except msgspec.ValidationError:
            raise ParseError("The body must be a JSON object") from None
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            raise ParseError("Invalid JSON") from None
        if body.count(b"[") + body.count(b"{") > MAX_DEPTH and _is_deeper(found, MAX_DEPTH):
            raise ParseError("The body is nested too deeply")
        return found


def _is_deeper(value: Any, most: int) -> bool:
    """Return whether objects and lists are nested more than `most` deep."""
    if not isinstance(value, dict | list):
        return False
    if most == 0:
        return True
    return any(_is_deeper(inner, most - 1) for inner in (value.values() if isinstance(value, dict) else value))
