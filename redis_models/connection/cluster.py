"""A cluster: redis-py's RedisCluster with bounded connections and a single retry.

RedisCluster itself retries commands (10 times, without a pause or a log line) and refreshes the topology between the
attempts, with the same time-outs. Here it tries once, and a topology refresh is short and runs in one thread at a time.
"""

import logging
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import chain
from typing import Any, TypeVar

from redis import ConnectionPool, Redis, RedisCluster, exceptions
from redis.cluster import PRIMARY, ClusterNode
from redis.crc import key_slot

from redis_models.budget import redis_seconds_left
from redis_models.connection.connection_classes import NodeConnection, NodeTlsConnection
from redis_models.connection.factory import connection_options, once
from redis_models.connection.operation import suboperation
from redis_models.connection.pinned import pinned_client
from redis_models.connection.retry import BudgetSpentError, retry_policy
from redis_models.connection.topology import ONLY, Member, Primary, try_command
from redis_models.endpoint import Endpoint
from redis_models.schema.mark import fixed_tags

T = TypeVar("T")
_log = logging.getLogger(__name__)
TOPOLOGY_TIMEOUT_S = 0.3
FAILURES = (exceptions.ClusterError, exceptions.SlotNotCoveredError, exceptions.TryAgainError)
TAGS_AT_MOST = 200_000


class _Client(RedisCluster):
    RedisClusterRequestTTL = 5  # redirections in one attempt; retries start afterwards

    def __init__(self, endpoint: Endpoint, *, timeout_s: float) -> None:
        self._seeds = list(endpoint.nodes)
        self.refreshing = threading.Lock()
        scheme, _, rest = endpoint.url.partition("://")
        with suboperation(at_most_s=TOPOLOGY_TIMEOUT_S):
            super().__init__(
                url=f"redis://{rest}",
                startup_nodes=[ClusterNode(host, port) for host, port in self._seeds],
                retry=once(),
                require_full_coverage=False,
                reinitialize_steps=0,
                connection_class=NodeTlsConnection if scheme == "rediss" else NodeConnection,
                connection_pool_class=ConnectionPool,
                **connection_options(timeout_s=timeout_s),
            )
        self._discover = self.nodes_manager.initialize
        self.nodes_manager.initialize = self.refresh  # type: ignore[method-assign, assignment]

    def refresh(self, **how: Any) -> None:
        """Refresh the topology unless another thread is doing so; keep the known one if no node answers."""
        if not self.refreshing.acquire(blocking=False):
            return
        try:
            with suboperation(at_most_s=TOPOLOGY_TIMEOUT_S):
                self._discover(additional_startup_nodes_info=self._seeds, **how)
        except (exceptions.RedisClusterException, IndexError):
            _log.info("No node of the cluster reported the topology.")
        finally:
            self.refreshing.release()

    def get_node(self, host: Any = None, port: Any = None, node_name: Any = None) -> ClusterNode:
        """Return the node, adding it if redis-py does not know it: a node whose first slot is only moving to it."""
        nodes = self.nodes_manager
        known: ClusterNode | None = nodes.get_node(host, port, node_name)
        if known is None:
            host, _, port = node_name.rpartition(":")
            known = nodes.nodes_cache.setdefault(node_name, ClusterNode(host, int(port)))
        return known


