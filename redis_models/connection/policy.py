"""How one operation is tried: time-out, retries, a log line each, all within the request's budget.

redis-py retries in three nested places: when the pool connects, when a command reconnects, and around the command.
Here a pooled connection connects only when its first command is sent, so the retry around the command is the only one.
"""

import logging
import socket
import threading
import weakref
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any, TypeVar

from django.conf import settings
from redis import exceptions
from redis.backoff import ConstantBackoff
from redis.connection import AbstractConnection
from redis.retry import Retry

from redis_models.budget import seconds_left

T = TypeVar("T")
operation: ContextVar[str] = ContextVar("operation", default="connect")
_log = logging.getLogger(__name__)
_open_connections: "weakref.WeakSet[PolicyMixin]" = weakref.WeakSet()
_open_connections_lock = threading.Lock()


class FreedError(exceptions.ConnectionError):
    """The breaker opened and freed this caller from a hung server; whether the operation ran is unknown."""


class LoggedRetry(Retry):
    """redis-py's Retry with a log line for each attempt that is tried again."""

    def call_with_retry(
        self,
        do: Callable[[], T],
        fail: Callable[..., Any],
        is_retryable: Callable[[Exception], bool] | None = None,
        with_failure_count: bool = False,  # noqa: FBT001, FBT002 (redis-py's signature)
    ) -> T:
        """Run `do`; after a failure call `fail`, log, wait and run it again, as often as the policy says."""

        def failed(error: Exception, failures: int) -> None:
            fail(*((error, failures) if with_failure_count else (error,)))
            if failures <= self.get_retries():
                _log.warning(
                    "Redis unavailable — retrying. operation=%s attempt=%d of=%d error=%s",
                    operation.get(), failures, self.get_retries() + 1, type(error).__name__,
                )  # fmt: skip

        def may_retry(error: Exception) -> bool:
            return self._is_worth_a_retry(error) and (is_retryable is None or is_retryable(error))

        return super().call_with_retry(do, failed, is_retryable=may_retry, with_failure_count=True)

    def _is_worth_a_retry(self, error: Exception) -> bool:
        if isinstance(error, (exceptions.AuthenticationError, exceptions.AuthorizationError, FreedError)):
            return False
        delay_s = self._backoff.compute(1)
        return seconds_left(delay_s + 0.01) > delay_s


def retry_policy() -> LoggedRetry:
    """Return the retry of the settings: the documented defaults are 3 retries, 500 ms apart."""
    return LoggedRetry(ConstantBackoff(settings.AIRA_REDIS_RETRY_DELAY_MS / 1000), settings.AIRA_REDIS_RETRIES)


def _allowed(most: float | None) -> float:
    """Return the seconds of the budget that are left, as a socket takes them: 0 would mean not to wait at all."""
    return max(seconds_left(settings.AIRA_REDIS_TIMEOUT_S if most is None else most), 0.001)


class PolicyMixin(AbstractConnection):
    """Makes a redis-py connection connect lazily, keep to the budget, and be freed from another thread."""

    _is_waiting = False
    _is_freed = False

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

    def send_packed_command(self, command: Any, check_health: bool = True) -> None:  # noqa: FBT001, FBT002
        """Send; connect first where there is no connection."""
        if self._sock is None:
            self._open()
        self._sock.settimeout(  # type: ignore[attr-defined]
            self.socket_timeout
        )
        self._is_waiting = True
        super().send_packed_command(command, check_health=check_health)

    def _open(self) -> None:
        self._is_freed = False
        self.connect_check_health(check_health=False, retry_socket_connect=False)
        with _open_connections_lock:
            _open_connections.add(self)

    def read_response(self, disable_decoding: bool = False, **options: Any) -> Any:  # noqa: FBT001, FBT002
        """Read one reply within the budget; an error closes the connection: a late reply is never read as another's."""
        options |= {"timeout": self.socket_timeout, "disconnect_on_error": True}
        try:
            return super().read_response(disable_decoding, **options)
        except (exceptions.ConnectionError, exceptions.TimeoutError) as error:
            if self._is_freed:
                raise FreedError("Freed from a server that does not answer.") from error
            raise
        finally:
            self._is_waiting = False

    def free(self) -> None:
        """End a wait in another thread, whose owner then closes the connection; under TLS the plain socket is shut."""
        sock = self._sock
        if self._is_waiting and sock is not None:
            self._is_freed = True
            try:
                socket.socket.shutdown(sock, socket.SHUT_RDWR)
            except OSError:
                _log.debug("A connection had ended before it was freed.")


def free_blocked_callers() -> int:
    """Free every caller of this process that waits for a reply; return how many connections were looked at."""
    with _open_connections_lock:
        connections = list(_open_connections)
    for connection in connections:
        connection.free()
    return len(connections)
