"""Documents that may be imported: exports of this installation, read line by line.

The signature is checked over the raw bytes, before anything is decoded. The texts of the elements stay as they are in
the document; no tree is made of them.
"""

import hmac
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Final, TypeVar

import msgspec

from accounts.privacy.export import FORMAT, LINE_MAX_BYTES, OLDER_FORMAT, Kind, Signature
from redis_models.errors import Invalid
from texts.typed_json import decoder

T = TypeVar("T")
READ_BYTES: Final = 256 * 1024
LINE_END_BYTES: Final = 8
"""The most that the end of a line takes, which is not signed: a comma and a line break."""
OLDER_LINE_MAX_BYTES: Final = 64 * 1024 * 1024
_BOUNDS: Final = {FORMAT: LINE_MAX_BYTES, OLDER_FORMAT: OLDER_LINE_MAX_BYTES}
_NOT_OURS: Final = "This is not an export of this installation, or it was changed."


class Line(msgspec.Struct, frozen=True):
    """A line of a document, as `accounts.privacy.export.Entry` describes it; the value is not decoded yet."""

    name: str
    kind: Kind
    value: msgspec.Raw
    parts: int = 0


@dataclass(frozen=True, slots=True)
class StoredEntry:
    """Elements of one key, as they are stored: (field, text) or (member, score) pairs, or single texts."""

    name: str
    kind: Kind
    elements: list[tuple[str, ...]]


def check(document: IO[bytes]) -> None:
    """Raise Invalid unless this installation made the document, and it is unchanged, and its lines are in bounds."""
    name, head = _head(document)
    signature = Signature(name=name)
    if name == FORMAT:
        signature.add(_without_end(head))
    closing = _signed(document, signature, most=_BOUNDS[name]).strip()
    expected = [f'],"signature":"{text}"}}'.encode() for text in signature.texts()]
    if not any(hmac.compare_digest(closing, each) for each in expected) or document.read(READ_BYTES).strip():
        raise Invalid(_NOT_OURS)


def _head(document: IO[bytes]) -> tuple[str, bytes]:
    """Return the format and the first line."""
    document.seek(0)
    head = document.readline(READ_BYTES)
    for name in _BOUNDS:
        if head.startswith(b'{"format":"%s",' % name.encode()):
            return name, head
    raise Invalid(f"The document does not have the format {FORMAT}.")


def _signed(document: IO[bytes], signature: Signature, *, most: int) -> bytes:
    """Add the lines of entries to the signature, in small pieces; return the closing line, or nothing."""
    held, length = b"", 0
    while piece := document.readline(READ_BYTES):
        if length == 0 and piece.startswith(b"]"):
            return piece
        length += len(piece)
        if length > most:
            raise Invalid("A line of the document is too long.")
        held += piece
        if piece.endswith(b"\n"):
            signature.add(_without_end(held))
            held, length = b"", 0
        else:
            signature.update(held[:-LINE_END_BYTES])
            held = held[-LINE_END_BYTES:]
    return b""


def _without_end(line: bytes) -> bytes:
    return line.rstrip().removesuffix(b",")


def entries(document: IO[bytes]) -> Iterator[StoredEntry]:
    """Yield the entries of a document that was checked; raises Invalid."""
    name, _ = _head(document)
    parts: list[str] = []
    while not (line := document.readline(_BOUNDS[name])).startswith(b"]"):
        read = _decoded(_without_end(line), Line)
        if read.kind == "part":
            parts.append(_decoded(read.value, str))
            continue
        elements = _elements_of(read)
        if read.parts:
            elements = [tuple(text or "".join(parts[-read.parts :]) for text in element) for element in elements]
            parts.clear()
        yield StoredEntry(read.name, read.kind, elements)


def _elements_of(line: Line) -> list[tuple[str, ...]]:
    match line.kind:
        case "hash":
            return [(field, _text(raw)) for field, raw in _decoded(line.value, dict[str, msgspec.Raw]).items()]
        case "zset":
            return [(_text(raw), score) for raw, score in _decoded(line.value, list[tuple[msgspec.Raw, str]])]
        case "list" | "set":
            return [(_text(raw),) for raw in _decoded(line.value, list[msgspec.Raw])]
        case _:
            return [(_decoded(line.value, str),)]


def _text(raw: msgspec.Raw) -> str:
    """Return the stored text of an exported value: an encoded text, or JSON that is the stored text itself."""
    encoded = bytes(raw)
    return _decoded(encoded, str) if encoded.startswith(b'"') else encoded.decode()


def _decoded(encoded: bytes | msgspec.Raw, kind: type[T]) -> T:
    try:
        return decoder(kind).decode(encoded)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise Invalid("A line of the document is not an entry of an export.") from None
