"""From what an older server wrote to today's writes; what cannot be read is a problem of its own. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import msgspec

from accounts import writes as account_writes
from accounts.models import Plan
from aira_site.legacy.found import Legacy
from chat import writes as chat_writes
from chat.models import Message
from chat.usage import LIMITS
from dashboard import writes as dashboard_writes
from dashboard.models import mood_entry
from redis_models.codec import iso_from_ms, ms_from_iso
from redis_models.errors import Invalid
from redis_models.identifiers import normal_email, valid_id
from redis_models.write import Write

PLAN_SOURCES = ("registry", "profile", "stats")
COUNTED_AT_MOST = 1000
_EARLIEST_MS = 1
"""The time of a plan that is decided by an import: any decision made on purpose is newer."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that could not be read, or that has to be decided: of whom, what, and why."""

    user_id: str
    what: str
    why: str


@dataclass(slots=True)
class Converted:
    """One user's writes, in the order in which they are applied, and what was left out."""

    writes: list[Write] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    chats: list[str] = field(default_factory=list)
    moods: int = 0
    old_count: int = 0


class _StoredMessage(msgspec.Struct):
    content: str
    role: str = "user"
    id: str | int | None = None
    timestamp: str | int | None = None
    emotion: str | None = None


class _StoredChat(msgspec.Struct):
    messages: list[Any] = []
    title: str | None = None
    tags: list[Any] = []
    createdAt: str | int | None = None  # noqa: N815 (as it is stored)
    updatedAt: str | int | None = None  # noqa: N815


def converted(legacy: Legacy, *, plan_from: str | None, now: int) -> Converted:
    """Return what is to be written of the user; `plan_from` (registry, profile or stats) decides where they differ."""
    done = Converted(old_count=_whole(legacy.stats.get("conversations")))
    done.writes += _registration(legacy, done, now=now)
    done.writes += _plan(legacy, done, plan_from=plan_from)
    done.writes.append(dashboard_writes.rebase(user_id=legacy.user_id, at=now))
    for chat_id in legacy.missing_chats:
        done.problems.append(Problem(legacy.user_id, f"chat {chat_id}", "it is listed and not stored"))
    for chat_id, text in legacy.chats.items():
        done.writes += _chat(legacy, done, chat_id, text, now=now)
    done.writes += _moods(legacy, done, now=now)
    done.writes += _counters(legacy, done, now=now)
    return done


def _registration(legacy: Legacy, done: Converted, *, now: int) -> Iterator[Write]:
    known = legacy.profile if legacy.profile.get("email") else legacy.registry
    if not known.get("email"):
        return
    try:
        email = normal_email(known["email"])
    except Invalid as error:
        done.problems.append(Problem(legacy.user_id, "email", str(error)))
        return
    other = legacy.registry.get("email", "").strip().lower()
    if other and other != email:
        done.problems.append(
            Problem(legacy.user_id, "email", "registry and profile name different ones; the profile's stands")
        )
    plan = Plan.stored(known.get("plan", "").lower())
    at = _ms(known.get("joinedAt") or known.get("createdAt"), otherwise=now)
    write = account_writes.registration(user_id=legacy.user_id, email=email, name=_name(known, email), plan=plan, at=at)
    # Kept also where the email is another user's by now: then without the claim.
    yield replace(write, acknowledged=True)


def _name(known: dict[str, str], email: str) -> str:
    return known.get("name") or email.partition("@")[0]


def _plan(legacy: Legacy, done: Converted, *, plan_from: str | None) -> Iterator[Write]:
    named = {name: getattr(legacy, name).get("plan", "").lower() for name in PLAN_SOURCES}
    plans = {name: plan for name, plan in named.items() if plan in list(Plan)}
    if len(set(plans.values())) < 2:
        return
    listed = ", ".join(f"{name} {plan}" for name, plan in plans.items())
    chosen = plans.get(plan_from or "")
    decided = f"; {chosen}, as --plan-from says" if chosen else "; undecided, name one with --plan-from"
    done.problems.append(Problem(legacy.user_id, "plan", listed + decided))
    if chosen:
        yield account_writes.plan_change(user_id=legacy.user_id, plan=chosen, at=_EARLIEST_MS)


