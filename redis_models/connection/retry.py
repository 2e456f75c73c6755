"""The one retry: how often an operation is tried, when it is not worth another attempt, and a log line for each.

redis-py retries in three nested places: when the pool connects, when a command reconnects, and around the command.
Here a pooled connection connects only when its first command is sent, so the retry around the command is the only one.
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
    """The breaker opened and freed this caller from a hung server; whether the operation ran is unknown."""


class BudgetSpentError(exceptions.TimeoutError):
    """The request's budget was spent before the command was sent."""


class PinnedConnectionLostError(exceptions.ConnectionError):
    """The socket of a held connection broke; what must go over one socket has to begin again."""


_NEVER_RETRIED = (
    exceptions.AuthenticationError,
    exceptions.AuthorizationError,
    FreedError,
    BudgetSpentError,
    PinnedConnectionLostError,
)


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
    """Return the retry of the settings (3 retries, 500 ms apart, by default), which tries again after `also`, too."""
    backoff = ConstantBackoff(settings.AIRA_REDIS_RETRY_DELAY_MS / 1000)
    retry = LoggedRetry(backoff, settings.AIRA_REDIS_RETRIES)
    retry.update_supported_errors(also)
    return retry
