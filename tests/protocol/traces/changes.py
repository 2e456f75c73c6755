"""Changes of rows in a trace: what each function that changes a row lets the row read."""

from tests.protocol.model.worlds import claims, erasing
from tests.protocol.traces.lines import Line
from tests.protocol.traces.lives import Life
from tests.protocol.traces.replay import (
    AHEAD,
    KNOWN_FUNCTION,
    KNOWN_STATE,
    NEVER_BEGUN,
    ONE_DRAIN,
    SERVER,
    WORKERS,
    Host,
    Replay,
)

ROWS = "redis_models.journal.rows.Rows."
QUEUE = "redis_models.journal.queue.Queue."
FORGET = "redis_models.journal.erasure.Erasure.forget"
OTHERS = (
    *(f"redis_models.journal.admin.Admin.{name}" for name in ("retry", "drop", "salvage")),
    *(f"redis_models.journal.mark_notes.MarkNotes.{name}" for name in ("note", "adopt", "_in_batches")),
    *(FORGET, f"{QUEUE}trim"),
)
"""What else may change rows: operators, a new epoch or an adoption, an erasure, and the limit of unproven rows."""
BY_REQUESTS = {f"{ROWS}applied": "noted", f"{ROWS}note_applied": "noted durably"}
BY_DRAINS = {
    f"{QUEUE}settle": {"": "dropped", "applied": "left"},
    f"{QUEUE}_drop_abandoned": {"": "dropped as void"},
    f"{QUEUE}add_dead_letters": {"set aside": "made a dead letter"},
}
NOT_OF_SERVER = ("dropped as void", "made a dead letter", "now set aside")
"""The world "one server" has no refusals and no writes that may not wait."""


def changed(replay: Replay, line: Line) -> None:
    """Read a change of a row."""
    host = replay.host_of(line)
    life = host.lives.get(line.row)
    if life is None and line.facts["was"] == "":
        life = host.lives[line.row] = replay.born(host, line.row, line.facts)
        host.writes.setdefault(life.write, []).append(life)
    if life is None:
        replay.must(line.row <= host.highest_before, SERVER, NEVER_BEGUN, row=line.row)
        return
    replay.must(line.facts["was"] == life.state, WORKERS, KNOWN_STATE, row=line.row)
    if host.mode == AHEAD or not line.step.startswith(ROWS):
        _change(replay, host, life, line)
    else:
        life.places = {}  # requests change rows in another way in other modes
    life.state, life.database = line.says, line.facts["database"]
    if not line.says:
        del host.lives[line.row]


def _change(replay: Replay, host: Host, life: Life, line: Line) -> None:
    if line.step == f"{ROWS}begin":
        _claim(replay, host, life, held_by={"pending": claims.PENDING_ASKED, "in flight": claims.IN_FLIGHT_ASKED})
        _say(replay, life, line, "begin" if life.may_wait else "begin without waiting")
    elif line.step == f"{ROWS}keep":
        held_by = {"pending": claims.KEPT_ASKED, "applied": claims.KEPT_ASKED, "in flight": claims.IN_FLIGHT_ASKED}
        _claim(replay, host, life, held_by=held_by)
        _say(replay, life, line, "kept")
    elif line.step in BY_REQUESTS:
        _say(replay, life, line, BY_REQUESTS[line.step])
    elif line.step in (f"{ROWS}drop", f"{ROWS}drop_durably"):
        _dropped_by_request(replay, life, line)
    elif line.step in BY_DRAINS:
        _drained(replay, host, life, line)
    else:
        _by_others(replay, life, line)


def _say(replay: Replay, life: Life, line: Line, name: str) -> None:
    if name in NOT_OF_SERVER:
        life.places.pop(SERVER, None)
    replay.say(life, name, is_certain=line.is_certain)


def _claim(replay: Replay, host: Host, life: Life, *, held_by: dict[str, claims.Switch]) -> None:
    """Hold a claim against those of other users on this host."""
    for other in host.lives.values() if life.claim else ():
        if (other.claim, other.user == life.user) == (life.claim, False) and other.state in held_by:
            replay.must(False, claims.WORLD.name, held_by[other.state].protection, row=life.row)


def _dropped_by_request(replay: Replay, life: Life, line: Line) -> None:
    if life.is_told:
        _say(replay, life, line, "removed by its request")
    life.places.pop(SERVER, None)
    _say(replay, life, line, "dropped by its request")


def _drained(replay: Replay, host: Host, life: Life, line: Line) -> None:
    replay.must(line.by == host.drain, WORKERS, ONE_DRAIN, row=life.row)
    life.is_in_drain = False
    is_unfit = line.says == "set aside" and line.facts["reason"] != "refused"
    _say(replay, life, line, "now set aside" if is_unfit else BY_DRAINS[line.step].get(line.says, line.says))


def _by_others(replay: Replay, life: Life, line: Line) -> None:
    replay.must(line.step in OTHERS, WORKERS, KNOWN_FUNCTION, row=life.row)
    is_nobodys = line.step == FORGET and not life.user
    replay.must(not is_nobodys, erasing.WORLD.name, erasing.ROW_OF_NOBODY.protection, row=life.row)
    if line.says != life.state:
        _say(replay, life, line, f"now {line.says or 'gone'}")
