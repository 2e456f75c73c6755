"""The kinds of connection, each a redis-py class that follows our policy."""

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
    """redis+sentinel:// : asks the sentinels for the primary each time it connects."""

    def establish(self) -> None:
        """Ask for the primary and connect to it."""
        self.host, self.port = self.connection_pool.get_master_address()
        super().establish()


class _NodeMixin(BoundedConnection):
    port: int

    @property
    def primary(self) -> Primary:  # type: ignore[override]  # of a cluster there are several
        """Return what the cluster calls the node."""
        return Primary(get_node_name(self.host, self.port))


class NodeConnection(_NodeMixin, Connection):
    """A node of a redis+cluster:// url."""


class NodeTlsConnection(_NodeMixin, SSLConnection):
    """A node of a rediss+cluster:// url."""


class DetectingConnection(TlsConnection):
    """A host of which the configuration does not tell whether it speaks TLS; asked once for each process and address.

    A server without TLS answers a bare PING in words, one with TLS by an alert or not at all; nothing secret is sent.
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
