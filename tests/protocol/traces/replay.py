"""The state of a replay: what is known of each host and its rows, and the illegal steps found so far."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.protocol.model.worlds import lost_mark, one_server, two_primaries, workers
from tests.protocol.traces.automaton import Label
from tests.protocol.traces.lines import Line
from tests.protocol.traces.lives import Illegal, Life

SERVER, WORKERS, MARK = (module.WORLD.name for module in (one_server, workers, lost_mark))
PRIMARIES = two_primaries.WORLD.name
ONE_DRAIN = "only one process of a host drains at a time"
ON_DISK_FIRST = "a row is on disk before its yes"
NEVER_BEGUN = "only a row that was begun is changed"
KNOWN_STATE = "a row is in the state that it was left in"
KNOWN_FUNCTION = "only functions that the model knows change rows"
AHEAD = "ahead"


@dataclass(slots=True)
class Host:
    """What is known of a host.

    `mode` is that of its journal, and rows up to `highest_before` are from before the trace. `lives` are the rows that
    are there, `writes` all rows by the digest of their write, and `beside` the writes of which the journal kept none.
    `drain` is the thread that drains (empty: none does), `database` the one it drains to, `servers` which server each
    primary was when it began. `prefix` is what a new row has to read first: the drain and the windows that are open.
    """

    mode: str = AHEAD
    highest_before: int = -1
    lives: dict[int, Life] = field(default_factory=dict)
    writes: dict[str, list[Life]] = field(default_factory=dict)
    beside: set[str] = field(default_factory=set)
    drain: str = ""
    database: str = ""
    servers: dict[str, str] = field(default_factory=dict)
    replicas: Counter[str] = field(default_factory=Counter)
    is_proof_asked: bool = False
    mark: tuple[str, str] = ("", "")
    is_mark_proven: bool = False
    prefix: list[Label] = field(default_factory=list)

    def knows(self, write: str) -> bool:
        """Return whether the write had a row, or the journal was unavailable for it."""
        return write in self.writes or write in self.beside


class Replay:
    """What was read so far. `labels` counts what rows have read; `windows` are the faults that happen now."""

    def __init__(self) -> None:
        self.hosts: dict[str, Host] = {}
        self.illegal: list[Illegal] = []
        self.labels: Counter[str] = Counter()
        self.windows: list[Label] = []
        self.steps = self.rows = self.line = 0

    def host_of(self, line: Line) -> Host:
        """Return the host of the line."""
        if line.host not in self.hosts:
            self.hosts[line.host] = Host(prefix=[*self.windows])
        return self.hosts[line.host]

    def say(self, life: Life, name: str, *, is_certain: bool = True) -> None:
        """Let the row read a label; a row that has read something illegal reads nothing more."""
        self.labels[name] += bool(life.places)
        if life.places and (broken := life.read(Label(name, is_certain))):
            self.illegal.append(Illegal(self.line, life.row, *broken, tuple(label.name for label in life.word)))

    def say_to_all(self, host: Host, name: str) -> None:
        """Let all rows of the host read a label."""
        host.prefix.append(Label(name))
        for life in host.lives.values():
            self.say(life, name)

    def must(self, is_so: bool, world: str, rule: str, *, row: int = 0) -> None:
        """Note an illegal step unless a rule that concerns more than one row is kept."""
        if not is_so:
            self.illegal.append(Illegal(self.line, row, world, rule))

    def born(self, host: Host, row: int, facts: Mapping[str, Any]) -> Life:
        """Return the life of a new row."""
        names = ("write", "user", "claim", "database", "deadline_ms", "may_wait")
        life = Life(row, **{name: facts[name] for name in names if name in facts})
        if not host.is_mark_proven:
            life.places.pop(MARK, None)
        for label in host.prefix:
            life.read(label)
        self.rows += 1
        return life
