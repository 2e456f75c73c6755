"""Import of an export: missing data is added and existing data stays, so importing again changes nothing.

A document is refused unless this installation made it and it is unchanged. Conversations deleted since stay deleted.
No import brings a plan; without a service key, none brings an email either.
"""

import hashlib
import re
import secrets
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from itertools import groupby
from typing import IO, Final

import msgspec
from django.conf import settings

from accounts import writes
from accounts.bounds.stored import Stored, stored_of, submit_measured
from accounts.claims import claims_on, owner_of
from accounts.errors import StorageFull
from accounts.privacy import documents
from accounts.privacy.documents import StoredEntry
from accounts.selectors import deleted_conversations
from redis_models.budget import budget, without_budget
from redis_models.errors import Conflict, Invalid
from redis_models.health.clock import now_ms
from redis_models.operations.claims import Origin
from redis_models.operations.write import Outcome
from redis_models.schema import keys
from redis_models.schema.identifiers import stored_email
from redis_models.writer import submit
from texts.typed_json import decoder

ELEMENTS_AT_ONCE = 500
MEASURED_AT_ONCE = 20
PLAN_FIELDS: Final = frozenset({"plan", "plan_at"})
SERVER_FIELDS: Final = PLAN_FIELDS | {
    *("id", "email", "email_at", "email_conflict", "email_wanted", "email_wanted_at", "registrations")
}
SIZES: Final = frozenset({"conversation_bytes", "mood_bytes"})
"""The fields of the stats that depend on what else is stored; an import has them derived."""
_SIZE_OF_MESSAGES: Final = re.compile(r'("messageCount":\d+),"bytes":\d+')
_PLAN_OF_REGISTRATION: Final = re.compile(r"(\d+ )[^,]*")
BY_CONVERSATION = frozenset({"conversations", "summaries"})
CONVERSATION = "conversation:"
MESSAGES, MESSAGE_IDS = ":messages", ":message_ids"


@dataclass(frozen=True, slots=True)
class Imported:
    """The number of entries in the document, and of their elements that were missing and have been added."""

    entries: int
    added: int


def import_document(document: IO[bytes], *, user_id: str, left_out: frozenset[str] = SERVER_FIELDS) -> Imported:
    """Add the document's data to the user, except the `left_out` fields of the profile and any plan.

    The document is read twice: nothing is written before all of it is verified. Raises Invalid if it is not an export
    of this installation, Conflict if the user was erased meanwhile, StorageFull if the user's bound is reached (what
    was added before stays), RedisUnavailable.
    """
    documents.check(document)
    with _own_budget():
        deleted = frozenset(deleted_conversations(user_id=user_id))
        target = _Target(user_id, deleted, left_out | PLAN_FIELDS, now_ms(), _Room(stored_of(user_id)))
    try:
        counts = [
            sum(_taken(target, entry) for entry in of_key)
            for _, of_key in groupby(documents.entries(document), key=lambda entry: entry.name)
        ]
    finally:
        with _own_budget():
            target.measure()
    return Imported(entries=len(counts), added=sum(counts))


@contextmanager
def _own_budget() -> Iterator[None]:
    """Give each step a request's budget of its own, because a long document takes longer than one."""
    with without_budget(), budget(settings.AIRA_REQUEST_BUDGET_S):
        yield


def _taken(target: "_Target", entry: StoredEntry) -> int:
    with _own_budget():
        return target.take(entry)


class _Room:
    """How much more the user may store; raises StorageFull when nothing is left."""

    def __init__(self, stored: Stored | None) -> None:
        self._stored = stored or Stored(0)
        self._left: float = self._stored.limit_bytes - self._stored.bytes

    def use(self, size: float) -> None:
        """Use some of it."""
        self._left -= size
        if self._left <= 0:
            raise StorageFull(plan=self._stored.plan, limit_bytes=self._stored.limit_bytes)


