"""Export of a user's data as one JSON document: one entry per line, in a fixed order, and signed for a later import.

    {"format":"aira.export.2","userId":"…","entries":[
    {"name":"profile","kind":"hash","value":{"email":"…",…}},
    {"name":"conversation:c1:messages","kind":"list","value":[{"id":"1","role":"user",…},…]},
    …
    ],"signature":"…"}

Every key of the user is an entry, except credentials, sessions and answers kept for repeated requests. A stored text
that is JSON is exported as JSON if encoding it again gives the same text. No line is longer than 1 MiB: a long entry
takes several lines of the same name, and an element that does not fit into a line comes in parts (see `Entry`).
"""

import hashlib
import hmac
from collections.abc import Iterator, Sequence
from typing import Annotated, Any, Final, Literal

import msgspec

from accounts.credentials.signing import verifying_keys
from accounts.privacy.stored_keys import stored_keys
from api.answers.shapes import about
from redis_models.schema import keys
from redis_models.schema.snapshot import StoredKey
from texts.typed_json import decoder

FORMAT: Final = "aira.export.2"
OLDER_FORMAT: Final = "aira.export.1"
"""Its signature covers the entries, not the head, and its lines may be long."""
LINE_MAX_BYTES: Final = 1024 * 1024
ELEMENTS_MAX_BYTES: Final = LINE_MAX_BYTES - 8 * 1024
"""The most that the elements of a line take; the rest is for the name."""
PART_LENGTH: Final = 128 * 1024
"""Characters of a part; escaped, each takes at most six bytes."""
CONVERSATIONS_AT_ONCE = 20
Kind = Literal["hash", "set", "zset", "list", "string", "part"]
_PURPOSES: Final = {FORMAT: FORMAT, OLDER_FORMAT: "aira.export"}


class Entry(msgspec.Struct, frozen=True, omit_defaults=True):
    """One key, or some of its elements.

    A hash is an object, a zset a list of [member, score] pairs, a set or a list a list, a string a text. If `parts` is
    not 0, so many entries of the kind "part" precede this one. Its value is one element whose text is empty; the text
    is that of the parts, joined.
    """

    name: Annotated[str, about("The key's name, without the prefix for the user.", "profile")]
    kind: Annotated[Kind, about("The Redis type, or part.", "hash")]
    value: Annotated[Any, about("The stored value.", {"name": "Ann"})]
    parts: Annotated[int, about("How many of the entries before are parts of this one's text.", 0)] = 0


class Signature:
    """The installation's signature (HMAC-SHA256) over the lines of a document, in their order."""

    def __init__(self, *, name: str = FORMAT) -> None:
        self._marks = [hmac.new(key, digestmod=hashlib.sha256) for key in verifying_keys(_PURPOSES[name])]

    def update(self, some: bytes) -> None:
        """Add a part of a line."""
        for mark in self._marks:
            mark.update(some)

    def add(self, line: bytes) -> bytes:
        """Add a line, given without its end, and return it."""
        self.update(line + b"\n")
        return line

    def text(self) -> str:
        """Return the signature of all lines so far, in hex."""
        return self._marks[0].hexdigest()

    def texts(self) -> list[str]:
        """Return the signatures by the current secret key and by those that may still verify."""
        return [mark.hexdigest() for mark in self._marks]


def export_lines(*, user_id: str) -> Iterator[bytes]:
    """Yield the document's lines; raises RedisUnavailable, before the first line if Redis is away."""
    entries = entries_of(user_id)
    first = next(entries, None)
    signature = Signature()
    head = msgspec.json.encode({"format": FORMAT, "userId": user_id}).removesuffix(b"}")
    yield signature.add(head + b',"entries":[') + b"\n"
    if first is not None:
        yield signature.add(msgspec.json.encode(first))
    for entry in entries:
        yield b",\n" + signature.add(msgspec.json.encode(entry))
    yield b'\n],"signature":"' + signature.text().encode() + b'"}\n'


def entries_of(user_id: str) -> Iterator[Entry]:
    """Yield the user's entries: the user's keys by name, then those of conversations by conversation id."""
    of_user = stored_keys(user_id, keys.of_user(user_id))
    for stored in sorted(of_user, key=lambda stored: stored.name):
        yield from _entries(user_id, stored)
    index = next((stored for stored in of_user if stored.name == keys.conversations(user_id)), None)
    ids = sorted(index.elements[::2]) if index else []
    for begin in range(0, len(ids), CONVERSATIONS_AT_ONCE):
        wanted = [
            key for each in ids[begin : begin + CONVERSATIONS_AT_ONCE] for key in keys.of_conversation(user_id, each)
        ]
        for stored in stored_keys(user_id, wanted):
            yield from _entries(user_id, stored)


def _entries(user_id: str, stored: StoredKey) -> Iterator[Entry]:
    """Yield the entries of a key: as many elements in each as fit into a line."""
    name = stored.name.removeprefix(keys.profile(user_id).removesuffix("profile"))
    kind: Any = stored.kind
    fitting: list[tuple[str, ...]] = []
    size = 0
    for element in _elements(name, stored):
        needs = sum(len(msgspec.json.encode(text)) for text in element) + len(element) + 2
        if fitting and size + needs > ELEMENTS_MAX_BYTES:
            yield Entry(name, kind, _value(name, kind, fitting))
            fitting, size = [], 0
        if needs > ELEMENTS_MAX_BYTES:
            yield from _in_parts(name, kind, element)
            continue
        fitting.append(element)
        size += needs
    if fitting:
        yield Entry(name, kind, _value(name, kind, fitting))


def _in_parts(name: str, kind: Kind, element: Sequence[str]) -> Iterator[Entry]:
    long = max(element, key=len)
    parts = [long[begin : begin + PART_LENGTH] for begin in range(0, len(long), PART_LENGTH)]
    yield from (Entry(name, "part", part) for part in parts)
    shortened = tuple("" if text is long else text for text in element)
    yield Entry(name, kind, _value(name, kind, [shortened]), len(parts))


def _elements(name: str, stored: StoredKey) -> list[tuple[str, ...]]:
    """Return the key's elements, in a fixed order: (field, text), (member, score), or (text,)."""
    flat = stored.elements
    pairs = list(zip(flat[::2], flat[1::2], strict=False))
    match stored.kind:
        case "hash" if name.endswith(":message_ids"):
            return [(field, "1") for field in sorted(flat[::2])]  # the times at which they were stored are ours
        case "hash":
            return [*sorted(pairs)]
        case "zset":
            return [*sorted(pairs, key=lambda pair: (float(pair[1]), pair[0]))]
        case "set":
            return [(member,) for member in sorted(flat)]
        case _:
            return [(text,) for text in flat]


def _value(name: str, kind: Kind, elements: Sequence[tuple[str, ...]]) -> Any:
    match kind:
        case "hash" if name.endswith(":message_ids"):
            return {field: 1 for field, _ in elements}
        case "hash":
            return {field: shown(text) for field, text in elements}
        case "zset":
            return [[shown(member), score] for member, score in elements]
        case "set" | "list":
            return [shown(text) for (text,) in elements]
        case _:
            return elements[0][0]


def shown(text: str) -> Any:
    """Return the object or list that the text encodes; the text itself if `stored_text` would not restore it."""
    if not text.startswith(("{", "[")):
        return text
    try:
        found = decoder(object).decode(text)
    except (msgspec.DecodeError, RecursionError):
        return text
    return found if stored_text(found) == text else text


def stored_text(value: Any) -> str:
    """Return the text from which `shown` made the value."""
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()
