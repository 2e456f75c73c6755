"""Steps that change no row themselves: requests, drains, proofs, the mark, and the faults that tests make."""

from collections.abc import Callable

from redis_models.journal.file.watching import OPENED
from redis_models.operations.beside_journal import REASONS
from tests.protocol.model.worlds import lost_mark, two_primaries
from tests.protocol.traces.automaton import BEGINS, IS_OVER, Label
from tests.protocol.traces.lines import FAULT, Line
from tests.protocol.traces.replay import AHEAD, MARK, ON_DISK_FIRST, ONE_DRAIN, PRIMARIES, SERVER, WORKERS, Host, Replay

YES = ("applied", "duplicate")
BESIDE = "without the journal"


def opened(replay: Replay, line: Line) -> None:
    """Learn the mode of the journal, and which rows were there before the trace."""
    host = replay.host_of(line)
    host.mode = line.says
    if host.highest_before < 0:
        host.highest_before = line.row


def sent(replay: Replay, line: Line) -> None:
    """A write is sent for a request, or its reply arrives."""
    host, write = replay.host_of(line), line.facts["write"]
    rows = [life for life in host.writes.get(write, ()) if life.state]
    if line.says != "sent":
        for life in [life for life in rows if life.state == "in flight"] or rows:
            life.is_told = life.is_told or line.says in YES
            replay.say(life, "replied" if line.says in YES else "refused")
    elif host.mode == AHEAD and line.facts["script"] not in REASONS and not host.knows(write):
        replay.say(replay.born(host, 0, {}), "sent without a row")


def answered(replay: Replay, line: Line) -> None:
    """A caller is answered; or the journal is unavailable, so that the write is sent without it."""
    host, write, is_kept = replay.host_of(line), line.facts["write"], line.says == "journaled"
    if line.says == BESIDE:
        host.beside.add(write)
        return
    rows = host.writes.get(write, [])[-1:]
    replay.must(not is_kept or any(life.state != "in flight" for life in rows), WORKERS, ON_DISK_FIRST)
    for life in rows if host.mode == AHEAD and (is_kept or line.says in YES) else ():
        replay.say(life, "answered yes")


def drain(replay: Replay, line: Line) -> None:
    """A drain begins or ends; one that did not end was that of a process that was killed."""
    host = replay.host_of(line)
    if host.drain:
        replay.say_to_all(host, "drain ended")
    for life in host.lives.values():
        life.is_in_drain = False
    host.drain, host.servers, host.is_proof_asked = (line.by if line.says == "begins" else ""), {}, False
    host.prefix = [*replay.windows]
    if host.drain:
        host.database = line.facts["id"]
        replay.say_to_all(host, "drain on the known mark")


def remembered(replay: Replay, line: Line) -> None:
    """A drain, or another proof, remembers the server's identity, and how many replicas were seen."""
    host, primary, seen = replay.host_of(line), line.facts["primary"], line.facts["replicas"]
    replay.must(seen >= host.replicas[primary], PRIMARIES, two_primaries.KNOWN_ON_DISK.protection)
    host.replicas[primary] = max(seen, host.replicas[primary])
    if line.by == host.drain:
        host.servers[primary] = line.facts["server"]
        replay.say_to_all(host, "drain on a file" if line.facts["has_file"] else "drain on no file")
    if len(host.servers) > 1:
        for life in host.lives.values():
            life.places.pop(SERVER, None)


def due(replay: Replay, line: Line) -> None:
    """The drain is about to read which rows are due, or has read it."""
    host = replay.host_of(line)
    replay.must(line.by == host.drain, WORKERS, ONE_DRAIN)
    if line.says == "reads":
        replay.say_to_all(host, f"reading{BEGINS}")
        return
    found = {int(row): state for row, state in line.facts["rows"].items()}
    for life in host.lives.values():
        if found.get(life.row) == "in flight":
            replay.say(life, "abandoned")
            if line.at > life.deadline_ms:
                replay.say(life, "deadline passed")
        replay.say(life, f"reading{IS_OVER}")
        if life.row in found:
            life.is_in_drain = True
            replay.say(life, f"read as {found[life.row]}")
        elif not life.is_in_drain:
            replay.say(life, "not read")
    host.prefix.append(Label(f"reading{IS_OVER}"))


