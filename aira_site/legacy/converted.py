"""Convert data of older servers to writes, and report what cannot be read. No I/O."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date

from accounts import writes as account_writes
from accounts.models import Plan
from aira_site.legacy.chats import OldChat, ms_of, old_chat
from aira_site.legacy.found import Legacy, chat_key, counter_key, index_key, registry_key
from chat import writes as chat_writes
from chat.usage import LIMITS
from dashboard import writes as dashboard_writes
from dashboard.models import mood_entry
from redis_models.errors import Invalid
from redis_models.operations.write import Write
from redis_models.schema.identifiers import normal_email, valid_id

PLAN_SOURCES = ("registry", "profile", "stats")
COUNTED_AT_MOST = 1000
_EARLIEST_MS = 1
"""The time of decisions that an import makes by itself, so that any other decision or an erasure is newer."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Something of a user that cannot be read or has to be decided, and why."""

    user_id: str
    what: str
    why: str


@dataclass(slots=True)
class Converted:
    """One user's writes, in the order in which they must be applied, and the problems found.

    `settling` is applied before and after them: it sets the count of conversations to the number stored. `old_keys` are
    the keys that are not needed after the import. `chats` and `moods` are the numbers of chats and moods in the writes.
    """

    settling: Write
    writes: list[Write] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    old_keys: list[str] = field(default_factory=list)
    chats: int = 0
    moods: int = 0
    old_count: int = 0


def converted(legacy: Legacy, *, plan_from: str | None, now: int) -> Converted:
    """Return the user's writes; `plan_from` (registry, profile or stats) says whose plan to use if they differ."""
    settling = dashboard_writes.rebase(user_id=legacy.user_id, at=_EARLIEST_MS)
    done = Converted(settling, old_count=_whole(legacy.stats.get("conversations")))
    plan = _plan(legacy, done, plan_from=plan_from)
    done.writes += _registration(legacy, done, plan=plan, now=now)
    done.writes += _decision(legacy, plan_from=plan_from, plan=plan)
    done.writes += _chats(legacy, done, now=now)
    done.writes += _moods(legacy, done, now=now)
    done.writes += _counters(legacy, done, now=now)
    return done


def _plans(legacy: Legacy) -> dict[str, str]:
    """Return the valid plans by their source."""
    named = {name: getattr(legacy, name).get("plan", "").lower() for name in PLAN_SOURCES}
    return {name: plan for name, plan in named.items() if plan in list(Plan)}


def _plan(legacy: Legacy, done: Converted, *, plan_from: str | None) -> str:
    """Return the plan; empty if the sources differ and none was chosen. Reports a problem if they differ."""
    plans = _plans(legacy)
    agreed = set(plans.values())
    if len(agreed) < 2:
        return next(iter(agreed), Plan.FREE)
    chosen, kept = plans.get(plan_from or "", ""), plans.get("profile", Plan.FREE)
    if "plan_at" in legacy.profile:
        chosen, decided = kept, f"{kept} stays, since it was decided before"
    elif chosen:
        decided = f"{chosen}, as --plan-from says"
    else:
        decided = f"undecided, {kept} until you name one with --plan-from"
    listed = ", ".join(f"{name} {plan}" for name, plan in plans.items())
    done.problems.append(Problem(legacy.user_id, "plan", f"{listed}; {decided}"))
    return chosen


def _decision(legacy: Legacy, *, plan_from: str | None, plan: str) -> Iterator[Write]:
    if plan and plan_from and len(set(_plans(legacy).values())) > 1:
        yield account_writes.plan_change(user_id=legacy.user_id, plan=plan, at=_EARLIEST_MS)


def _registration(legacy: Legacy, done: Converted, *, plan: str, now: int) -> Iterator[Write]:
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
            Problem(legacy.user_id, "email", "registry and profile have different emails; the profile's is used")
        )
    elif plan:
        done.old_keys.append(registry_key(legacy.user_id))
    at = ms_of(known.get("joinedAt") or known.get("createdAt"), otherwise=now)
    name = known.get("name") or email.partition("@")[0]
    write = account_writes.registration(user_id=legacy.user_id, email=email, name=name, plan=plan, at=at)
    # Acknowledged: if the email belongs to another user by now, the profile is kept without the claim.
    yield replace(write, acknowledged=True)


def _chats(legacy: Legacy, done: Converted, *, now: int) -> Iterator[Write]:
    for chat_id in legacy.missing_chats:
        done.problems.append(Problem(legacy.user_id, f"chat {chat_id}", "it is listed but not stored"))
    for chat_id, text in legacy.chats.items():
        try:
            chat = old_chat(valid_id(chat_id, name="chatId"), text, now=now)
        except Invalid as error:
            done.problems.append(Problem(legacy.user_id, f"chat {chat_id}", str(error)))
            continue
        done.chats += 1
        yield from _chat(legacy.user_id, chat_id, chat)
        if chat.unread:
            why = f"{chat.unread} messages cannot be read"
            done.problems.append(Problem(legacy.user_id, f"chat {chat_id}", why))
        else:
            done.old_keys.append(chat_key(legacy.user_id, chat_id))
    if not any(problem.what.startswith("chat ") for problem in done.problems):
        done.old_keys.append(index_key(legacy.user_id))


def _chat(user_id: str, chat_id: str, chat: OldChat) -> Iterator[Write]:
    yield chat_writes.save(
        user_id=user_id,
        conversation_id=chat_id,
        title=chat.title,
        tags=chat.tags,
        messages=chat.messages,
        request_key=None,
        at=chat.created_ms,
    )
    if chat.updated_ms > chat.created_ms:
        yield chat_writes.change(user_id=user_id, conversation_id=chat_id, fields={}, at=chat.updated_ms)


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
            done.problems.append(Problem(legacy.user_id, f"counter {day}", "its name is not a date"))
            continue
        done.old_keys.append(counter_key(legacy.user_id, day))
        for count in range(min(_whole(text), COUNTED_AT_MOST)):
            message_id = f"legacy_{day}_{count}"
            write = chat_writes.count(user_id=legacy.user_id, message_id=message_id, day=number, limits=LIMITS, at=now)
            yield replace(write, acknowledged=True)


def _whole(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdigit() else 0
