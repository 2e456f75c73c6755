"""Announce erasures to the journals of all hosts. Each host removes its copies of the user's data and confirms it.

    aira:erasures   zset of `digest:erased at (ms)`, scored by the time of the announcement; kept for 30 days
    aira:hosts      zset of host ids, scored by the time up to which the host has processed all announcements. A host
                    asks for those since its score, which a server may have lost, or never got, in a fail-over

Both scores are server times in microseconds, which makes them unique. A host is a data dir with its journal. An
announcement holds a digest of the user's id, never the id.
"""

import hashlib
import math
import secrets
import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from django.conf import settings

from redis_models import gateway
from redis_models.host import state as host_state
from redis_models.journal import Journal, journal
from redis_models.journal.facts import DATABASE_EXPECTED, DATABASE_REACHED, HOST
from redis_models.offline import kept_shadows
from redis_models.operations.read import Read
from redis_models.operations.write import Write
from redis_models.schema import erasure_keys
from redis_models.writer import submit

LOOK_EVERY_S = 1.0
WAITED_FOR_S = 3.0
PAUSE_S = 0.05


@dataclass(slots=True)
class _Looking:
    """A host's progress: when it last looked (monotonic), and the time up to which it has processed announcements."""

    last_s: float = -math.inf
    until_us: int = 0
    seen: set[str] = field(default_factory=set)
    is_to_be_wiped: bool = False


class _LookingByJournal:
    """The progress of each journal that this process has used, by the id of its data dir."""

    def __init__(self) -> None:
        self.by_id: dict[str, _Looking] = {}


def announce(user_id: str, *, at: int) -> int:
    """Announce to all hosts that the user was erased at `at` (ms); return the time of the announcement (us).

    Raises RedisUnavailable.
    """
    return int(submit(announcement(user_id, at=at)).reply[0])


def announcement(user_id: str, *, at: int) -> Write:
    """Return the write that announces to all hosts that the user was erased at `at` (ms)."""
    return _write("redis_models.erasure.1", f"{_digest(user_id)}:{at}", at=at)


def confirmation(host: str, *, until_us: int, processed: Collection[str]) -> Write:
    """Return the write that confirms all announcements up to `until_us`; its reply lists the later ones.

    It confirms nothing if the server has an earlier one that is not in `processed`: the host has not heard of it,
    because it has talked to another server, and the reply lists it, too.
    """
    return _write("redis_models.erasures.1", host, str(until_us), *sorted(processed), at=until_us // 1000)


def _write(script: str, *args: str, at: int) -> Write:
    return Write("aira", script, erasure_keys.announced(), args, at, deferrable=False)


def look() -> None:
    """Remove the data of erased users from this host and confirm it, at most once a second; raises RedisUnavailable."""
    kept = journal()
    host = _host(kept)
    state = host_state(_LookingByJournal).by_id.setdefault(host, _Looking())
    if time.monotonic() - state.last_s < LOOK_EVERY_S or not _is_expected(kept):
        return
    state.last_s = time.monotonic()
    if _removed_what_is_new(kept, host, state):
        _removed_what_is_new(kept, host, state)  # confirms the announcements of the first call


def _removed_what_is_new(kept: Journal, host: str, state: _Looking) -> bool:
    """Confirm earlier announcements, process new ones, and return whether those need a confirmation now."""
    named = "" if settings.AIRA_JOURNAL == "memory" else host
    now_us, *announced = submit(confirmation(named, until_us=state.until_us, processed=state.seen)).reply
    is_first, new = not state.until_us, set(announced) - state.seen
    state.is_to_be_wiped |= _forget(kept, announced) or bool(new)
    if state.is_to_be_wiped and not kept.erasure.wipe():
        return False
    state.until_us, state.seen, state.is_to_be_wiped = int(now_us), set(announced), False
    return is_first or bool(new)


def _forget(kept: Journal, announced: Sequence[str]) -> bool:
    """Remove the data of the announced users from this host; return whether there was any."""
    if not announced:
        return False
    kept.erasure.outdate_snapshots()
    known = {_digest(user_id): user_id for user_id in kept.erasure.users()}
    found = False
    for digest, erased_ms in (each.split(":") for each in announced):
        if digest in known:
            kept_shadows.forget(known[digest])
            found = kept.erasure.forget(known[digest], until_ms=int(erased_ms)) or found
    return found


def unconfirmed(announced_us: int) -> tuple[str, ...]:
    """Return the other hosts that have not confirmed the announcement, after a short wait for hosts that are running.

    Raises RedisUnavailable.
    """
    deadline = time.monotonic() + WAITED_FOR_S
    while True:
        late = _late(announced_us)
        is_waited_for = any(until_us > announced_us - 5 * LOOK_EVERY_S * 1_000_000 for until_us in late.values())
        if not is_waited_for or time.monotonic() > deadline:
            return tuple(sorted(late))
        time.sleep(PAUSE_S)


def _late(announced_us: int) -> dict[str, int]:
    """Return the other hosts that have not confirmed yet, each with the time (us) up to which it has confirmed."""
    found = gateway.read(Read("", "redis_models.hosts.1", erasure_keys.announced()[1:], (str(announced_us),)))
    late = dict(zip(found[::2], map(int, found[1::2]), strict=True))
    late.pop(_host(journal()), None)
    return late


def _digest(user_id: str) -> str:
    return hashlib.sha256(f"aira.erased:{user_id}".encode()).hexdigest()[:32]


def _host(kept: Journal) -> str:
    """Return the id of the host; the first call creates it."""
    return kept.admin.fact(HOST) or kept.admin.first_fact(HOST, secrets.token_hex(8))


def _is_expected(kept: Journal) -> bool:
    """Return whether the database in use is the one the journal expects."""
    expected = kept.admin.fact(DATABASE_EXPECTED)
    return bool(expected) and expected == kept.admin.fact(DATABASE_REACHED)
