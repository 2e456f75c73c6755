"""Claims: among the rows of a host, only one user may claim an email, and a user may claim only one email.

Redis decides about an applied claim of another user, but it may have lost it in a fail-over a moment ago. So that claim
is applied again before a new one is sent (see `redis_models.writer`).
"""

import sqlite3
from collections.abc import Sequence
from typing import Final

from redis_models.errors import ClaimApplied, ClaimInFlight, Conflict
from redis_models.journal import facts
from redis_models.journal.tables import State
from redis_models.operations.write import Write

WAITING: Final = (State.PENDING,)
"""The claims that Redis does not have yet: they refuse a write that could go to Redis."""
ACCEPTED: Final = (State.PENDING, State.APPLIED)
"""All claims that this host has acknowledged: checked while Redis is away."""
_BY_OTHERS = "SELECT 1 FROM rows WHERE claim = ? AND user_id <> ? AND state IN ({states}) LIMIT 1"
_LAST_APPLIED = (
    "SELECT MAX(id) FROM rows WHERE claim = ? AND user_id <> ? AND state = 'applied' AND database IN ('', ?)"
)
_OF_THIS_USER = "SELECT 1 FROM rows WHERE claim NOT IN ('', ?) AND user_id = ? AND state IN ({states}) LIMIT 1"


def check_claim(db: sqlite3.Connection, write: Write, *, held_by: Sequence[State], known_claim: int = 0) -> None:
    """Raise an error if the write may not claim its email.

    Raises Conflict if another user's row in one of the states `held_by` claims the same email, or if the write is
    deferrable and a pending row of this user claims another email. Raises ClaimInFlight if an in-flight row does either
    of these, or if the write is not deferrable and a pending row of this user claims another email. Raises ClaimApplied
    if the last applied row of another user that claims the email is later than the row `known_claim`.
    """
    if not write.claim:
        return
    if _is_claimed(db, write, held_by) or (write.deferrable and _claims_another(db, write, (State.PENDING,))):
        raise Conflict("The email is claimed by another write.")
    if _is_claimed(db, write, (State.IN_FLIGHT,)) or _claims_another(db, write, (State.IN_FLIGHT, State.PENDING)):
        raise ClaimInFlight("The email is being claimed at this moment; try again.")
    applied = _last_applied(db, write)
    if applied > known_claim:
        raise ClaimApplied(applied)


def _last_applied(db: sqlite3.Connection, write: Write) -> int:
    """Return the id of the last applied row of another user that claims the email; 0 if there is none.

    Rows for another database than the one that was reached last are left out. Earlier rows do not matter: a later
    user's claim was sent only after an earlier one's had been given up.
    """
    database = facts.get(db, facts.DATABASE_REACHED)
    return int(db.execute(_LAST_APPLIED, (write.claim, write.user_id, database)).fetchone()[0] or 0)


def _is_claimed(db: sqlite3.Connection, write: Write, states: Sequence[State]) -> bool:
    query = _BY_OTHERS.format(states=",".join("?" * len(states)))
    return db.execute(query, (write.claim, write.user_id, *states)).fetchone() is not None


def _claims_another(db: sqlite3.Connection, write: Write, states: Sequence[State]) -> bool:
    query = _OF_THIS_USER.format(states=",".join("?" * len(states)))
    return db.execute(query, (write.claim, write.user_id, *states)).fetchone() is not None
