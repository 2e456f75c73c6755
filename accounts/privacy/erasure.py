"""Erase a user, with a receipt: what was removed, what was checked afterwards, what stays and what is out of reach."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

from django.conf import settings

from accounts.privacy.stored_keys import stored_keys
from accounts.services import delete_user
from redis_models.background import erasures
from redis_models.budget import without_budget
from redis_models.embedded import append_only
from redis_models.embedded.server import EmbeddedServerUnavailable
from redis_models.health.clock import now_ms
from redis_models.journal import journal
from redis_models.offline import shadow
from redis_models.schema import keys
from redis_models.schema.codec import iso_from_ms

TOMBSTONE_LIFE_MS = 30 * 24 * 60 * 60 * 1000
FileState = Literal["rewritten", "not ours", "not confirmed"]
REWRITTEN: Final = "rewritten"
NOT_OURS: Final = "not ours"
NOT_CONFIRMED: Final = "not confirmed"
NOT_REACHED = (
    "Backups that the operator made.",
    "Keys of an older server's layout, until they are removed after their import.",
)
NOT_REACHED_OF_HOSTS = (
    "Journals of hosts that have not confirmed yet: your data in them is void and will be removed when they run."
)
NOT_REACHED_OF_OTHERS = "The append-only file, snapshots and replicas of a Redis that Aira does not run."
NOT_REACHED_OF_FILE = (
    "The append-only file of the bundled server, which was not rewritten in time: "
    "your data in it will be removed by its next rewrite."
)
_NOT_REACHED_OF_FILES = {REWRITTEN: (), NOT_OURS: (NOT_REACHED_OF_OTHERS,), NOT_CONFIRMED: (NOT_REACHED_OF_FILE,)}


@dataclass(frozen=True, slots=True)
class ErasureReceipt:
    """The result of an erasure. Names of keys are complete; `kept` is the one key that stays, until `kept_until`.

    `hosts_not_confirmed` are other hosts (by the ids of their data dirs) that may still hold data of the user.
    """

    user_id: str
    erased_at: str
    conversations: int
    removed_keys: tuple[str, ...]
    keys_left: tuple[str, ...]
    journal_rows_left: int
    is_snapshot_left: bool
    append_only_file: FileState
    hosts_not_confirmed: tuple[str, ...]
    kept: str
    kept_until: str
    not_reached: tuple[str, ...]

    @property
    def is_confirmed(self) -> bool:
        """Return whether the bundled server's append-only file and all other hosts are confirmed to hold no data."""
        return self.append_only_file != NOT_CONFIRMED and not self.hosts_not_confirmed


def erase(*, user_id: str, on_batch: Callable[[int], object] = lambda _: None) -> ErasureReceipt:
    """Erase the user, without regard to the request's budget. If it raises RedisUnavailable, call it again.

    `on_batch` is called after each batch with the number of conversations removed.
    """
    with without_budget():
        return _erase(user_id, on_batch)


def _erase(user_id: str, on_batch: Callable[[int], object]) -> ErasureReceipt:
    had = _existing(user_id)
    erased = delete_user(user_id=user_id, on_batch=on_batch)
    shadow.forget(user_id)
    at = now_ms()
    left = journal().snapshots.view(user_id)
    append_only_file = _rewritten()
    hosts = erasures.unconfirmed(erased.announced_us)
    return ErasureReceipt(
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
        not_reached=_not_reached(append_only_file=append_only_file, hosts=hosts),
    )


def _not_reached(*, append_only_file: FileState, hosts: tuple[str, ...]) -> tuple[str, ...]:
    of_hosts = (NOT_REACHED_OF_HOSTS,) if hosts else ()
    return (*NOT_REACHED, *of_hosts, *_NOT_REACHED_OF_FILES[append_only_file])


def _rewritten() -> FileState:
    """Rewrite the bundled server's append-only file and return its state."""
    if settings.REDIS_ENDPOINT.variable != "AIRA_DATA_DIR":
        return NOT_OURS
    try:
        is_rewritten = append_only.rewrite_append_only_file(settings.AIRA_DATA_DIR)
    except EmbeddedServerUnavailable:
        is_rewritten = False
    return REWRITTEN if is_rewritten else NOT_CONFIRMED


def _existing(user_id: str) -> tuple[str, ...]:
    """Return which of the user's keys exist, except those of single conversations and the tombstone."""
    wanted = (*keys.of_user(user_id), *keys.beside_snapshot(user_id))
    return tuple(stored.name for stored in stored_keys(user_id, wanted))
