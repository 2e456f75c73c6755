"""Import of an export: missing data is added and existing data stays, so importing again changes nothing.

A document is refused unless this installation made it and it is unchanged. Conversations deleted since stay deleted.
Without a service key, neither plan nor email are imported.
"""

import hashlib
import hmac
import secrets
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import IO, Any

import msgspec
from django.conf import settings

from accounts import writes
from accounts.privacy.export import FORMAT, Entry, Signature, stored_text
from accounts.selectors import deleted_conversations, owner_of
from redis_models.budget import budget, without_budget
from redis_models.errors import Conflict, Invalid
from redis_models.health.clock import now_ms
from redis_models.operations.write import Outcome
from redis_models.schema import keys
from redis_models.writer import submit
from texts.typed_json import decoder

ELEMENTS_AT_ONCE = 500
LINE_MAX_BYTES = 64 * 1024 * 1024
SERVER_FIELDS = frozenset({"id", "email", "email_at", "email_conflict", "plan", "plan_at", "registrations"})
BY_CONVERSATION = frozenset({"conversations", "summaries"})
CONVERSATION = "conversation:"
MESSAGES, MESSAGE_IDS = ":messages", ":message_ids"


@dataclass(frozen=True, slots=True)
class Imported:
    """The number of entries in the document, and of their elements that were missing and have been added."""

    entries: int
    added: int


def import_document(document: IO[bytes], *, user_id: str, left_out: frozenset[str] = SERVER_FIELDS) -> Imported:
    """Add the document's data to the user, except the `left_out` fields of the profile.

    The document is read twice: nothing is written before all of it is verified. Raises Invalid if it is not an export
    of this installation, Conflict if the user was erased meanwhile, RedisUnavailable.
    """
    _check(document)
    with _own_budget():
        target = _Target(user_id, frozenset(deleted_conversations(user_id=user_id)), left_out, now_ms())
    counts = [_taken(target, entry) for entry in _entries(document)]
    return Imported(entries=len(counts), added=sum(counts))


@contextmanager
def _own_budget() -> Iterator[None]:
    """Give each step a request's budget of its own, because a long document takes longer than one."""
    with without_budget(), budget(settings.AIRA_REQUEST_BUDGET_S):
        yield


def _taken(target: "_Target", entry: Entry) -> int:
    with _own_budget():
        return target.take(entry)


def _check(document: IO[bytes]) -> None:
    signature, closing = Signature(), b""
    for line in _lines(document):
        if line.startswith(b"]"):
            closing = line
        else:
            signature.add(_decoded(line))
    expected = f'],"signature":"{signature.text()}"}}'.encode()
    if not hmac.compare_digest(closing.strip(), expected):
        raise Invalid("This is not an export of this installation, or it was changed.")


def _lines(document: IO[bytes]) -> Iterator[bytes]:
    document.seek(0)
    if not document.readline(LINE_MAX_BYTES).startswith(b'{"format":"%s",' % FORMAT.encode()):
        raise Invalid(f"The document does not have the format {FORMAT}.")
    while line := document.readline(LINE_MAX_BYTES):
        if line.strip():
            yield line


def _entries(document: IO[bytes]) -> Iterator[Entry]:
    return (_decoded(line) for line in _lines(document) if not line.startswith(b"]"))


def _decoded(line: bytes) -> Entry:
    try:
        return decoder(Entry).decode(line.strip().removesuffix(b","))
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise Invalid("A line of the document is not an entry of an export.") from None


@dataclass(frozen=True, slots=True)
class _Target:
    """The user into whose data a document is imported."""

    user_id: str
    deleted: frozenset[str]
    left_out: frozenset[str]
    at: int

    def take(self, entry: Entry) -> int:
        """Add the entry's missing elements; return how many were added."""
        if entry.name.endswith(MESSAGE_IDS) or self._is_deleted(entry):
            return 0
        kind, elements = self._elements(entry)
        added = self._add(self._keys(entry), kind, elements, conversation=_conversation_of(entry))
        if entry.name == "profile" and "email" not in self.left_out:
            added += self._claim(entry.value.get("email", ""))
        return added

    def _is_deleted(self, entry: Entry) -> bool:
        return entry.name.startswith(CONVERSATION) and _conversation_id(entry) in self.deleted

    def _keys(self, entry: Entry) -> tuple[str, ...]:
        """Return the entry's key; for messages, also the key of their ids."""
        known = keys.of_user(self.user_id)
        if entry.name.startswith(CONVERSATION):
            known = keys.of_conversation(self.user_id, _conversation_id(entry))
        key = f"{keys.profile(self.user_id).removesuffix('profile')}{entry.name}"
        if key not in known:
            raise Invalid("The document names a key that is not a user's.")
        return (key, key.removesuffix(MESSAGES) + MESSAGE_IDS) if key.endswith(MESSAGES) else (key,)

    def _elements(self, entry: Entry) -> tuple[str, Sequence[str]]:
        """Return the kind and the elements, as the script expects them."""
        value = entry.value
        match entry.kind:
            case "hash":
                kept = ((field, text) for field, text in value.items() if not self._omits(entry, field))
                return ("stats" if entry.name == "stats" else "hash"), _flat(kept)
            case "zset":
                return ("moods" if entry.name == "mood_history" else "zset"), _flat(
                    pair for pair in value if not self._omits(entry, pair[0])
                )
            case "list":
                return "messages", _flat((_message_id(each), each) for each in value)
            case "set":
                return "set", [stored_text(member) for member in value]
            case _:
                return "string", [value]

    def _omits(self, entry: Entry, name: str) -> bool:
        if entry.name == "profile":
            return name in self.left_out
        return entry.name in BY_CONVERSATION and name in self.deleted

    def _add(self, all_keys: tuple[str, ...], kind: str, elements: Sequence[str], *, conversation: str = "") -> int:
        added = 0
        write = partial(writes.importing, user_id=self.user_id, all_keys=all_keys, kind=kind, conversation=conversation)
        for begin in range(0, len(elements), ELEMENTS_AT_ONCE):
            some = elements[begin : begin + ELEMENTS_AT_ONCE]
            receipt = submit(write(token=_token(), elements=some, at=self.at))
            if receipt.outcome is Outcome.GONE:
                raise Conflict("The user was erased")
            added += int(receipt.reply[0])
        return added

    def _claim(self, email: str) -> int:
        """Claim the email if it is free; if another user has it now, set `email_conflict` in the profile."""
        receipt = submit(writes.email_claiming(user_id=self.user_id, token=_token(), email=email, at=self.at))
        if owner_of(email) != self.user_id:
            return self._add((keys.profile(self.user_id),), "hash", ["email_conflict", email])
        return int(receipt.reply == ("1",) or (receipt.outcome is Outcome.APPLIED and not receipt.reply))


def _token() -> str:
    return secrets.token_hex(8)


def _conversation_of(entry: Entry) -> str:
    """Return what `writes.importing` takes as the conversation."""
    if entry.name.startswith(CONVERSATION):
        return _conversation_id(entry)
    return "*" if entry.name in BY_CONVERSATION else ""


def _conversation_id(entry: Entry) -> str:
    return entry.name.removeprefix(CONVERSATION).partition(":")[0]


def _flat(pairs: Iterable[Sequence[Any]]) -> list[str]:
    return [stored_text(part) for pair in pairs for part in pair]


def _message_id(message: Any) -> str:
    """Return the id of a message; if it has none, a digest of it."""
    if isinstance(message, dict) and isinstance(message.get("id"), str):
        return str(message["id"])
    return hashlib.sha256(stored_text(message).encode()).hexdigest()[:32]
