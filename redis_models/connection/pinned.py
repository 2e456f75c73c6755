"""A client of one connection: all of its commands go over the same socket."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from redis import ConnectionPool, Redis

from redis_models.connection.bounded import BoundedConnection


class _PinnedPool(ConnectionPool):
    """Lends the one connection it has, and never another."""

    def __init__(self, pool: ConnectionPool, connection: BoundedConnection) -> None:
        super().__init__(connection_class=pool.connection_class, **pool.connection_kwargs)
        self._only = connection

    def get_connection(self, *_: Any, **__: Any) -> BoundedConnection:  # type: ignore[override]
        """Return the connection."""
        return self._only

    def release(self, connection: Any) -> None:
        """Keep it."""


@contextmanager
def pinned_client(pool: ConnectionPool) -> Iterator[Redis]:
    """Take a connection out of the pool for the block and make a client of it.

    Where the socket breaks after it was opened, the client raises instead of going on over another one.
    """
    connection: Any = pool.get_connection()
    connection.pin()
    try:
        yield Redis(connection_pool=_PinnedPool(pool, connection))
    except BaseException:
        connection.disconnect()
        raise
    finally:
        connection.unpin()
        pool.release(connection)
