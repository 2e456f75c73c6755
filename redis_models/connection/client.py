"""What the rest of the package asks of Redis, and the one place where redis-py's errors become ours."""

import logging
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.conf import settings
from django_redis import get_redis_connection
from redis import Redis, exceptions

from redis_models import keys
from redis_models.connection.factory import probe_client
from redis_models.connection.policy import free_blocked_callers, operation
from redis_models.endpoint import Endpoint
from redis_models.errors import RedisModelError, RedisReadOnly, RedisRefusing, RedisUnavailable, ScriptFailed
from redis_models.scripts import Script, script

__all__ = ["ProbeReply", "free_blocked_callers", "probe", "round_trip", "run_script"]

_log = logging.getLogger(__name__)
_REFUSALS_OF_US = (exceptions.AuthenticationError, exceptions.AuthorizationError, exceptions.NoPermissionError)
_REFUSALS_OF_WRITES = (exceptions.OutOfMemoryError, exceptions.ReadOnlyError)
_REFUSES_WRITES = ("OOM ", "MISCONF ", "READONLY ", "NOREPLICAS ")
_REFUSES_US = ("DB index", "invalid DB index")


@dataclass(frozen=True, slots=True)
class ProbeReply:
    """A live server: its clock in ms since the epoch, and why it refuses writes (empty where it takes them)."""

    server_ms: int
    refusal: str


def _client() -> Redis:
    client: Redis = get_redis_connection("default")
    return client


@cache
def _probe_client(endpoint: Endpoint, timeout_s: float) -> Redis:
    return probe_client(endpoint, timeout_s=timeout_s)


def run_script(named: Script, names: Sequence[str], args: Sequence[str]) -> Any:
    """Run the script in one round trip (two where the server does not know it yet) and return its reply.

    Raises RedisUnavailable (or its subclasses) after the policy's retries, ScriptFailed where the script itself fails.
    """
    with _named(named.name), translated(named.name):
        return _evaluate(_client(), named, names, args)


def probe(*, timeout_s: float) -> ProbeReply:
    """Run a small write script on a connection of its own, once; raise RedisUnavailable where no answer comes."""
    named = script("redis_models.probe.1")
    try:
        seconds, microseconds, refusal = _evaluate(
            _probe_client(settings.REDIS_ENDPOINT, timeout_s), named, ["aira:probe"], []
        )
    except exceptions.RedisError as error:
        raise translation(error, named.name) from error
    return ProbeReply(server_ms=int(seconds) * 1000 + int(microseconds) // 1000, refusal=refusal)


def round_trip() -> dict[str, bool]:
    """Really set, get and delete a key of its own; return which of the three worked."""
    key, value = f"health-check:{secrets.token_hex(8)}", secrets.token_hex(8)
    with _named("health-check"), translated("health-check"):
        client = _client()
        return {
            "set": bool(client.set(key, value, ex=10)),
            "get": client.get(key) == value,
            "delete": client.delete(key) == 1,
        }


def database() -> str:
    """Return the mark by which a journal knows its database again; empty where there is none (any more)."""
    with _named("database"), translated("database"):
        return str(_client().get(keys.of_database()) or "")


def mark_database(mark: str) -> str:
    """Write the mark where there is none, and return the one that is there."""
    with _named("database"), translated("database"):
        _client().set(keys.of_database(), mark, nx=True)
    return database()


def keys_matching(pattern: str) -> Iterator[str]:
    """Yield the keys that match the glob pattern, in no order and possibly twice, without blocking the server."""
    with _named("scan"), translated("scan"):
        yield from _client().scan_iter(match=pattern, count=1000)


def _evaluate(client: Redis, named: Script, names: Sequence[str], args: Sequence[str]) -> Any:
    try:
        return client.evalsha(named.sha, len(names), *names, *args)
    except exceptions.NoScriptError:
        return client.eval(named.source, len(names), *names, *args)


@contextmanager
def _named(name: str) -> Iterator[None]:
    token = operation.set(name)
    try:
        yield
    finally:
        operation.reset(token)


@contextmanager
def translated(name: str) -> Iterator[None]:
    try:
        yield
    except exceptions.RedisError as error:
        ours = translation(error, name)
        _log.error(
            "Redis operation failed. operation=%s error=%s result=%s", name, type(error).__name__, type(ours).__name__
        )
        raise ours from error


def translation(error: exceptions.RedisError, name: str) -> RedisModelError:
    if isinstance(error, _REFUSALS_OF_US) or str(error).startswith(_REFUSES_US):
        return RedisRefusing("Redis refuses this client; check the password, the permissions and the database number.")
    if isinstance(error, _REFUSALS_OF_WRITES) or str(error).startswith(_REFUSES_WRITES):
        return RedisReadOnly("Redis refuses writes at the moment.")
    if isinstance(error, exceptions.ResponseError):
        return ScriptFailed(f"{name} failed on the server.")
    return RedisUnavailable("Redis does not answer.")
