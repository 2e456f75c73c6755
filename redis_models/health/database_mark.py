"""Compare the mark of the database with the journal's notes, so that nothing is read from or written to another one.

`redis_models.schema.mark` says what a mark means. A database without a mark gets one if the journal has proven none
yet: of several hosts, the first one wins. A proven mark that is missing, and another one, are a loss until an operator
adopts the database or puts the configuration right.
"""

import logging
from collections.abc import Callable
from contextlib import suppress

from django.conf import settings

from redis_models import connection, trace
from redis_models.connection import Primary
from redis_models.errors import JournalUnavailable, WrongDatabase
from redis_models.journal import Journal
from redis_models.journal.facts import DATABASE_REACHED
from redis_models.schema.mark import UNMARKED, Finding, Noted, finding_of, id_of

_log = logging.getLogger(__name__)
_OF_USERS = ("user:*", "email:*")
_VERIFY = "redis_models.health.database_mark.verify_identity"
_UNCHANGED = "redis_models.health.database_mark.is_unchanged"


def verify_identity(kept: Journal, found: str | None = None) -> str:
    """Return the mark of the database in use (`found`; None: read it now), and note it; write one if none is expected.

    Raises WrongDatabase if the database is not the one the journal expects, and RedisUnavailable.
    """
    noted = _noted(kept)
    mark = connection.database() if found is None else found
    finding = finding_of(mark, proven_id=noted.proven_id)
    if finding is Finding.MISSING and not noted.proven_id:
        mark = _marked(noted)
    elif finding is not Finding.KNOWN:
        _note_another(kept, mark)
        trace.note(_VERIFY, "missing" if finding is Finding.MISSING else "another", id=trace.digest(id_of(mark)))
        raise _refused(finding)
    if noted.is_news(mark):
        _note(kept, mark)
    return mark


def verify_primary(kept: Journal, primary: Primary, found: str | None) -> None:
    """Compare the mark found on this primary: its copy on a cluster, None if it owns none, else the mark itself.

    While the copies of a cluster are not proven, they are written again if they are not like the mark. Raises
    WrongDatabase and RedisUnavailable.
    """
    if not settings.REDIS_ENDPOINT.nodes:
        verify_identity(kept, found)
        return
    noted = _noted(kept)
    if found is None or (noted.copied_id and found == noted.mark):
        return
    finding = finding_of(found, proven_id=noted.copied_id)
    if noted.copied_id and finding is not Finding.KNOWN:
        raise _refused(finding)
    mark = verify_identity(kept)
    if not noted.copied_id and found != mark:
        connection.copy_mark(mark, primary)


def look(kept: Journal, primary: Primary, *, mark_on: Callable[[Primary], str | None] = connection.mark_on) -> None:
    """Read the mark on this primary (by `mark_on`) and compare it; raises WrongDatabase and RedisUnavailable."""
    _noted(kept)  # rows name the expected database even if Redis is away
    verify_primary(kept, primary, mark_on(primary))


def look_at_copy(kept: Journal, primary: Primary) -> None:
    """On a cluster, do what `look` does; on a single server, whose mark `verify_identity` has read, do nothing."""
    if settings.REDIS_ENDPOINT.nodes:
        look(kept, primary)


def is_unchanged(mark: str, primary: Primary) -> bool:
    """Return whether the mark and, on a cluster, its copy on this primary are as they were; raises RedisUnavailable."""
    found = {connection.mark_on(primary)}
    if settings.REDIS_ENDPOINT.nodes:
        found |= {connection.database()}
    trace.note(_UNCHANGED, "the same" if found <= {None, mark} else "another")
    return found <= {None, mark}


def holds_users() -> bool:
    """Return whether the database holds any user or email; raises RedisUnavailable."""
    return any(True for pattern in _OF_USERS for _ in connection.keys_matching(pattern))


def _refused(finding: Finding) -> WrongDatabase:
    """Return the error; a journal in memory cannot be reached by `journal adopt`."""
    is_in_memory = settings.AIRA_JOURNAL == "memory"
    return WrongDatabase(finding.replace("run `journal adopt`", "restart the site") if is_in_memory else finding)


def _marked(noted: Noted) -> str:
    """Write a mark unless another host has written one meanwhile, and return the mark of the database.

    A journal that has not noted any mark yet writes it only to a database without users: raises WrongDatabase.
    """
    if not noted.mark and holds_users() and not connection.database():
        raise WrongDatabase(UNMARKED)
    return connection.mark_database(noted.successor())


def _noted(kept: Journal) -> Noted:
    """Return what the journal has noted; if it cannot be read, what it had noted when it was read last."""
    try:
        noted = kept.mark.noted()
    except JournalUnavailable:
        noted = kept.mark.last
    kept.rows.database = noted.proven_id
    return noted


def _note(kept: Journal, mark: str) -> None:
    try:
        kept.mark.note(mark)
    except JournalUnavailable as error:
        _log.error("The mark of the database could not be noted. reason=%s", error)


def _note_another(kept: Journal, mark: str) -> None:
    """Note the id of another database, for the status of the journal."""
    if mark:
        with suppress(JournalUnavailable):
            kept.admin.note(DATABASE_REACHED, id_of(mark))
