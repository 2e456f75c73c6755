"""A single server, or the primary behind sentinels."""

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from typing import Any, TypeVar

from django.conf import settings
from django_redis import get_redis_connection
from redis import Redis
from redis.connection import parse_url

from redis_models.connection.factory import probe_client, sentinels_of
from redis_models.connection.pinned import pinned_client
from redis_models.connection.topology import LOOK_TIMEOUT_S, ONLY, Member, Primary, members_of, try_command

T = TypeVar("T")


def _name(client: Redis) -> str:
    at = client.connection_pool.connection_kwargs
    return f"{at['host']}:{at['port']}"


class OneServer:
    """Runs commands on django-redis's client, whose connections retry."""

    def __init__(self) -> None:
        self._probe: Redis | None = None

    def run(self, command: Callable[[Redis], T]) -> T:
        """Run the command; its connection does the retries of the settings."""
        return command(get_redis_connection("default"))

    def scan(self, pattern: str) -> Iterable[str]:
        """Return the keys that match the glob pattern."""
        found: Iterable[str] = get_redis_connection("default").scan_iter(match=pattern, count=1000)
        return found

    def primaries(self) -> tuple[Primary, ...]:
        """Return the only name."""
        return (ONLY,)

    def primary_of(self, keys: Sequence[str]) -> Primary:  # noqa: ARG002
        """Return the only name."""
        return ONLY

    def key_at(self, primary: Primary, name: str) -> str:  # noqa: ARG002
        """Return the name unchanged."""
        return name

    def pinned(self, primary: Primary) -> AbstractContextManager[Redis]:  # noqa: ARG002
        """Return a client with one connection."""
        return pinned_client(get_redis_connection("default").connection_pool)

    def probe_client(self, primary: Primary, *, timeout_s: float) -> Redis:  # noqa: ARG002
        """Return the client that only the probe uses."""
        if self._probe is None:
            self._probe = probe_client(settings.REDIS_ENDPOINT, timeout_s=timeout_s)
        return self._probe

    def topology(self) -> list[Member]:
        """Ask the server and the sentinels, and return them with the replicas."""
        endpoint = settings.REDIS_ENDPOINT
        if not endpoint.sentinels:
            return members_of(probe_client(endpoint, timeout_s=LOOK_TIMEOUT_S), name=endpoint.display)
        told = self._told_by_sentinels()
        address = next((f"{facts['ip']}:{facts['port']}" for facts in told.values() if facts), endpoint.display)
        client = probe_client(endpoint, timeout_s=LOOK_TIMEOUT_S)
        sentinels = [Member(name, "sentinel", is_up=facts is not None) for name, facts in told.items()]
        return [*members_of(client, name=address), *sentinels]

    def replicas_known_to_sentinels(self) -> int:
        """Return how many replicas the sentinels know, including those that are down; 0 without sentinels."""
        told = self._told_by_sentinels() if settings.REDIS_ENDPOINT.sentinels else {}
        return max((int(facts["num-slaves"]) for facts in told.values() if facts), default=0)

    def _told_by_sentinels(self) -> dict[str, Any]:
        endpoint = settings.REDIS_ENDPOINT
        service = parse_url(endpoint.url)["host"]
        return {
            _name(sentinel): try_command(sentinel, "SENTINEL MASTER", service)
            for sentinel in sentinels_of(endpoint).sentinels
        }

    def refresh_topology(self) -> None:
        """Reconnect before the next commands if there are sentinels: the primary may be another server now."""
        if not settings.REDIS_ENDPOINT.sentinels:
            return
        for client in filter(None, (get_redis_connection("default"), self._probe)):
            pool = client.connection_pool
            pool.update_active_connections_for_reconnect()
            pool.disconnect(inuse_connections=False)
