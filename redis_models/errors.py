"""The errors of the Redis layer.

    RedisModelError
    ├── Invalid              a value that may not be stored: correct it and send it again
    ├── NotFound             nothing is stored under that name
    ├── Conflict             what is stored contradicts the request
    ├── ClaimInFlight        somebody else is claiming the same email at this moment: try again in a moment
    ├── RedisUnavailable     Redis did not do it: try again later
    │   ├── BudgetSpent      the request's time was over before Redis was asked
    │   ├── SlotMoving       a cluster is moving the keys to another server: in a moment
    │   ├── OutcomeUnknown   it was asked and the reply is lost: it may have done it
    │   ├── RedisRefusing    it answers and refuses us (password, permission): an operator has to act
    │   └── RedisReadOnly    it answers reads and refuses writes (memory full, replica, disk)
    ├── WrongDatabase        the database is not the one the journal was written for: an operator has to act
    ├── ScriptFailed         the server ran the script and the script failed: a defect, or data of another shape
    └── JournalUnavailable   the local journal can keep nothing (full, broken, read-only)

Messages name the thing and never a token, an email or a person's words.
"""


class RedisModelError(Exception):
    """The base of all errors of this package."""


class Invalid(RedisModelError, ValueError):
    """A value that may not be stored; the text says what to write instead."""


class NotFound(RedisModelError):
    """Nothing is stored under the given name."""


class Conflict(RedisModelError):
    """The request contradicts what is stored; the text is meant for the caller."""


class ClaimInFlight(RedisModelError):
    """Another write claims the same email, and nobody knows yet what becomes of it."""

    retry_after_s = 1


class RedisUnavailable(RedisModelError):
    """Redis did not carry out the operation (but see OutcomeUnknown); `retry_after_s` says when to ask again."""

    retry_after_s = 2


class BudgetSpent(RedisUnavailable):
    """The time of the request was spent before Redis was asked; it says nothing about Redis."""


class SlotMoving(RedisUnavailable):
    """A cluster is moving the keys to another server and serves single ones only; nothing was done."""


class OutcomeUnknown(RedisUnavailable):
    """Redis was asked, and its reply was lost: whether it carried out the operation is not known."""


class RedisRefusing(RedisUnavailable):
    """Redis answers and refuses this client: wrong password, missing permission, wrong database."""


class RedisReadOnly(RedisUnavailable):
    """Redis answers reads and refuses writes: OOM, MISCONF, READONLY, NOREPLICAS."""


class WrongDatabase(RedisModelError):
    """The database that is reached now is not the one the journal's rows are meant for."""


class ScriptFailed(RedisModelError):
    """The server ran a script and the script failed."""


class JournalUnavailable(RedisModelError):
    """The journal cannot keep a write."""

    retry_after_s = 5
