"""The mark that identifies a database, so that the journal's rows never go to another one.

The database holds a mark, `ID.EPOCH`. The id identifies the database. The epoch changes whenever the mark has to be
written again, because all other data may then be lost as well.
"""

import secrets

from django.conf import settings

from redis_models import connection
from redis_models.errors import WrongDatabase
from redis_models.journal import Journal
from redis_models.journal.facts import DATABASE_EXPECTED, DATABASE_REACHED

_ANOTHER = "The database is not the one that this journal was written for; set REDIS_URL back, or run `journal adopt`."
_MISSING = "The database has lost its mark, so it may have been emptied; bring it back, or run `journal adopt`."


def verify_identity(kept: Journal) -> str:
    """Return the mark of the database in use; write one if it has none and the journal expects none yet.

    An embedded database that lost its mark gets one with the same id and a new epoch. Raises WrongDatabase if the
    database is not the one the journal expects, and RedisUnavailable.
    """
    mark = connection.database()
    expected = kept.admin.fact(DATABASE_EXPECTED)
    if not mark and expected and not _is_embedded():
        raise WrongDatabase(_MISSING)
    if not mark:
        mark = _marked(expected)
    reached = id_of(mark)
    kept.admin.note(DATABASE_REACHED, reached)
    kept.rows.database = reached
    if expected and reached != expected:
        raise WrongDatabase(_ANOTHER)
    kept.admin.note(DATABASE_EXPECTED, reached)
    return mark


def adopt(kept: Journal) -> int:
    """Make the database in use the one that the journal expects; return how many rows were for another one."""
    mark = connection.database() or _marked(kept.admin.fact(DATABASE_EXPECTED))
    kept.admin.note(DATABASE_REACHED, id_of(mark))
    return kept.admin.adopt(id_of(mark))


def id_of(mark: str) -> str:
    """Return the id in a mark."""
    return mark.partition(".")[0]


def _marked(database_id: str) -> str:
    return connection.mark_database(f"{database_id or secrets.token_hex(8)}.{secrets.token_hex(8)}")


def _is_embedded() -> bool:
    return bool(settings.REDIS_ENDPOINT.variable == "AIRA_DATA_DIR")
