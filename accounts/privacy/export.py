"""Export of a user's data as one JSON document: one entry per line, in a fixed order, and signed for a later import.

    {"format": "aira.export.1", "userId": "…", "entries": [
    {"name": "profile", "kind": "hash", "value": {"email": "…", …}},
    {"name": "conversation:c1:messages", "kind": "list", "value": [{"id": "1", "role": "user", …}, …]},
    …
    ], "signature": "…"}

Every key of the user is an entry, except credentials, sessions and answers kept for repeated requests. A stored text
that is JSON is exported as JSON if encoding it again gives the same text.
"""

import hashlib
import hmac
from collections.abc import Iterator
from typing import Annotated, Any, Literal

import msgspec
from django.conf import settings

from accounts.privacy.stored_keys import stored_keys
from api.answers.shapes import about
from redis_models.schema import keys
from redis_models.schema.snapshot import StoredKey
from texts.typed_json import decoder

FORMAT = "aira.export.1"
CONVERSATIONS_AT_ONCE = 20
Kind = Literal["hash", "set", "zset", "list", "string"]


class Entry(msgspec.Struct, frozen=True):
    """One key. A hash is an object, a zset a list of [member, score] pairs, a set or a list a list, a string a text."""

    name: Annotated[str, about("The key's name, without the prefix for the user.", "profile")]
    kind: Annotated[Kind, about("The Redis type.", "hash")]
    value: Annotated[Any, about("The stored value.", {"name": "Ann"})]


class Signature:
    """The installation's signature (HMAC-SHA256) over entries in their order."""

    def __init__(self) -> None:
        key = hmac.digest(settings.SECRET_KEY.encode(), b"aira.export", "sha256")
        self._mark = hmac.new(key, digestmod=hashlib.sha256)

    def add(self, entry: Entry) -> bytes:
        """Add the entry to the signature and return its line."""
        line = msgspec.json.encode(entry)
        self._mark.update(line + b"\n")
        return line

    def text(self) -> str:
        """Return the signature of all entries so far, in hex."""
        return self._mark.hexdigest()


def export_lines(*, user_id: str) -> Iterator[bytes]:
    """Yield the document's lines; raises RedisUnavailable, before the first line if Redis is away."""
    entries = entries_of(user_id)
    first = next(entries, None)
    signature = Signature()
    head = msgspec.json.encode({"format": FORMAT, "userId": user_id}).removesuffix(b"}")
    yield head + b',"entries":[\n'
    if first is not None:
        yield signature.add(first)
    for entry in entries:
        yield b",\n" + signature.add(entry)
    yield b'\n],"signature":"' + signature.text().encode() + b'"}\n'


def entries_of(user_id: str) -> Iterator[Entry]:
    """Yield the user's entries: the user's keys by name, then those of conversations by conversation id."""
    of_user = stored_keys(user_id, keys.of_user(user_id))
    yield from (_entry(user_id, stored) for stored in sorted(of_user, key=lambda stored: stored.name))
    index = next((stored for stored in of_user if stored.name == keys.conversations(user_id)), None)
    ids = sorted(index.elements[::2]) if index else []
    for begin in range(0, len(ids), CONVERSATIONS_AT_ONCE):
        wanted = [
            key for each in ids[begin : begin + CONVERSATIONS_AT_ONCE] for key in keys.of_conversation(user_id, each)
        ]
        yield from (_entry(user_id, stored) for stored in stored_keys(user_id, wanted))


def _entry(user_id: str, stored: StoredKey) -> Entry:
    name = stored.name.removeprefix(keys.profile(user_id).removesuffix("profile"))
    elements = stored.elements
    match stored.kind:
        case "hash" if name.endswith(":message_ids"):
            value: Any = dict.fromkeys(sorted(elements[::2]), 1)  # the times at which they were stored are ours
        case "hash":
            value = {field: shown(text) for field, text in sorted(zip(elements[::2], elements[1::2], strict=True))}
        case "zset":
            scores = sorted(zip(elements[::2], elements[1::2], strict=True), key=lambda pair: (float(pair[1]), pair[0]))
            value = [[shown(member), score] for member, score in scores]
        case "set":
            value = [shown(member) for member in sorted(elements)]
        case "list":
            value = [shown(element) for element in elements]
        case _:
            value = elements[0]
    return Entry(name, stored.kind, value)  # type: ignore[arg-type]


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
