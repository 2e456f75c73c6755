"""The operations on Redis that the rest of the package uses."""

import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any

from django.conf import settings
from redis import Redis, exceptions

from redis_models import trace
from redis_models.connection.cluster import Cluster
from redis_models.connection.one_server import OneServer
from redis_models.connection.server_state import ProbeReply, probe_reply_from
from redis_models.connection.topology import Member, Primary
from redis_models.connection.translation import FOREIGN, translated, translation
from redis_models.endpoint import Endpoint
from redis_models.operations.scripts import Script, script
from redis_models.schema import keys as names
from redis_models.schema import mark


@cache
def _deployment_at(endpoint: Endpoint, timeout_s: float, *_policy: float) -> OneServer | Cluster:
    return Cluster(endpoint, timeout_s=timeout_s) if endpoint.nodes else OneServer()


def deployment() -> OneServer | Cluster:
    """Return the process's deployment for the endpoint and the policy of the settings."""
    policy = settings.AIRA_REDIS_TIMEOUT_S, settings.AIRA_REDIS_RETRIES, settings.AIRA_REDIS_RETRY_DELAY_MS
    return _deployment_at(settings.REDIS_ENDPOINT, *policy)


def run_script(named: Script, keys: Sequence[str], args: Sequence[str]) -> Any:
    """Run the script in one round trip (two if the server does not know it yet) and return its reply.

    Raises RedisUnavailable (or a subclass) after the retries of the settings, and ScriptFailed if the script fails.
    """
    with translated(named.name):
        return deployment().run(lambda client: _evaluate(client, named, keys, args))


def primaries() -> tuple[Primary, ...]:
    """Return the names of all known primaries; no round trip."""
    return deployment().primaries()


def primary_of(keys: Sequence[str]) -> Primary:
    """Return the name of the primary that owns the keys, by the known topology; no round trip.

    All keys must be those of one user.
    """
    return deployment().primary_of(keys)


def key_at(primary: Primary, name: str) -> str:
    """Return a key that begins with `name` and belongs to the primary; the key may change if a slot moves."""
    return deployment().key_at(primary, name)


@contextmanager
def connection_to(primary: Primary, *, name: str = "fence") -> Iterator[Redis]:
    """Yield a client whose commands, including pipelines, all go over one socket to the primary.

    If the socket breaks after it was opened, the client raises an error and does not reconnect. Errors of redis-py
    leave the block as errors of this package; a MOVED reply raises SlotMoving, and `primary_of` is then up to date.
    `name` is the operation's name in the log.
    """
    with translated(name), deployment().pinned(primary) as client:
        yield client


def replicas_known_to_sentinels() -> int:
    """Return how many replicas the primary should have, according to the sentinels; 0 without sentinels."""
    here = deployment()
    with translated("topology"):
        return here.replicas_known_to_sentinels() if isinstance(here, OneServer) else 0


def refresh_topology() -> None:
    """Find out which servers are the primaries now; raises RedisUnavailable if no node answers."""
    with translated("topology"):
        deployment().refresh_topology()


def topology() -> list[Member]:
    """Ask which servers there are and return them; raises RedisUnavailable if no node answers."""
    with translated("topology"):
        return deployment().topology()


def probe(primary: Primary, *, timeout_s: float) -> ProbeReply:
    """Run a small write script once, on a separate connection; raises RedisUnavailable if no answer comes."""
    named = script("redis_models.probe.1")
    here = deployment()
    try:
        client = here.probe_client(primary, timeout_s=timeout_s)
        asked = _asked_keys(primary)
        return probe_reply_from(_evaluate(client, named, asked, []), is_marked=len(asked) == 2)
    except FOREIGN as error:
        raise translation(error, named.name) from error


def look_at(primary: Primary) -> ProbeReply:
    """Ask what a probe asks, but write nothing, and with the retries of the settings; raises RedisUnavailable."""
    asked = _asked_keys(primary)
    return probe_reply_from(run_script(script("redis_models.look.1"), asked, []), is_marked=len(asked) == 2)


def _asked_keys(primary: Primary) -> list[str]:
    return [key_at(primary, "aira:probe"), *_mark_keys(primary)]


def round_trip() -> dict[str, bool]:
    """Set, get and delete a temporary key; return which of the three worked."""
    key, value = f"health-check:{secrets.token_hex(8)}", secrets.token_hex(8)
    with translated("health-check"):
        run = deployment().run
        return {
            "set": bool(run(lambda client: client.set(key, value, ex=10))),
            "get": run(lambda client: client.get(key)) == value,
            "delete": run(lambda client: client.delete(key)) == 1,
        }


def database() -> str:
    """Return the mark that identifies the database to journals; empty if there is none."""
    return _text_at(names.of_database())


def mark_on(primary: Primary) -> str | None:
    """Return the mark that the probe of this primary reads; empty if it is missing, None if it owns no copy."""
    return next(map(_text_at, _mark_keys(primary)), None)


def copies_on(primary: Primary) -> set[str]:
    """Return the different values of the mark's copies on a primary of a cluster; an empty text if one is missing."""
    return set(map(_text_at, _copy_keys_of(primary)))


def mark_database(value: str, *, in_any_case: bool = False) -> str:
    """Write the mark unless there is one (or `in_any_case`), and return the mark of the database."""
    trace.note("redis_models.connection.client.mark_database", "marks")
    _set_text(names.of_database(), value, nx=not in_any_case)
    return database()


def copy_mark(value: str, primary: Primary) -> None:
    """Write all copies of the mark on a primary of a cluster."""
    for key in _copy_keys_of(primary):
        _set_text(key, value)


def _copy_keys_of(primary: Primary) -> list[str]:
    return [key for key in mark.copy_keys() if primary_of([key]) == primary]


def _set_text(key: str, value: str, *, nx: bool = False) -> None:
    with translated("database"):
        deployment().run(lambda client: client.set(key, value, nx=nx))


def _text_at(key: str) -> str:
    with translated("database"):
        return str(deployment().run(lambda client: client.get(key)) or "")


def _mark_keys(primary: Primary) -> list[str]:
    """Return the key of the mark that the primary owns; none if it owns no copy."""
    key = deployment().key_at(primary, names.of_database())
    is_copy = key in mark.copy_keys() and primary_of([key]) == primary
    return [key] if is_copy or key == names.of_database() else []


def keys_matching(pattern: str) -> Iterator[str]:
    """Yield the keys that match the glob pattern, in no order and possibly twice; does not block the server."""
    with translated("scan"):
        yield from deployment().scan(pattern)


def _evaluate(client: Redis, named: Script, keys: Sequence[str], args: Sequence[str]) -> Any:
    try:
        return client.evalsha(named.sha, len(keys), *keys, *args)
    except exceptions.NoScriptError:
        return client.eval(named.source, len(keys), *keys, *args)
