"""Erase a user: a row sets the tombstone, then everything older is removed, which the servers have to prove.

    begin     the erasure is noted as unfinished, and the tombstone voids every earlier write
    finish    remove, announce, prove, forget the copies of this host, close the receipt, rewrite the file
    go_on     finish what another process began and did not finish within 60 s, with its time

Every step uses the time at which the erasure began, and removes only what is older, so a step may run late and again.
"""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from contextvars import copy_context
from dataclasses import replace

from django.conf import settings

from accounts import writes
from accounts.mail import waiting
from accounts.privacy.receipts import (
    ERASED,
    NOT_CONFIRMED,
    NOT_OURS,
    REWRITTEN,
    UNPROVEN,
    Erasing,
    ErasureReceipt,
    FileState,
)
from accounts.privacy.stored_keys import stored_keys
from redis_models import gateway
from redis_models.background import erasures, revocations, unfinished
from redis_models.budget import without_budget
from redis_models.embedded import append_only
from redis_models.embedded.server import EmbeddedServerUnavailable
from redis_models.errors import RedisUnavailable
from redis_models.health.clock import now_ms
from redis_models.host import state as host_state
from redis_models.journal import journal
from redis_models.offline import kept_shadows
from redis_models.operations.read import Read
from redis_models.operations.write import Receipt, Write
from redis_models.replay.proven_writes import proven
from redis_models.schema import keys
from redis_models.schema.model import pairs
from redis_models.schema.revocations import of_person
from redis_models.schema.snapshot import StoredKey
from redis_models.writer import submit

BATCH = 100
LOOK_EVERY_S = 10.0
"""How often a process looks for unfinished erasures."""

_log = logging.getLogger(__name__)


class _LastLook:
    """When this host last looked for unfinished erasures (monotonic)."""

    def __init__(self) -> None:
        self.at_s = float("-inf")


def erase(*, user_id: str, on_batch: Callable[[int], object] = lambda _: None) -> ErasureReceipt:
    """Erase the user, without regard to the request's budget; raises RedisUnavailable.

    If it raises after it began, any host goes on. `on_batch` is called after each batch with the number of
    conversations removed.
    """
    with without_budget():
        erasing, _ = begin(user_id=user_id)
        return finish(erasing, on_batch=on_batch)


def begin(*, user_id: str) -> tuple[Erasing, Receipt]:
    """Set the tombstone, and return the erasure with the receipt of its write; raises RedisUnavailable.

    It is raised before anything is done: if only the reply is lost, the write is pending.
    """
    found = _existing(user_id)
    token = unfinished.new_token()
    names = tuple(stored.name for stored in found)
    begun = unfinished.Unfinished(user_id, now_ms(), _count(user_id, found))
    erasing = Erasing(unfinished.digest_of(token), begun, token, names)
    note = unfinished.note(erasing.digest, begun, receipt=ErasureReceipt(erasing).public_text)
    receipt = submit(writes.erasure_begin(user_id=user_id, at=begun.at, note=note))
    revocations.hold(of_person(user_id), at=begun.at)
    return erasing, receipt


def finish(erasing: Erasing, *, on_batch: Callable[[int], object] = lambda _: None) -> ErasureReceipt:
    """Go on with the erasure to its end, whoever began it; raises RedisUnavailable if it has to be tried again."""
    user_id, at = erasing.unfinished.user_id, erasing.unfinished.at
    releases = _release(user_id, at=at)
    _remove(user_id, at=at, on_batch=on_batch)
    submit(waiting.forgetting(user_id, at=at))
    announced_us = erasures.announce(user_id, at=at)
    weakness = _proven(user_id, releases, at=at)
    receipt = _forgotten(ErasureReceipt(erasing, UNPROVEN if weakness else ERASED))
    _close(receipt)
    hosts = erasures.unconfirmed(announced_us)
    receipt = replace(receipt, hosts_not_confirmed=hosts, append_only_file=_rewritten())
    _close(receipt)
    return receipt


def finish_within(erasing: Erasing, *, seconds: float) -> ErasureReceipt | None:
    """Finish the erasure in a thread of its own; return None if that takes longer: it goes on behind the request."""
    done: Future[ErasureReceipt | None] = Future()
    context = copy_context()

    def run() -> None:
        receipt = None
        try:
            receipt = _guarded(erasing)
        finally:
            done.set_result(receipt)

    try:
        threading.Thread(target=context.run, args=(run,), name="erasure", daemon=True).start()
    except RuntimeError:
        return None  # no thread can run here: another process goes on
    with suppress(TimeoutError):
        return done.result(timeout=seconds)
    return None


