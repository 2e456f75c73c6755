"""The clients under test: Aira, and two clients as they are usually written, for comparison."""

import json
import threading
from collections import Counter
from collections.abc import Mapping
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from typing import Protocol

import redis
from django.conf import settings
from redis.backoff import ConstantBackoff
from redis.connection import parse_url
from redis.retry import Retry

from accounts import writes
from chat.models import Message
from chat.services import save_conversation
from redis_models.budget import budget
from redis_models.errors import JournalUnavailable, RedisUnavailable
from redis_models.schema import keys
from redis_models.writer import submit
from tests.faults.harness.ledger import Operation, StoredUser
from tests.support.waiting import PATIENCE_S

HANG_TIMEOUT_S = 0.2
"""The Redis time-out while the network fails, instead of 30 s; a test then sees enough time-outs."""


class Subject(Protocol):
    """Runs operations and reads the stored data; `refusals` are the errors of operations that were not acknowledged."""

    refusals: tuple[type[Exception], ...]

    def save(self, operation: Operation) -> None: ...

    def stored_user(self, user_id: str, client: redis.Redis) -> StoredUser: ...


class Aira:
    """The service that the save endpoint calls, within a request's budget."""

    refusals = (RedisUnavailable, JournalUnavailable)

    def save(self, operation: Operation) -> None:
        message = Message(operation.message_id, "user", "I slept well", "2026-11-23T08:00:00.000Z")
        with budget(settings.AIRA_REQUEST_BUDGET_S):
            save_conversation(
                user_id=operation.user_id,
                conversation_id=operation.conversation_id,
                messages=[message],
                title=operation.title,
                at=self.time_of(operation),
            )

    def time_of(self, operation: Operation) -> int | None:
        return operation.at

    def stored_user(self, user_id: str, client: redis.Redis) -> StoredUser:
        ids = client.zrange(keys.conversations(user_id), 0, -1)
        pipeline = client.pipeline(transaction=False)
        pipeline.hgetall(keys.stats(user_id))
        pipeline.hlen(keys.active_days(user_id))
        pipeline.hlen(keys.summaries(user_id))
        for conversation_id in ids:
            conversation, messages, message_ids, _ = keys.of_conversation(user_id, conversation_id)
            pipeline.hget(conversation, "messageCount")
            pipeline.hlen(message_ids)
            pipeline.lrange(messages, 0, -1)
        stats, days, summaries, *of_each = pipeline.execute()
        messages, differences = Counter(), [int(stats.get("conversations", 0)) - len(ids), summaries - len(ids)]
        differences.append(int(stats.get("days_active", 0)) - days)
        for count, known, listed in zip(of_each[::3], of_each[1::3], of_each[2::3], strict=True):
            messages.update(json.loads(each)["id"] for each in listed)
            differences += [int(count) - len(listed), known - len(listed)]
        return StoredUser(messages, sum(map(abs, differences)))


class PasswordChanges(Aira):
    """Changes the password of a person of its own with each operation: a write that may not wait."""

    def save(self, operation: Operation) -> None:
        change = writes.password_change(
            user_id=person_of(operation), encoded=f"argon2${operation.number}", at=operation.at
        )
        with budget(settings.AIRA_REQUEST_BUDGET_S):
            submit(change)


def person_of(operation: Operation) -> str:
    """Return the id of the person whose password the operation changes."""
    return f"p{operation.number}"


class Stamping(Aira):
    """Lets the service choose the time of a save, as the endpoint does."""

    def time_of(self, operation: Operation) -> None:
        return None


class RefusedError(Exception):
    """The site did not acknowledge: 503, try again."""


class Web(Aira):
    """Saves over HTTP, with one connection for each thread; any status other than 200 and 503 is a defect."""

    refusals = (RefusedError, OSError, HTTPException)

    def __init__(self, port: int, *, key: str = "") -> None:
        self._port = port
        self._headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {key}"} if key else {})
        self._local = threading.local()
        self._connections: list[HTTPConnection] = []

    def save(self, operation: Operation) -> None:
        message = {"id": operation.message_id, "role": "user", "content": "x", "timestamp": "2026-11-23T08:00:00.000Z"}
        body = {
            "userId": operation.user_id,
            "chatId": operation.conversation_id,
            "title": operation.title,
            "messages": [message],
        }
        status, headers = self._post("/api/chat/save", json.dumps(body))
        if status == HTTPStatus.SERVICE_UNAVAILABLE and "Retry-After" in headers:
            raise RefusedError
        assert status == HTTPStatus.OK, status

    def _post(self, path: str, body: str) -> tuple[int, Mapping[str, str]]:
        connection = self._connection()
        try:
            connection.request("POST", path, body, self._headers)
            response = connection.getresponse()
            response.read()
        except (OSError, HTTPException):
            connection.close()
            raise
        return response.status, response.headers

    def _connection(self) -> HTTPConnection:
        """Return this thread's connection; it reconnects by itself after an error."""
        if not hasattr(self._local, "connection"):
            self._local.connection = HTTPConnection("127.0.0.1", self._port, timeout=PATIENCE_S)
            self._connections.append(self._local.connection)
        return self._local.connection

    def close(self) -> None:
        for connection in self._connections:
            connection.close()


class Naive:
    """Appends the message and increments the count, which is correct only if no reply is ever lost."""

    refusals = (redis.RedisError, OSError)

    def __init__(self, client: redis.Redis) -> None:
        self._client = client

    def save(self, operation: Operation) -> None:
        self._client.rpush(f"naive:{operation.user_id}:messages", operation.message_id)
        self._client.hincrby(f"naive:{operation.user_id}:stats", "messages", 1)

    def close(self) -> None:
        self._client.close()

    def stored_user(self, user_id: str, client: redis.Redis) -> StoredUser:
        messages = Counter(client.lrange(f"naive:{user_id}:messages", 0, -1))
        counted = int(client.hget(f"naive:{user_id}:stats", "messages") or 0)
        return StoredUser(messages, abs(counted - len(messages)))


def literal_policy(url: str, *, seconds: float = HANG_TIMEOUT_S) -> Naive:
    """Return a client with a storm's time-out and Aira's 3 retries, but without scripts that may run twice."""
    retry = Retry(ConstantBackoff(settings.AIRA_REDIS_RETRY_DELAY_MS / 1000), settings.AIRA_REDIS_RETRIES)
    options = {"socket_timeout": seconds, "retry": retry, "protocol": 2}
    if url.startswith("redis://"):
        options["socket_connect_timeout"] = seconds
    return Naive(redis.Redis.from_url(url, **options))


def library_defaults(url: str) -> Naive:
    """Return a client with redis-py's defaults: 10 retries and a time-out of 5 s (`from_url` would not retry)."""
    address = parse_url(url)
    return Naive(redis.Redis(host=address["host"], port=address["port"]))
