"""The only retry: how often an operation is tried, which errors are not retried, and a log line for each retry.

redis-py retries in three nested places: when the pool connects, when a command reconnects, and around the command.
Here a connection connects only when its first command is sent, so only the retry around the command is left.
"""

import logging
from collections.abc import Callable
from typing import Any, TypeVar

from django.conf import settings
from redis import exceptions
from redis.backoff import ConstantBackoff
from redis.retry import Retry

from redis_models.budget import redis_seconds_left
from redis_models.connection.operation import current

T = TypeVar("T")
_log = logging.getLogger(__name__)


class FreedError(exceptions.ConnectionError):
    """The breaker opened and freed this thread from a hung server; the operation may or may not have run."""


class BudgetSpentError(exceptions.TimeoutError):
    """The request's budget was spent before the command was sent."""


class PinnedConnectionLostError(exceptions.ConnectionError):
    """The socket of a pinned connection broke; the caller has to start over on a new one."""


_NEVER_RETRIED = (
    exceptions.AuthenticationError,
    exceptions.AuthorizationError,
    FreedError,
    BudgetSpentError,
    PinnedConnectionLostError,
)


class LoggedRetry(Retry):
    """redis-py's Retry with a log line for each retry."""

    def call_with_retry(
        self,
        do: Callable[[], T],
        fail: Callable[..., Any],
        is_retryable: Callable[[Exception], bool] | None = None,
        with_failure_count: bool = False,  # noqa: FBT001, FBT002 (redis-py's signature)
    ) -> T:
        """Run `do`; after a failure call `fail`, log, wait and run it again, up to the number of retries."""

        def failed(error: Exception, failures: int) -> None:
            fail(*((error, failures) if with_failure_count else (error,)))
            if failures <= self.get_retries():
                _log.warning(
                    "Redis unavailable — retrying. operation=%s attempt=%d of=%d error=%s",
                    current().name, failures, self.get_retries() + 1, type(error).__name__,
                )  # fmt: skip

        def may_retry(error: Exception) -> bool:
            return self._is_worth_a_retry(error) and (is_retryable is None or is_retryable(error))

        return super().call_with_retry(do, failed, is_retryable=may_retry, with_failure_count=True)

    def _is_worth_a_retry(self, error: Exception) -> bool:
        if isinstance(error, _NEVER_RETRIED):
            return False
        delay_s = self._backoff.compute(1)
        return redis_seconds_left(delay_s + 0.01) > delay_s


def retry_policy(*also: type[Exception]) -> LoggedRetry:
    """Return the retry of the settings (by default 3 retries, 500 ms apart); it also retries the errors in `also`."""
    backoff = ConstantBackoff(settings.AIRA_REDIS_RETRY_DELAY_MS / 1000)
    retry = LoggedRetry(backoff, settings.AIRA_REDIS_RETRIES)
    retry.update_supported_errors(also)
    return retry