def _chat(legacy: Legacy, done: Converted, chat_id: str, text: str, *, now: int) -> Iterator[Write]:
    try:
        valid_id(chat_id, name="chatId")
        stored = msgspec.json.decode(text, type=_StoredChat)
    except (msgspec.MsgspecError, Invalid, UnicodeError) as error:
        done.problems.append(Problem(legacy.user_id, f"chat {chat_id}", _reason(error)))
        return
    created = _ms(stored.createdAt, otherwise=_ms_in(chat_id, otherwise=now))
    messages = [_message(each, position, created) for position, each in enumerate(stored.messages)]
    unread = sum(message is None for message in messages)
    if unread:
        done.problems.append(Problem(legacy.user_id, f"chat {chat_id}", f"{unread} messages cannot be read"))
    else:
        done.chats.append(chat_id)
    yield chat_writes.save(
        user_id=legacy.user_id,
        conversation_id=chat_id,
        title=stored.title or f"Chat - {iso_from_ms(created)[:10]}",
        tags=[tag for tag in stored.tags if isinstance(tag, str) and tag],
        messages=[message for message in messages if message is not None],
        request_key=chat_writes.RequestKey(),
        at=created,
    )
    updated = _ms(stored.updatedAt, otherwise=created)
    if updated > created:
        yield chat_writes.change(user_id=legacy.user_id, conversation_id=chat_id, fields={}, at=updated)


def _message(stored: Any, position: int, created: int) -> Message | None:
    try:
        given = msgspec.convert(stored, _StoredMessage)
    except msgspec.ValidationError:
        return None
    message_id = str(given.id if given.id is not None else f"legacy{position}")[:128] or f"legacy{position}"
    role = "user" if given.role == "user" else "assistant"
    timestamp = iso_from_ms(_ms(given.timestamp, otherwise=created + position))
    return Message(message_id, role, given.content, timestamp, given.emotion or "")


def _moods(legacy: Legacy, done: Converted, *, now: int) -> Iterator[Write]:
    for member, ms in legacy.moods:
        entry = mood_entry(member, moment_ms=int(ms))
        if entry is None or not 0 <= entry.score <= 10 or not 0 <= ms <= now + 60_000:
            done.problems.append(Problem(legacy.user_id, "mood", f"the entry of {int(ms)} ms cannot be read"))
        elif entry.nameless:
            done.moods += 1
            yield dashboard_writes.mood(
                user_id=legacy.user_id, entry=entry, rank=dashboard_writes.AS_MADE, at=entry.moment_ms
            )


def _counters(legacy: Legacy, done: Converted, *, now: int) -> Iterator[Write]:
    for day, text in legacy.counters.items():
        try:
            number = date.fromisoformat(day).toordinal()
        except ValueError:
            done.problems.append(Problem(legacy.user_id, f"counter {day}", "it is not named by a date"))
            continue
        for count in range(min(_whole(text), COUNTED_AT_MOST)):
            message_id = f"legacy_{day}_{count}"
            write = chat_writes.count(user_id=legacy.user_id, message_id=message_id, day=number, limits=LIMITS, at=now)
            yield replace(write, acknowledged=True)


def _whole(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdigit() else 0


def _ms(value: str | int | None, *, otherwise: int) -> int:
    """Return ms since the epoch of an ISO 8601 time or of ms; `otherwise` where it is neither."""
    text = str(value or "")
    try:
        found = int(text) if text.isascii() and text.isdigit() else ms_from_iso(text)
    except (Invalid, OverflowError, ValueError):
        return otherwise
    return found if 0 < found < 253_402_300_800_000 else otherwise


def _ms_in(chat_id: str, *, otherwise: int) -> int:
    """Return the ms that an id like chat_1795423341822_3rql27vsu holds."""
    parts = chat_id.split("_")
    return _ms(parts[1] if len(parts) == 3 else None, otherwise=otherwise)


def _reason(error: Exception) -> str:
    return str(error) if isinstance(error, Invalid) else "it is not the JSON of a chat"
