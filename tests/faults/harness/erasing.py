"""Erasures while fail-overs to lagging replicas lose them: what was said to be erased, and what was pending."""

from collections.abc import Callable
from unittest.mock import patch

import redis

from accounts.privacy import erasure
from accounts.privacy.receipts import Erasing, public_receipt
from accounts.services import register_user
from chat.models import Message
from chat.services import save_conversation
from redis_models.errors import RedisUnavailable
from redis_models.schema import erasure_keys, keys
from tests.faults.harness.failovers import LaggingFailover
from tests.support.topologies import SentinelDeployment
from tests.support.waiting import wait_until

WORDS = "words that are to be gone"


def erased_through_failovers(
    deployment: SentinelDeployment, *, count: int, advance: Callable[[], object] = lambda: None
) -> list[str]:
    """Erase two people in each of `count` fail-overs: one before, one while the replicas lag, whose erasure they lose.

    Return whatever of them is there afterwards, and who was told `erased` without a proof. The caller acts as a serving
    process on the deployment (`storm.serving_on`).
    """
    begun: list[Erasing] = []
    found: list[str] = []
    with patch.object(erasure, "LOOK_EVERY_S", 0.1):
        for number in range(count):
            _register(deployment, f"before{number}")
            told = erasure.erase(user_id=f"before{number}")
            found += [] if told.state == "erased" else [f"before{number} was not erased"]
            _register(deployment, f"lagging{number}")
            failover = LaggingFailover(deployment)
            failover.cut_off()
            erasing, _ = erasure.begin(user_id=f"lagging{number}")
            is_told = erasure.finish_within(erasing, seconds=0.5) is not None
            found += [f"lagging{number} was told without a proof"] if is_told else []
            failover.promote()
            begun.append(erasing)
            advance()
        for erasing in begun:
            wait_until(lambda erasing=erasing: _is_erased(deployment, erasing))
    return found + _left(deployment)


def _register(deployment: SentinelDeployment, user_id: str) -> None:
    wait_until(lambda: _is_registered(user_id))
    message = Message("1", "user", WORDS, "2026-11-23T08:00:00.000Z")
    save_conversation(user_id=user_id, messages=[message], conversation_id="c1")
    copied = keys.of_conversation(user_id, "c1")[1]
    wait_until(lambda: all(node.client.exists(copied) for node in deployment.nodes))


def _is_registered(user_id: str) -> bool:
    try:
        return not register_user(user_id=user_id, email=f"{user_id}@example.com").is_pending
    except RedisUnavailable:
        return False


def _is_erased(deployment: SentinelDeployment, erasing: Erasing) -> bool:
    """Return whether the receipt says so; let the turn of unfinished erasures be over, instead of waiting for 60 s."""
    try:
        unfinished = erasure_keys.unfinished()
        for digest, text in deployment.client.hgetall(unfinished).items():
            deployment.client.hset(unfinished, digest, f"1 {text.partition(' ')[2]}")
        receipt = public_receipt(erasing.token)
    except (redis.RedisError, RedisUnavailable):
        return False
    return receipt is not None and receipt.state == "erased"


def _left(deployment: SentinelDeployment) -> list[str]:
    client = deployment.client
    return [key for pattern in ("user:*", "email:*") for key in client.keys(pattern) if not key.endswith(":erased")]
