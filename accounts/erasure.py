"""Erasing a person, with a receipt: what was removed, what was looked at again, what stays, what is out of reach."""

import contextvars
from dataclasses import dataclass

from django.conf import settings

from accounts.services import delete_user
from accounts.stored import stored_keys
from redis_models import append_only, erasures, keys, shadow
from redis_models.codec import iso_from_ms
from redis_models.health import now_ms
from redis_models.journal import journal

TOMBSTONE_LIFE_MS = 30 * 24 * 60 * 60 * 1000
REWRITTEN, NOT_OURS, NOT_CONFIRMED = "rewritten", "not ours", "not confirmed"
NOT_REACHED = (
    "Backups that the operator made.",
    "Keys of an older server's layout, until they are removed after their import.",
)
NOT_REACHED_OF_HOSTS = (
    "Journals of hosts that have not confirmed yet: what they hold of you is void, and goes when they run."
)
NOT_REACHED_OF_OTHERS = "The append-only file, snapshots and replicas of a Redis that Aira does not run."


@dataclass(frozen=True, slots=True)
class Receipt:
    """What an erasure did; names of keys are whole, `kept` is the one that stays until `kept_until`.

    `hosts_not_confirmed` are other hosts (by the ids of their data dirs) that may still hold something.
    """

    user_id: str
    erased_at: str
    conversations: int
    removed_keys: tuple[str, ...]
    keys_left: tuple[str, ...]
    journal_rows_left: int
    is_snapshot_left: bool
    append_only_file: str
    hosts_not_confirmed: tuple[str, ...]
    kept: str
    kept_until: str
    not_reached: tuple[str, ...]


def erase(*, user_id: str) -> Receipt:
    """Erase the user; takes the time it needs, whatever the request's budget. Raises RedisUnavailable: begin again."""
    return contextvars.Context().run(_erase, user_id)


def _erase(user_id: str) -> Receipt:
    had = _existing(user_id)
    erased = delete_user(user_id=user_id)
    shadow.forget(user_id)
    at = now_ms()
    left = journal().snapshots.view(user_id)
    is_embedded = settings.REDIS_ENDPOINT.variable == "AIRA_DATA_DIR"
    append_only_file = _rewritten() if is_embedded else NOT_OURS
    hosts = erasures.unconfirmed(erased.announced_us)
    return Receipt(
        user_id=user_id,
        erased_at=iso_from_ms(at),
        conversations=erased.conversations,
        removed_keys=had,
        keys_left=_existing(user_id),
        journal_rows_left=len(left.shown),
        is_snapshot_left=bool(left.taken_ms),
        append_only_file=append_only_file,
        hosts_not_confirmed=hosts,
        kept=keys.erased(user_id),
        kept_until=iso_from_ms(at + TOMBSTONE_LIFE_MS),
        not_reached=_not_reached(is_embedded=is_embedded, hosts=hosts),
    )


def _not_reached(*, is_embedded: bool, hosts: tuple[str, ...]) -> tuple[str, ...]:
    of_hosts = (NOT_REACHED_OF_HOSTS,) if hosts else ()
    return (*NOT_REACHED, *of_hosts) if is_embedded else (*NOT_REACHED, *of_hosts, NOT_REACHED_OF_OTHERS)


def _rewritten() -> str:
    return REWRITTEN if append_only.rewrite_append_only_file(settings.AIRA_DATA_DIR) else NOT_CONFIRMED


def _existing(user_id: str) -> tuple[str, ...]:
    """Return which of the user's keys exist, without those of single conversations and the tombstone."""
    wanted = (*keys.of_user(user_id), *keys.beside_snapshot(user_id))
    return tuple(stored.name for stored in stored_keys(user_id, wanted))
