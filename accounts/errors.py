"""The errors of accounts, in addition to those of the Redis layer.

Refused               401  the credential is wrong or has ended: sign in again
ProviderUnavailable   503  the identity provider's keys could not be read yet: try again later
"""


class Refused(Exception):
    """A credential is wrong or has ended. The text gives no hint that helps to guess one."""


class ProviderUnavailable(Exception):
    """The identity provider does not answer, and its keys were never read before."""

    retry_after_s = 5
