"""A client with one connection: all its commands go over the same socket."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from redis import ConnectionPool, Redis

from redis_models.connection.bounded import BoundedConnection


class _PinnedPool(ConnectionPool):
    """A pool of exactly one connection."""

    def __init__(self, pool: ConnectionPool, connection: BoundedConnection) -> None:
        super().__init__(connection_class=pool.connection_class, **pool.connection_kwargs)
        self._only = connection

    def get_connection(self, *_: Any, **__: Any) -> BoundedConnection:  # type: ignore[override]
        """Return the connection."""
        return self._only

    def release(self, connection: Any) -> None:
        """Keep the connection."""


@contextmanager
def pinned_client(pool: ConnectionPool) -> Iterator[Redis]:
    """Yield a client that uses one connection of the pool for the block.

    If the socket breaks after it was opened, the client raises an error instead of reconnecting.
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