def applied(replay: Replay, line: Line) -> None:
    """The drain has applied a row, or the row was refused."""
    host = replay.host_of(line)
    life = host.lives.get(line.row)
    host.is_proof_asked = False
    if line.says == "held back" or life is None:
        return
    if line.says == "refused":
        life.places.pop(SERVER, None)
    replay.must(life.database in ("", host.database), MARK, lost_mark.ID_COMPARED.protection, row=life.row)
    replay.say(life, f"{line.says} by the drain")


def proof(replay: Replay, line: Line) -> None:
    """The servers have answered WAITAOF."""
    host = replay.host_of(line)
    if line.by != host.drain:
        return
    host.is_proof_asked = True
    are_all = line.facts["replicas"] >= max((host.replicas[primary] for primary in host.servers), default=0)
    replay.say_to_all(host, "disk proved" if line.facts["primary"] else "disk not proved")
    replay.say_to_all(host, "all replicas proved" if are_all else "not all replicas proved")


def asked(replay: Replay, line: Line) -> None:
    """The drain has asked for the identity again, with a proof or without one."""
    host = replay.host_of(line)
    if line.by != host.drain:
        return
    is_same = host.servers.get(line.facts["primary"]) == line.facts["server"]
    if line.says != "proven":
        if not is_same:
            replay.say_to_all(host, "drain ended")
        return
    if not host.is_proof_asked:
        replay.say_to_all(host, "disk not proved")
        replay.say_to_all(host, "all replicas proved")
    replay.say_to_all(host, "identity the same" if is_same else "identity another")


def compared(replay: Replay, line: Line) -> None:
    """The drain has compared the mark once more."""
    if line.by == replay.host_of(line).drain:
        replay.say_to_all(replay.host_of(line), f"mark {line.says}")


def refused(replay: Replay, line: Line) -> None:
    """The host has found no mark, or another one."""
    if line.says == "missing":
        replay.say_to_all(replay.host_of(line), "mark is lost")
    else:
        _forget_mark(replay.host_of(line))


def marks(replay: Replay, _line: Line) -> None:
    """A host is about to write a mark, unless there is one."""
    for host in replay.hosts.values():
        replay.say_to_all(host, "a host marks")


def noted(replay: Replay, line: Line) -> None:
    """The journal has noted a mark that was found, or one that is proven."""
    host = replay.host_of(line)
    host.is_mark_proven = host.is_mark_proven or (line.says == "database_meant" and bool(line.facts["id"]))
    if line.says != "database_mark":
        return
    found, before = (line.facts["id"], line.facts["epoch"]), host.mark
    host.mark = found
    if before[0] not in ("", found[0]):
        _forget_mark(host)
    elif found != before:
        replay.say_to_all(host, "new mark noted")
        for life in host.lives.values():
            if life.state in ("pending", "applied"):
                replay.say(life, f"shown {life.state}")


def _forget_mark(host: Host) -> None:
    host.is_mark_proven = False
    for life in host.lives.values():
        life.places.pop(MARK, None)


def fault(replay: Replay, line: Line) -> None:
    """A fault begins or is over."""
    begins = line.says.removesuffix(IS_OVER).removesuffix(BEGINS) + BEGINS
    windows = [each for each in replay.windows if each.name != begins]
    replay.windows = [*windows, Label(begins)] if line.says == begins else windows
    for host in replay.hosts.values():
        replay.say_to_all(host, line.says)


HANDLERS: dict[str, Callable[[Replay, Line], None]] = {
    FAULT: fault,
    OPENED: opened,
    "redis_models.gateway.apply": sent,
    "redis_models.writer.submit": answered,
    "redis_models.replay.drain.drain": drain,
    "redis_models.replay.primary_drain.primary_drain_of": remembered,
    "redis_models.journal.queue.Queue.due": due,
    "redis_models.replay.primary_drain.PrimaryDrain.apply": applied,
    "redis_models.connection.link.Link.unconfirmed": proof,
    "redis_models.replay.proof.Proof.ask": asked,
    "redis_models.health.database_mark.is_unchanged": compared,
    "redis_models.health.database_mark.verify_identity": refused,
    "redis_models.connection.client.mark_database": marks,
}