def go_on() -> None:
    """Finish erasures that no process has gone on with for 60 s, at most every 10 s; raises RedisUnavailable."""
    look = host_state(_LastLook)
    if time.monotonic() - look.at_s < LOOK_EVERY_S:
        return
    look.at_s = time.monotonic()
    for digest, begun in unfinished.taken(at=now_ms()).items():
        finish_within(Erasing(digest, begun), seconds=0)


def _guarded(erasing: Erasing) -> ErasureReceipt | None:
    try:
        with without_budget():
            return finish(erasing)
    except RedisUnavailable as error:
        _log.warning("An erasure is not finished; a host goes on with it after 60 s. reason=%s", error)
    except Exception:  # noqa: BLE001 (the top of a thread: no caller could handle it)
        _log.exception("An erasure failed; a host tries again after 60 s.")
    return None


def _release(user_id: str, *, at: int) -> list[Write]:
    """Release the user's email while the profile still names it, and return the steps.

    On a cluster this is proven first: the email's primary could lose it after the profile is removed.
    """
    profile = pairs(gateway.read(Read(user_id, "accounts.profile.1", (keys.profile(user_id),))))
    emails = [profile[field] for field in ("email", "erased_email") if field in profile]
    steps = [writes.erasure_of_claim(user_id=user_id, email=email, at=at) for email in emails]
    if all(keys.share_a_server(keys.profile(user_id), *step.keys) for step in steps):
        for step in steps:
            submit(step)
    else:
        proven(journal(), steps)
    return steps


def _proven(user_id: str, releases: Sequence[Write], *, at: int) -> str:
    """Run the last steps again, and have the servers prove all; return why they cannot, or an empty string.

    Raises RedisUnavailable also if a server was restarted or replaced meanwhile and has older data again.
    """
    steps = (*releases, writes.erasure(user_id=user_id, ids=(), at=at), erasures.announcement(user_id, at=at))
    receipts, weakness = proven(journal(), steps)
    (left,) = receipts[len(releases)].reply
    if left != "0":
        raise RedisUnavailable("Redis has lost a part of the erasure.")
    return weakness


def _remove(user_id: str, *, at: int, on_batch: Callable[[int], object]) -> None:
    while True:
        question = (keys.erased(user_id), keys.conversations(user_id)), (str(at), str(BATCH))
        ids = gateway.read(Read(user_id, "accounts.erased_conversations.1", *question))
        (left,) = submit(writes.erasure(user_id=user_id, ids=ids, at=at)).reply
        if ids:
            on_batch(len(ids))
        if left == "0":
            return


def _forgotten(receipt: ErasureReceipt) -> ErasureReceipt:
    """Forget the host's own copies, now that Redis has nothing older that a drain could copy again.

    Return the receipt with the checks of what is left. They name what the user has written since, too, but no snapshot
    that was taken since: it may hold the tombstone.
    """
    user_id, gone_ms = receipt.user_id, now_ms()
    journal().erasure.forget(user_id, until_ms=receipt.erasing.unfinished.at)
    journal().erasure.wipe()
    kept_shadows.forget(user_id)
    left = journal().snapshots.view(user_id)
    return replace(
        receipt,
        keys_left=tuple(stored.name for stored in _existing(user_id)),
        journal_rows_left=len(left.shown),
        is_snapshot_left=any(taken_ms < gone_ms for taken_ms in left.taken_ms.values()),
        append_only_file=NOT_CONFIRMED if _is_embedded() else NOT_OURS,
    )


def _close(receipt: ErasureReceipt) -> None:
    submit(unfinished.end(receipt.erasing.digest, receipt=receipt.public_text, at=receipt.erasing.unfinished.at))


def _is_embedded() -> bool:
    return bool(settings.REDIS_ENDPOINT.variable == "AIRA_DATA_DIR")


def _rewritten() -> FileState:
    """Rewrite the bundled server's append-only file and return its state."""
    if not _is_embedded():
        return NOT_OURS
    try:
        is_rewritten = append_only.rewrite_append_only_file(settings.AIRA_DATA_DIR)
    except EmbeddedServerUnavailable:
        is_rewritten = False
    return REWRITTEN if is_rewritten else NOT_CONFIRMED


def _existing(user_id: str) -> list[StoredKey]:
    """Return the user's keys that exist, except those of single conversations and the tombstone."""
    return stored_keys(user_id, (*keys.of_user(user_id), *keys.beside_snapshot(user_id)))


def _count(user_id: str, found: Sequence[StoredKey]) -> int:
    index = next((stored for stored in found if stored.name == keys.conversations(user_id)), None)
    return len(index.elements) // 2 if index else 0
