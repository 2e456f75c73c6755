"""Connection pools of bounded connections, for django-redis, sentinels and probes."""

import threading
from typing import Any

from django.conf import settings
from django_redis.pool import ConnectionFactory
from redis import ConnectionPool, Redis
from redis.backoff import NoBackoff
from redis.connection import parse_url
from redis.retry import Retry
from redis.sentinel import Sentinel, SentinelConnectionPool

from redis_models.connection.connection_classes import (
    DetectingConnection,
    SentinelConnection,
    TcpConnection,
    TlsConnection,
    UnixConnection,
)
from redis_models.connection.retry import retry_policy
from redis_models.endpoint import Endpoint

SENTINEL_TIMEOUT_S = 0.5
CONNECTIONS_AT_MOST = 10_000
"""More than a process has threads. With redis-py's 100, the 101st operation would count as a failure of Redis."""
_CLASS_OF_SCHEME = {"redis": TcpConnection, "rediss": TlsConnection, "unix": UnixConnection}


class BoundedConnectionFactory(ConnectionFactory):  # type: ignore[misc]
    """django-redis's factory, with pools keyed by url, endpoint, time-out and retry instead of the url alone."""

    pools: dict[Any, ConnectionPool] = {}  # noqa: RUF012 (the library's own process-wide cache)
    _lock = threading.Lock()

    def get_or_create_connection_pool(self, params: dict[str, Any]) -> ConnectionPool:
        """Return the process's pool for the endpoint, time-out and retry of the settings."""
        endpoint: Endpoint = settings.REDIS_ENDPOINT
        retry = retry_policy()
        key = (params["url"], endpoint, settings.AIRA_REDIS_TIMEOUT_S, retry)
        with self._lock:
            if key not in self.pools:
                self.pools[key] = pool(endpoint, timeout_s=settings.AIRA_REDIS_TIMEOUT_S, retry=retry)
            return self.pools[key]


def once() -> Retry:
    """Return a retry that tries once, for parts of an operation that is itself retried."""
    return Retry(NoBackoff(), 0)


def connection_options(*, timeout_s: float) -> dict[str, Any]:
    """Return the options of all connections; `timeout_s` limits connecting, each write and each read."""
    return {
        "socket_timeout": timeout_s,
        "socket_connect_timeout": timeout_s,
        "max_connections": CONNECTIONS_AT_MOST,
        "protocol": 2,
        "driver_info": None,
        "decode_responses": True,
        "encoding_errors": "replace",
    }


def pool(endpoint: Endpoint, *, timeout_s: float, retry: Retry) -> ConnectionPool:
    """Return a new pool for a single server, or for the primary behind sentinels."""
    options = connection_options(timeout_s=timeout_s) | {"retry": retry}
    if endpoint.sentinels:
        address = parse_url(endpoint.url)
        service = address.pop("host")
        return SentinelConnectionPool(
            service, sentinels_of(endpoint), connection_class=SentinelConnection, **options | address
        )
    scheme = endpoint.url.partition("://")[0]
    kind = DetectingConnection if endpoint.detects_tls else _CLASS_OF_SCHEME[scheme]
    return ConnectionPool.from_url(endpoint.url, connection_class=kind, **options)


def sentinels_of(endpoint: Endpoint) -> Sentinel:
    """Return a client that asks each sentinel once, briefly; the operation's retry asks again."""
    sentinels = Sentinel(())
    sentinels.sentinels = [_sentinel(host, port) for host, port in endpoint.sentinels]
    return sentinels


def _sentinel(host: str, port: int) -> Redis:
    options = connection_options(timeout_s=SENTINEL_TIMEOUT_S) | {"retry": once()}
    return Redis(connection_pool=ConnectionPool(connection_class=TcpConnection, host=host, port=port, **options))


def probe_client(endpoint: Endpoint, *, timeout_s: float) -> Redis:
    """Return a client with its own connection pool, which tries once."""
    return Redis(connection_pool=pool(endpoint, timeout_s=timeout_s, retry=once()))
