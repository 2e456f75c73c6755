"""The errors of accounts, in addition to those of the Redis layer.

Refused               401  the credential is wrong or has ended: sign in again
ConfirmationRequired  403  it cannot be undone: confirm with the password or a link in a mail, or sign in again
StorageFull           413  the plan's stored data are used up: delete something
TooManyWrites         429  the writes of a minute are used up: try again later
ProviderUnavailable   503  the identity provider's keys could not be read yet: try again later
"""

from rest_framework.exceptions import APIException, PermissionDenied


class Refused(Exception):
    """A credential is wrong or has ended. The text gives no hint that helps to guess one."""


class ConfirmationRequired(PermissionDenied):
    """The caller has not proven within 10 minutes who they are, and what they ask for cannot be undone."""

    default_detail = "This needs a confirmation of the last 10 minutes: confirm who you are, or sign in again"
    default_code = "confirmation_required"


class ProviderUnavailable(Exception):
    """The identity provider does not answer, and its keys were never read before."""

    retry_after_s = 5


class StorageFull(APIException):
    """The user stores as much as the plan includes."""

    status_code = 413
    default_code = "storage_full"

    def __init__(self, *, plan: str, limit_bytes: int) -> None:
        super().__init__(
            f"The plan {plan} includes {shown_bytes(limit_bytes)} of stored data, and they are used up. "
            "Delete something to go on; reading, exporting and erasing work as before."
        )


class TooManyWrites(APIException):
    """The user has made as many writes as a minute allows."""

    status_code = 429
    default_code = "too_many_writes"

    def __init__(self, *, most: int, retry_after_s: int) -> None:
        super().__init__(f"At most {most} changes a minute are accepted. Please try again in {retry_after_s} s.")
        self.retry_after_s = retry_after_s


def shown_bytes(number: int) -> str:
    """Return a size for people, such as 100 MiB."""
    unit, factor = ("GiB", 1024**3) if number >= 1024**3 else ("MiB", 1024**2)
    return f"{number / factor:g} {unit}"
