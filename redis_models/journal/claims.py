"""Claims: among the rows of a host, only one user may claim an email, and a user may claim only one email.

Claims of other users that give way to a new one (`operations.claims`) do not count: Redis gives it the email.
Redis decides about an applied claim of another user, but it may have lost it in a fail-over a moment ago. So that claim
is applied again before a new one is sent (see `redis_models.writer`). A dead letter counts if its user may have been
told that the email is stored: it still has the deadline of its request, which a row that was kept as pending has not.
"""

import sqlite3
from collections.abc import Sequence
from typing import Final

from redis_models.errors import ClaimApplied, ClaimInFlight, Conflict
from redis_models.journal import facts
from redis_models.journal.tables import State
from redis_models.operations.claims import claims_on, email_of, in_the_way_of
from redis_models.operations.write import Write

WAITING: Final = (State.PENDING,)
"""The claims that Redis does not have yet: they refuse a write that could go to Redis."""
ACCEPTED: Final = (State.PENDING, State.APPLIED)
"""All claims that this host has acknowledged: checked while Redis is away."""
_BY_OTHERS = "SELECT 1 FROM rows WHERE claim IN ({claims}) AND user_id <> ? AND state IN ({states}) LIMIT 1"
_PROMISED = (
    "SELECT 1 FROM rows WHERE claim IN ({claims}) AND user_id <> ? AND state = 'set aside' AND deadline_ms > 0"
    " AND database IN ('', ?) LIMIT 1"
)
_LAST_APPLIED = (
    "SELECT MAX(id) FROM rows WHERE claim IN ({claims}) AND user_id <> ? AND state = 'applied' AND database IN ('', ?)"
)
_OF_THIS_USER = "SELECT 1 FROM rows WHERE claim NOT IN ('', {claims}) AND user_id = ? AND state IN ({states}) LIMIT 1"


def check_claim(db: sqlite3.Connection, write: Write, *, held_by: Sequence[State], known_claim: int = 0) -> None:
    """Raise an error if the write may not claim its email.

    Raises Conflict if another user's row in one of the states `held_by`, or a dead letter whose user may have been told
    that the email is stored, claims the same email, or if the write is deferrable and a pending row of this user claims
    another email. Raises ClaimInFlight if an in-flight row does either of these, or if the write is not deferrable and
    a pending row of this user claims another email. Raises ClaimApplied if the last applied row of another user that
    claims the email is later than the row `known_claim`.
    """
    if not write.claim:
        return
    if _is_claimed(db, write, held_by) or (write.deferrable and _claims_another(db, write, (State.PENDING,))):
        raise Conflict("The email is claimed by another write.")
    if _is_promised(db, write):
        raise Conflict("This host has said that the email is stored for another user.")
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
    claims, database = in_the_way_of(write.claim), facts.get(db, facts.DATABASE_REACHED)
    query = _LAST_APPLIED.format(claims=_marks(claims))
    return int(db.execute(query, (*claims, write.user_id, database)).fetchone()[0] or 0)


def _is_promised(db: sqlite3.Connection, write: Write) -> bool:
    claims = in_the_way_of(write.claim)
    values = (*claims, write.user_id, facts.get(db, facts.DATABASE_REACHED))
    return db.execute(_PROMISED.format(claims=_marks(claims)), values).fetchone() is not None


def _is_claimed(db: sqlite3.Connection, write: Write, states: Sequence[State]) -> bool:
    return _is_found(db, _BY_OTHERS, in_the_way_of(write.claim), write.user_id, states)


def _claims_another(db: sqlite3.Connection, write: Write, states: Sequence[State]) -> bool:
    return _is_found(db, _OF_THIS_USER, claims_on(email_of(write.claim)), write.user_id, states)


def _is_found(db: sqlite3.Connection, query: str, claims: Sequence[str], user_id: str, states: Sequence[State]) -> bool:
    query = query.format(claims=_marks(claims), states=_marks(states))
    return db.execute(query, (*claims, user_id, *states)).fetchone() is not None


def _marks(values: Sequence[str]) -> str:
    return ",".join("?" * len(values))
