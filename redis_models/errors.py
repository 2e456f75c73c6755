"""The errors of the Redis layer.

    RedisModelError
    ├── Invalid              the value may not be stored: correct it and send it again
    ├── NotFound             nothing is stored under that name
    ├── Conflict             the request contradicts what is stored
    ├── ClaimInFlight        another write is claiming the same email: try again in a moment
    │   └── ClaimApplied     Redis took such a claim and may have lost it: the writer applies it again first
    ├── RedisUnavailable     Redis did not run the operation: try again later
    │   ├── BudgetSpent      the request's time budget was spent before Redis was asked
    │   ├── SlotMoving       a cluster is moving the keys to another server: try again in a moment
    │   ├── OutcomeUnknown   the reply was lost: the operation may or may not have run
    │   ├── RedisRefusing    Redis refuses this client (password, permission): an operator has to act
    │   ├── RedisReadOnly    Redis answers reads and refuses writes (memory full, replica, disk)
    │   └── UnknownReply     Redis replied with an error that is not known: the write waits, an operator has to look
    ├── WrongDatabase        the database is not the one the journal was written for: an operator has to act
    ├── ScriptFailed         the script failed on the server: a defect, or data of another shape
    └── JournalUnavailable   the local journal cannot keep a write (full, broken, read-only)

Messages name the thing that failed, and never contain a token, an email address or user content.
"""


class RedisModelError(Exception):
    """The base of all errors of this package."""


class Invalid(RedisModelError, ValueError):
    """The value may not be stored; the text says what is allowed."""


class NotFound(RedisModelError):
    """Nothing is stored under the given name."""


class Conflict(RedisModelError):
    """The request contradicts what is stored; the text is for the caller."""


class ClaimInFlight(RedisModelError):
    """Another write claims the same email, and its outcome is not known yet."""

    retry_after_s = 1


class ClaimApplied(ClaimInFlight):
    """Another user's row claims the same email; it was applied, and is not proven yet."""

    def __init__(self, row_id: int) -> None:
        super().__init__("The email was claimed a moment ago; try again.")
        self.row_id = row_id


class RedisUnavailable(RedisModelError):
    """Redis did not run the operation (but see OutcomeUnknown); `retry_after_s` says when to try again."""

    retry_after_s = 2


class BudgetSpent(RedisUnavailable):
    """The request's time budget was spent before Redis was asked; this says nothing about Redis."""


class SlotMoving(RedisUnavailable):
    """A cluster is moving the keys to another server and serves single keys only; nothing was done."""


class OutcomeUnknown(RedisUnavailable):
    """Redis was asked and its reply was lost; the operation may or may not have run."""


class RedisRefusing(RedisUnavailable):
    """Redis refuses this client: wrong password, missing permission or wrong database number."""


class RedisReadOnly(RedisUnavailable):
    """Redis answers reads and refuses writes: OOM, MISCONF, READONLY, NOREPLICAS."""


class UnknownReply(RedisUnavailable):
    """Redis replied with an error that is not known; nothing says that the fault lies in the request.

    `likeness` is the same for errors that are alike. It may name keys, so it must not be logged.
    """

    def __init__(self, text: str, *, likeness: str) -> None:
        super().__init__(text)
        self.likeness = likeness


class WrongDatabase(RedisModelError):
    """The database in use is not the one the journal expects."""


class ScriptFailed(RedisModelError):
    """A script failed on the server."""


class JournalUnavailable(RedisModelError):
    """The journal cannot keep a write."""

    retry_after_s = 5


class JournalFull(JournalUnavailable):
    """The journal's disk is full."""
