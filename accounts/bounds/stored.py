"""How many bytes a user may store, by the plan.

The scripts of writes reply with what the user stores then, so the next write is asked of memory. Redis is asked only
if this process knows nothing of the user and the body is large, or before a write is refused.
"""

import threading
from collections import OrderedDict
from dataclasses import dataclass, replace
from typing import Final

from accounts.bounds.last_users import remember
from accounts.errors import StorageFull
from accounts.models import Plan
from accounts.plans import ALLOWANCES
from redis_models import reader
from redis_models.health.clock import now_ms
from redis_models.host import state
from redis_models.operations.read import Read
from redis_models.operations.write import REFUSED, Receipt, Write
from redis_models.reader import Answer
from redis_models.schema import keys
from redis_models.writer import submit

SMALL_BYTES: Final = 64 * 1024
"""A body of at most this size is accepted from a user of whom this process knows nothing."""
AFFIRMATION_BYTES: Final = 1024
"""As in accounts/lua/stored.lua."""
PLAN_KNOWN_MS: Final = 60_000
LEAST_BYTES: Final = min(allowance.stored_bytes for allowance in ALLOWANCES.values())


@dataclass(frozen=True, slots=True)
class Stored:
    """What a user stores: `derived_bytes` of conversations and moods, `beside_bytes` of affirmations.

    `plan` was read at `read_ms` (0: never).
    """

    derived_bytes: int
    beside_bytes: int = 0
    plan: Plan = Plan.FREE
    read_ms: int = 0

    @property
    def bytes(self) -> int:
        """Return the whole size."""
        return self.derived_bytes + self.beside_bytes

    @property
    def limit_bytes(self) -> int:
        """Return the bound of the plan."""
        return ALLOWANCES[self.plan].stored_bytes

    def may_be_full(self) -> bool:
        """Return whether the bound may be reached; a plan that was read long ago counts as the smallest."""
        is_recent = now_ms() - self.read_ms < PLAN_KNOWN_MS
        return self.bytes >= (self.limit_bytes if is_recent else LEAST_BYTES)


class _Known:
    """What this process knows of users, the last used ones last."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._users: OrderedDict[str, Stored] = OrderedDict()

    def get(self, user_id: str) -> Stored | None:
        with self._lock:
            return self._users.get(user_id)

    def put(self, user_id: str, found: Stored) -> Stored:
        with self._lock:
            remember(self._users, user_id, found)
        return found


def learn(user_id: str, receipt: Receipt) -> Receipt:
    """Note what the user stores, which is the last text of the reply of such a write; return the receipt."""
    if receipt.reply and receipt.outcome not in REFUSED:
        known, derived_bytes = state(_Known), int(receipt.reply[-1])
        had = known.get(user_id) or Stored(0)
        known.put(user_id, replace(had, derived_bytes=derived_bytes))
    return receipt


def submit_measured(write: Write) -> Receipt:
    """Submit a write whose reply ends with what its user stores then, and note that; raises like `submit`."""
    return learn(write.user_id, submit(write))


def note_affirmation(user_id: str) -> None:
    """Note that the user stores one affirmation more; the replies of writes do not include them."""
    had = state(_Known).get(user_id) or stored_of(user_id)
    if had is not None:
        state(_Known).put(user_id, replace(had, beside_bytes=had.beside_bytes + AFFIRMATION_BYTES))


def require_room(user_id: str, *, body_bytes: int) -> None:
    """Raise StorageFull if the user stores as much as the plan includes; in an outage, by what is known here."""
    found = state(_Known).get(user_id)
    if found is None and body_bytes <= SMALL_BYTES:
        return
    if found is None or found.may_be_full():
        found = stored_of(user_id) or found
    if found is not None and found.bytes >= found.limit_bytes:
        raise StorageFull(plan=found.plan, limit_bytes=found.limit_bytes)


def keys_of_stored(user_id: str) -> tuple[str, ...]:
    """Return the keys from which the fragment accounts/lua/stored.lua derives the size."""
    return keys.stats(user_id), keys.summaries(user_id), keys.mood_history(user_id), keys.affirmations(user_id)


def stored_of(user_id: str) -> Stored | None:
    """Read what the user stores; None if it is not known, because Redis is away."""
    answer = reader.answer(Read(user_id, "accounts.stored.1", (keys.profile(user_id), *keys_of_stored(user_id))))
    plan, derived, beside = answer.reply
    return note_read(user_id, answer, plan=Plan.stored(plan), sizes=(derived, beside))


def note_read(user_id: str, answer: Answer, *, plan: Plan, sizes: tuple[str, str]) -> Stored | None:
    """Note what was read: the sizes of conversations and moods, and of affirmations. Return it; None if not known."""
    if not answer.is_known:
        return None
    derived, beside = map(int, sizes)
    return state(_Known).put(user_id, Stored(derived, beside, plan, now_ms()))
