"""How a connection behaves: it connects when it is first used, keeps to the budget, and can be freed from a hang."""

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
    """Return whether the server said this; redis-py makes connection errors of some of its replies."""
    return str(error) == _REPLY_OF_A_FULL_SERVER or isinstance(error.__context__, exceptions.ReadOnlyError)


def _allowed(most: float | None) -> float:
    """Return the seconds of the budget that are left, as a socket takes them: 0 would mean not to wait at all."""
    longest = settings.AIRA_REDIS_TIMEOUT_S if most is None else most
    return max(redis_seconds_left(min(longest, ceiling_s())), 0.001)


class BoundedConnection(AbstractConnection):
    """Makes a redis-py connection connect lazily, keep to the budget, and be freed from another thread."""

    is_waiting = False
    _is_freed = False
    _is_pinned = False
    _was_opened = False
    primary = ONLY

    def connect(self) -> None:
        """Do nothing: connecting is part of the first command, and of its retries."""

    def can_read(self, timeout: float = 0) -> bool:
        """Return whether unread bytes (or the end) of an earlier session are there; a closed connection has none."""
        return self._sock is not None and super().can_read(timeout)

    @property
    def socket_timeout(self) -> float:
        """Return the seconds a read or write may take now: the operation's time-out, or what the budget has left."""
        return _allowed(super().socket_timeout)

    @socket_timeout.setter
    def socket_timeout(self, seconds: float) -> None:
        self._socket_timeout = seconds

    @property  # type: ignore[misc]  # nobody sets it
    def socket_connect_timeout(self) -> float:
        """Return the seconds that connecting may take now."""
        return _allowed(super().socket_connect_timeout)

    def pin(self) -> None:
        """Promise that what is sent from now on goes over one socket: a broken one is an error, not opened again."""
        self._is_pinned, self._was_opened = True, self._sock is not None

    def unpin(self) -> None:
        """Take the promise back."""
        self._is_pinned = False

    def send_packed_command(self, command: Any, check_health: bool = True) -> None:  # noqa: FBT001, FBT002
        """Send; connect first where there is no connection."""
        if redis_seconds_left(1) == 0:
            raise BudgetSpentError("The time for this request is spent.")
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
            raise PinnedConnectionLostError("The connection broke in the middle.")
        self._is_freed = False
        with suboperation():
            self.establish()
        self._was_opened = True
        with _open_connections_lock:
            open_connections.add(self)

    def establish(self) -> None:
        """Connect and authenticate, once."""
        self.connect_check_health(check_health=False, retry_socket_connect=False)

    def read_response(self, disable_decoding: bool = False, **options: Any) -> Any:  # noqa: FBT001, FBT002
        """Read one reply within the budget; an error closes the connection: a late reply is never read as another's."""
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
        """End a wait in another thread, whose owner then closes the connection; under TLS the plain socket is shut."""
        sock = self._sock
        if self.is_waiting and sock is not None:
            self._is_freed = True
            try:
                socket.socket.shutdown(sock, socket.SHUT_RDWR)
            except OSError:
                _log.debug("A connection had ended before it was freed.")


def free_blocked_callers(primary: Primary = ONLY) -> int:
    """Free this process's callers that wait for a reply of the primary; return how many connections were looked at."""
    with _open_connections_lock:
        connections = [connection for connection in open_connections if connection.primary in (ONLY, primary)]
    for connection in connections:
        connection.free()
    return len(connections)
