"""An in-process Redis for limits and idempotency keys while the real Redis is away.

It runs the same scripts, so each rule is written only once. It is not shared with other processes, is bounded, and is
lost when the process ends.
"""

import threading
from typing import Any

from redis_models.host import state
from redis_models.journal.clock import now_ms
from redis_models.offline.local_redis import LocalRedis
from redis_models.operations.read import Read
from redis_models.operations.write import Receipt, Write

KEYS_AT_MOST = 20_000


class Fallback:
    """A host's in-process Redis."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.redis = LocalRedis(now_ms)


def apply(write: Write) -> Receipt:
    """Apply the write in this process only."""
    return Receipt.from_reply(_run(write.script, write.keys, write.argv))


def answer(question: Read) -> Any:
    """Return the reply of the read's script, from the data of this process only."""
    return _run(question.script, question.keys, question.args)


def _run(name: str, keys: tuple[str, ...], args: tuple[str, ...]) -> Any:
    own = state(Fallback)
    with own.lock:
        if len(own.redis) >= KEYS_AT_MOST:
            own.redis.clear()
        return own.redis.run(name, keys, args)