@dataclass(frozen=True, slots=True)
class _Target:
    """The user into whose data a document is imported."""

    user_id: str
    deleted: frozenset[str]
    left_out: frozenset[str]
    at: int
    room: _Room
    grown: list[str] = field(default_factory=list)
    """The conversations that were added to since the last measuring."""

    def take(self, entry: StoredEntry) -> int:
        """Add the entry's missing elements; return how many were added."""
        if entry.name.endswith(MESSAGE_IDS) or self._is_deleted(entry):
            return 0
        kind, elements = self._elements(entry)
        added = self._add(self._keys(entry), kind, elements, conversation=_conversation_of(entry))
        if added and entry.name.startswith(CONVERSATION):
            self._note_grown(_conversation_id(entry))
        if entry.name == "profile" and "email" not in self.left_out:
            added += self._claim(dict(zip(elements[::2], elements[1::2], strict=True)).get("email", ""))
        return added

    def _note_grown(self, conversation_id: str) -> None:
        if conversation_id not in self.grown:
            self.grown.append(conversation_id)
        if len(self.grown) >= MEASURED_AT_ONCE:
            self.measure(self.grown[:-1])  # the last one may go on in the next line

    def measure(self, conversations: Sequence[str] | None = None) -> None:
        """Have the sizes of these conversations (default: of all that have grown) and of the whole stored."""
        measured = self.grown if conversations is None else conversations
        submit_measured(writes.measuring(user_id=self.user_id, conversations=measured, at=self.at))
        self.grown[:] = [each for each in self.grown if each not in measured]

    def _is_deleted(self, entry: StoredEntry) -> bool:
        return entry.name.startswith(CONVERSATION) and _conversation_id(entry) in self.deleted

    def _keys(self, entry: StoredEntry) -> tuple[str, ...]:
        """Return the entry's key; for messages, also the key of their ids."""
        known = keys.of_user(self.user_id)
        if entry.name.startswith(CONVERSATION):
            known = keys.of_conversation(self.user_id, _conversation_id(entry))
        key = f"{keys.profile(self.user_id).removesuffix('profile')}{entry.name}"
        if key not in known:
            raise Invalid("The document names a key that is not a user's.")
        return (key, key.removesuffix(MESSAGES) + MESSAGE_IDS) if key.endswith(MESSAGES) else (key,)

    def _elements(self, entry: StoredEntry) -> tuple[str, Sequence[str]]:
        """Return the kind and the elements, as the script expects them."""
        kept = [element for element in entry.elements if not self._omits(entry, element[0])]
        match entry.kind:
            case "hash" if entry.name == "profile":
                return "hash", _flat((field, _without_plans(field, text)) for field, text in kept)
            case "hash" if entry.name == "summaries":
                return "hash", _flat((field, _SIZE_OF_MESSAGES.sub(r"\1", text)) for field, text in kept)
            case "hash":
                return ("stats" if entry.name == "stats" else "hash"), _flat(kept)
            case "zset":
                return ("moods" if entry.name == "mood_history" else "zset"), _flat(kept)
            case "list":
                return "messages", _flat((_message_id(text), text) for (text,) in kept)
            case _:
                return entry.kind, _flat(kept)

    def _omits(self, entry: StoredEntry, name: str) -> bool:
        if entry.name == "profile":
            return name in self.left_out
        if entry.name == "stats":
            return name in SIZES
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
            self.room.use(sum(map(len, some)) * int(receipt.reply[0]) / max(1, len(some)))
        return added

    def _claim(self, email: str) -> int:
        """Claim the email, unless another user has it now: then set `email_conflict` in the profile."""
        claims = claims_on(stored_email(email))
        if claims.are_in_the_way(email, user_id=self.user_id, origin=Origin.OPERATOR):
            return self._add((keys.profile(self.user_id),), "hash", ["email_conflict", email])
        receipt = submit(writes.email_claiming(user_id=self.user_id, token=_token(), email=email, at=self.at))
        if owner_of(email) != self.user_id:
            return self._add((keys.profile(self.user_id),), "hash", ["email_conflict", email])
        return int(receipt.reply == ("1",) or (receipt.outcome is Outcome.APPLIED and not receipt.reply))


def _token() -> str:
    return secrets.token_hex(8)


def _conversation_of(entry: StoredEntry) -> str:
    """Return what `writes.importing` takes as the conversation."""
    if entry.name.startswith(CONVERSATION):
        return _conversation_id(entry)
    return "*" if entry.name in BY_CONVERSATION else ""


def _conversation_id(entry: StoredEntry) -> str:
    return entry.name.removeprefix(CONVERSATION).partition(":")[0]


def _flat(elements: Iterable[Sequence[str]]) -> list[str]:
    return [text for element in elements for text in element]


def _without_plans(field: str, text: str) -> str:
    return _PLAN_OF_REGISTRATION.sub(r"\1", text) if field == "registrations" else text


class _Named(msgspec.Struct):
    id: str


def _message_id(text: str) -> str:
    """Return the id of a message; if it has none, a digest of it."""
    try:
        return decoder(_Named).decode(text).id
    except msgspec.MsgspecError:
        return hashlib.sha256(text.encode()).hexdigest()[:32]
