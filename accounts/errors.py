"""The errors of accounts, beside those of the Redis layer.

Refused               401  a credential that is wrong or over: sign in again
ProviderUnavailable   503  the identity provider's keys were never read and cannot be now: try again later
"""


class Refused(Exception):
    """A credential is wrong or over; the text does not help to guess one."""


class ProviderUnavailable(Exception):
    """The keys of the identity provider are not known here yet, and it does not answer."""

    retry_after_s = 5
