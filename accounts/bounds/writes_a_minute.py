"""How many writes a user may make in a minute, on all hosts together.

Each process lets a small share pass without asking anybody. A user who writes more often is counted in Redis, by the
same script as the other limits. So a normal request needs no round trip more, and all processes together let no more
pass than the bound and one share for each further process.
"""

import threading
from collections import OrderedDict
from typing import Final

from django.conf import settings

from accounts.bounds.last_users import remember
from accounts.errors import TooManyWrites
from api.limits import Limit, take
from redis_models.health.clock import now_ms
from redis_models.host import state

NAME: Final = "writes"
PER_S: Final = 60
SHARE: Final = 12
"""Each process lets one of so many writes pass without asking."""


class _Shares:
    """The time (ms) at which each user's share would be unused again; the last used ones are last."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._unused_ms: OrderedDict[str, float] = OrderedDict()

    def take(self, user_id: str, *, permits: int, at: int) -> bool:
        """Take one of the user's permits of this process, which come back evenly; return whether one was left."""
        period_ms = PER_S * 1000
        with self._lock:
            after = max(float(at), self._unused_ms.get(user_id, 0.0)) + period_ms / max(1, permits)
            if not permits or after - at > period_ms + 0.5:
                return False
            remember(self._unused_ms, user_id, after)
            return True


def require_turn(user_id: str) -> None:
    """Take one of the user's writes of this minute; raises TooManyWrites, BudgetSpent."""
    most = settings.AIRA_WRITES_A_MINUTE
    if most is None:
        return
    at, share = now_ms(), most // SHARE
    if state(_Shares).take(user_id, permits=share, at=at):
        return
    standing = take(Limit(NAME, permits=most - share, per_s=PER_S), subject=user_id, at=at)
    if not standing.is_allowed:
        raise TooManyWrites(most=most, retry_after_s=standing.wait_s)
