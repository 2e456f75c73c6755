"""A connection that connects on first use, keeps to the budget, and can be freed from a hung server."""

import logging
import socket
import threading
import weakref
from typing import Any

from django.conf import settings
from redis import exceptions
from redis.connection import AbstractConnection

from redis_models.budget import redis_seconds_left
from redis_models.connection.operation import ceiling_s, current, suboperation
from redis_models.connection.retry import BudgetSpentError, FreedError, PinnedConnectionLostError
from redis_models.connection.topology import ONLY, Primary

_log = logging.getLogger(__name__)
open_connections: "weakref.WeakSet[BoundedConnection]" = weakref.WeakSet()
_open_connections_lock = threading.Lock()
_REPLIES = (exceptions.AuthenticationError, exceptions.AuthorizationError, exceptions.BusyLoadingError)
_FREED = "Freed from a server that does not answer."
_REPLY_OF_A_FULL_SERVER = "max number of clients reached"


def _is_reply(error: Exception) -> bool:
    """Return whether the error is a reply of the server; redis-py raises some replies as connection errors."""
    return str(error) == _REPLY_OF_A_FULL_SERVER or isinstance(error.__context__, exceptions.ReadOnlyError)


def _allowed(most: float | None) -> float:
    """Return the seconds left of the budget as a socket time-out: at least 1 ms, since 0 would make it non-blocking."""
    longest = settings.AIRA_REDIS_TIMEOUT_S if most is None else most
    return max(redis_seconds_left(min(longest, ceiling_s())), 0.001)


class BoundedConnection(AbstractConnection):
    """A redis-py connection that connects lazily, keeps to the budget, and can be freed from another thread."""

    is_waiting = False
    _is_freed = False
    _is_pinned = False
    _was_opened = False
    primary = ONLY

    def connect(self) -> None:
        """Do nothing; the first command connects, and its retries cover a failure to connect."""

    def can_read(self, timeout: float = 0) -> bool:
        """Return whether unread bytes or an end of file are waiting; False for a closed connection."""
        return self._sock is not None and super().can_read(timeout)

    @property
    def socket_timeout(self) -> float:
        """Return the seconds a read or write may take now: the time-out, or the rest of the budget if that is less."""
        return _allowed(super().socket_timeout)

    @socket_timeout.setter
    def socket_timeout(self, seconds: float) -> None:
        self._socket_timeout = seconds

    @property  # type: ignore[misc]  # never set
    def socket_connect_timeout(self) -> float:
        """Return the seconds a connect may take now."""
        return _allowed(super().socket_connect_timeout)

    def pin(self) -> None:
        """Send everything from now on over one socket: if it breaks, raise an error instead of reconnecting."""
        self._is_pinned, self._was_opened = True, self._sock is not None

    def unpin(self) -> None:
        """Allow reconnecting again."""
        self._is_pinned = False

    def send_packed_command(self, command: Any, check_health: bool = True) -> None:  # noqa: FBT001, FBT002
        """Send the command; connect first if necessary."""
        if redis_seconds_left(1) == 0:
            raise BudgetSpentError("The time budget of this request is spent.")
        if self._sock is None:
            self._open()
        self._sock.settimeout(  # type: ignore[attr-defined]
            self.socket_timeout
        )
        self.is_waiting = True
        try:
            super().send_packed_command(command, check_health=check_health)
        except (exceptions.ConnectionError, exceptions.TimeoutError) as error:
            self.is_waiting = False
            current().is_unknown = True
            if self._is_freed:
                raise FreedError(_FREED) from error
            raise

    def _open(self) -> None:
        if self._is_pinned and self._was_opened:
            raise PinnedConnectionLostError("The pinned connection broke.")
        self._is_freed = False
        with suboperation():
            self.establish()
        self._was_opened = True
        with _open_connections_lock:
            open_connections.add(self)

    def establish(self) -> None:
        """Connect and authenticate; one attempt."""
        self.connect_check_health(check_health=False, retry_socket_connect=False)

    def read_response(self, disable_decoding: bool = False, **options: Any) -> Any:  # noqa: FBT001, FBT002
        """Read one reply within the budget; an error disconnects, so a late reply is never taken for another one."""
        options |= {"timeout": self.socket_timeout, "disconnect_on_error": True}
        self.is_waiting = True  # also for the later replies of a pipeline
        try:
            return super().read_response(disable_decoding, **options)
        except _REPLIES:
            raise
        except (exceptions.ConnectionError, exceptions.TimeoutError) as error:
            current().is_unknown |= not _is_reply(error)
            if self._is_freed:
                raise FreedError(_FREED) from error
            raise
        finally:
            self.is_waiting = False

    def free(self) -> None:
        """End the wait of another thread, which then disconnects; with TLS, shut down the socket underneath."""
        sock = self._sock
        if self.is_waiting and sock is not None:
            self._is_freed = True
            try:
                socket.socket.shutdown(sock, socket.SHUT_RDWR)
            except OSError:
                _log.debug("A connection had ended before it was freed.")


def free_blocked_callers(primary: Primary = ONLY) -> int:
    """Free the threads of this process that wait for a reply of the primary; return the number of its connections."""
    with _open_connections_lock:
        connections = [connection for connection in open_connections if connection.primary in (ONLY, primary)]
    for connection in connections:
        connection.free()
    return len(connections)