class Cluster:
    """Runs commands on the cluster's client, which is created on first use."""

    def __init__(self, endpoint: Endpoint, *, timeout_s: float) -> None:
        self._endpoint = endpoint
        self._timeout_s = timeout_s
        self._retry = retry_policy(*FAILURES)
        self.making = threading.Lock()
        self._client: _Client | None = None
        self._tags: dict[Primary, tuple[str]] = {}
        self._probes: dict[Primary, Redis] = {}

    def run(self, command: Callable[[Any], T]) -> T:
        """Run the command, with the retries of the settings."""
        return self._retry.call_with_retry(lambda: command(self.client()), lambda _: None)

    def client(self) -> _Client:
        """Return the client; raises redis-py's errors if no node answers."""
        if self._client is None:
            if not self.making.acquire(timeout=redis_seconds_left(self._timeout_s)):
                raise BudgetSpentError("The slots of the cluster are still being read.")
            try:
                self._client = self._client or _Client(self._endpoint, timeout_s=self._timeout_s)
            except (exceptions.RedisClusterException, IndexError) as error:
                raise _reason(error) from error
            finally:
                self.making.release()
        return self._client

    def scan(self, pattern: str) -> Iterator[str]:
        """Yield the keys of all primaries that match the glob pattern, in no order and possibly twice."""
        for primary in self.run(lambda client: client.get_primaries()):
            cursor = -1
            while cursor:
                cursor, found = self.run(partial(_scanned, self._node(Primary(primary.name)), max(cursor, 0), pattern))
                yield from found

    def primaries(self) -> tuple[Primary, ...]:
        """Return the names of the known primaries; no round trip."""
        if self._client is None:
            return (ONLY,)
        nodes = tuple(self._client.nodes_manager.nodes_cache.values())
        return tuple(sorted(Primary(node.name) for node in nodes if node.server_type == PRIMARY)) or (ONLY,)

    def primary_of(self, keys: Sequence[str]) -> Primary:
        """Return the name of the primary that owns the first key, by the known topology; no round trip."""
        if self._client is None or not keys:
            return self.primaries()[0]
        owners = self._client.nodes_manager.slots_cache.get(key_slot(keys[0].encode()))
        return Primary(owners[0].name) if owners else ONLY

    def key_at(self, primary: Primary, name: str) -> str:
        """Return the name with a hash tag whose slot belongs to the primary: a fixed tag, if it owns one."""
        primary = self._known(primary)
        tags = chain(fixed_tags(), self._tags.get(primary, ()), map(str, range(TAGS_AT_MOST)))
        owned = (tag for tag in tags if self.primary_of([f"{{{tag}}}"]) == primary)
        tag = next(owned, "0")
        self._tags[primary] = (tag,)
        return f"{name}:{{{tag}}}"

    @contextmanager
    def pinned(self, primary: Primary) -> Iterator[Redis]:
        """Yield a client with one connection to the primary; a MOVED reply refreshes the topology and is raised."""
        try:
            with pinned_client(self._node(primary).connection_pool) as client:
                yield client
        except exceptions.MovedError:
            self.refresh_topology()
            raise

    def probe_client(self, primary: Primary, *, timeout_s: float) -> Redis:
        """Return the client that only the probe of this primary uses."""
        if primary not in self._probes:
            pool = self._node(primary).connection_pool
            options = pool.connection_kwargs | {"socket_timeout": timeout_s, "socket_connect_timeout": timeout_s}
            self._probes[primary] = Redis(connection_pool=ConnectionPool(pool.connection_class, **options))
        return self._probes[primary]

    def _known(self, primary: Primary) -> Primary:
        """Return the primary; for ONLY, the name used before the cluster was reached, return the first primary."""
        return self.primaries()[0] if primary == ONLY else primary

    def _node(self, primary: Primary) -> Redis:
        client = self.client()
        return client.get_redis_connection(client.get_node(node_name=self._known(primary)))

    def topology(self) -> list[Member]:
        """Refresh the slots and ping every node; raises redis-py's errors if no node answers."""
        self.refresh_topology()
        owners = list(self.client().nodes_manager.slots_cache.values())
        slots = Counter(owner[0].name for owner in owners)
        followers = {node.name: owner[0].name for owner in owners for node in owner[1:]}
        primaries = [Member(name, "primary", self._is_up(name), slots=count) for name, count in sorted(slots.items())]
        replicas = [Member(name, "replica", self._is_up(name), follows=of) for name, of in sorted(followers.items())]
        return primaries + replicas

    def _is_up(self, name: str) -> bool:
        return try_command(self._node(Primary(name)), "PING") is not None

    def refresh_topology(self) -> None:
        """Ask the nodes for the topology."""
        self.client().refresh(disconnect_startup_nodes_pools=False)


def _reason(error: BaseException) -> BaseException:
    """Return the cause that redis-py hides if no node reports its slots; IndexError means that no node owns a slot."""
    while isinstance(error, exceptions.RedisClusterException) and (hidden := error.__cause__ or error.__context__):
        error = hidden
    if isinstance(error, (exceptions.ResponseError, exceptions.AuthenticationError)):
        return error
    return exceptions.ConnectionError("No node of the cluster reports its slots.")


def _scanned(node: Redis, cursor: int, pattern: str, _: Any) -> tuple[int, list[str]]:
    cursor, keys = node.scan(cursor, match=pattern, count=1000)
    return cursor, [str(key) for key in keys]
