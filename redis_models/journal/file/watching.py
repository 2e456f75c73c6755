"""The journal's part of the trace: triggers note every change of rows, of snapshots and of what is noted of the mark.

So no function can change a row without a line. The triggers are in the temporary schema of a connection: they are not
in the file, and exist only while the trace is on.
"""

import sqlite3

import msgspec
from django.conf import settings

from redis_models import trace
from redis_models.journal import facts
from redis_models.journal.tables import DAMAGED, TOO_OLD
from redis_models.operations.write import Write
from texts.typed_json import decoder

OPENED = "redis_models.journal.file.opening.opened"
_NOTES = (facts.DATABASE_EXPECTED, facts.DATABASE_MARK, facts.DATABASE_COPIED, facts.DATABASE_REACHED)
_OF_MARK = ", ".join(f"'{name}'" for name in _NOTES)
_TRIGGERS = f"""
CREATE TEMP TRIGGER trace_row_came AFTER INSERT ON main.rows BEGIN
    SELECT trace_row_came(NEW.id, NEW.state, NEW.user_id, NEW.claim, NEW.database, NEW.deadline_ms, NEW.body);
END;
CREATE TEMP TRIGGER trace_row_moved AFTER UPDATE OF state, database ON main.rows BEGIN
    SELECT trace_row_moved(NEW.id, OLD.state, NEW.state, NEW.database, NEW.reason);
END;
CREATE TEMP TRIGGER trace_row_went AFTER DELETE ON main.rows BEGIN
    SELECT trace_row_moved(OLD.id, OLD.state, '', OLD.database, '');
END;
CREATE TEMP TRIGGER trace_snapshot_came AFTER INSERT ON main.snapshots BEGIN
    SELECT trace_snapshot(NEW.user_id, NEW.part);
END;
CREATE TEMP TRIGGER trace_snapshot_renewed AFTER UPDATE ON main.snapshots BEGIN
    SELECT trace_snapshot(NEW.user_id, NEW.part);
END;
CREATE TEMP TRIGGER trace_fact AFTER INSERT ON main.facts WHEN NEW.name IN ({_OF_MARK}) BEGIN
    SELECT trace_fact(NEW.name, NEW.value);
END;
"""


def watch(db: sqlite3.Connection) -> None:
    """Note every change that this connection makes from now on, and the highest id of a row that is there already.

    Does nothing while the trace is off.
    """
    if not settings.AIRA_TRACE:
        return
    db.execute("PRAGMA temp_store = MEMORY")
    for function, arguments in ((_row_came, 7), (_row_moved, 5), (_snapshot, 2), (_fact, 2)):
        db.create_function(f"trace{function.__name__}", arguments, function)
    db.executescript(_TRIGGERS)
    (highest,) = db.execute("SELECT IFNULL(MAX(id), 0) FROM rows").fetchone()
    trace.note(OPENED, settings.AIRA_JOURNAL, row=highest)


def _row_came(row_id: int, state: str, user_id: str, claim: str, database: str, deadline_ms: int, body: bytes) -> None:
    about = {"user": trace.digest(user_id), "claim": trace.digest(claim), "database": trace.digest(database)}
    trace.note_change(state, row=row_id, was="", deadline_ms=deadline_ms, **about, **_of_write(body))


def _of_write(body: bytes) -> dict[str, object]:
    try:
        write = decoder(Write).decode(body)
    except msgspec.DecodeError:
        return {"write": "", "may_wait": True}
    return {"write": trace.digest_of(write), "may_wait": write.deferrable}


def _row_moved(row_id: int, was: str, now: str, database: str, reason: str) -> None:
    told = reason if reason in (DAMAGED, TOO_OLD) else "refused" if reason else ""
    trace.note_change(now, row=row_id, was=was, database=trace.digest(database), reason=told)


def _snapshot(user_id: str, part: str) -> None:
    trace.note_change("snapshot", user=trace.digest(user_id), part=trace.digest(part))


def _fact(name: str, value: str) -> None:
    database_id, _, epoch = value.partition(".")
    trace.note_change(name, id=trace.digest(database_id), epoch=trace.digest(epoch))
