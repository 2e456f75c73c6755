"""A Redis within the process, for what must be decided here while the real one is away: limits, repetitions.

It runs the very same scripts, so a rule is still written once. It knows nothing of other processes, is bounded, and is
forgotten with the process.
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
    """Apply the write here and nowhere else."""
    return Receipt.from_reply(_run(write.script, write.keys, write.argv))


def answer(question: Read) -> Any:
    """Return the reply of the read's script, as far as this process can know."""
    return _run(question.script, question.keys, question.args)


def _run(name: str, keys: tuple[str, ...], args: tuple[str, ...]) -> Any:
    own = state(Fallback)
    with own.lock:
        if len(own.redis) >= KEYS_AT_MOST:
            own.redis.clear()
        return own.redis.run(name, keys, args)
