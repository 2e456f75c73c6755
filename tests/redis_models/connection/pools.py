"""Inspects connection pools."""

from redis import ConnectionPool
from redis.connection import AbstractConnection
from redis.observability.attributes import DB_CLIENT_CONNECTION_STATE, ConnectionState


def idle_connections(pool: ConnectionPool) -> list[AbstractConnection]:
    """Return the idle connections of the pool; they stay in it."""
    counts = {attributes[DB_CLIENT_CONNECTION_STATE]: count for count, attributes in pool.get_connection_count()}
    taken = [pool.get_connection() for _ in range(counts[ConnectionState.IDLE.value])]
    for each in taken:
        pool.release(each)
    return taken
