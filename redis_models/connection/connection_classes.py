"""The connection classes: each redis-py class as a bounded connection."""

from typing import Any, ClassVar

from redis.cluster import get_node_name
from redis.connection import Connection, SSLConnection, UnixDomainSocketConnection
from redis.sentinel import SentinelManagedConnection

from redis_models.connection.bounded import BoundedConnection
from redis_models.connection.topology import Primary

_DETECTION_TIMEOUT_S = 1.0


class TcpConnection(BoundedConnection, Connection):
    """A redis:// url."""


class TlsConnection(BoundedConnection, SSLConnection):
    """A rediss:// url."""


class UnixConnection(BoundedConnection, UnixDomainSocketConnection):
    """A unix:// url."""


class SentinelConnection(BoundedConnection, SentinelManagedConnection):
    """A redis+sentinel:// url; asks the sentinels for the primary each time it connects."""

    def establish(self) -> None:
        """Ask for the primary and connect to it."""
        self.host, self.port = self.connection_pool.get_master_address()
        super().establish()


class _NodeMixin(BoundedConnection):
    port: int

    @property
    def primary(self) -> Primary:  # type: ignore[override]  # a cluster has several
        """Return the node's name in the cluster."""
        return Primary(get_node_name(self.host, self.port))


class NodeConnection(_NodeMixin, Connection):
    """A node of a redis+cluster:// url."""


class NodeTlsConnection(_NodeMixin, SSLConnection):
    """A node of a rediss+cluster:// url."""


class DetectingConnection(TlsConnection):
    """A host whose configuration does not say whether it uses TLS; detected once per process and address.

    A server without TLS answers a plain PING with text; one with TLS answers with an alert or not at all. No secret is
    sent.
    """

    speaks_plainly: ClassVar[dict[tuple[str, int], bool]] = {}

    def _connect(self) -> Any:
        address = (self.host, self.port)
        if address not in self.speaks_plainly:
            self.speaks_plainly[address] = self._answers_in_words()
        return Connection._connect(self) if self.speaks_plainly[address] else super()._connect()  # noqa: SLF001

    def _answers_in_words(self) -> bool:
        with Connection._connect(self) as plain:  # noqa: SLF001
            plain.settimeout(min(_DETECTION_TIMEOUT_S, self.socket_timeout))
            try:
                plain.sendall(b"PING\r\n")
                return bool(plain.recv(1) in (b"+", b"-"))
            except (TimeoutError, ConnectionError):
                return False
