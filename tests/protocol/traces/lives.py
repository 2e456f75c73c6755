"""The rows of a trace, each with the words that the worlds read of it."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.protocol.traces.automaton import Automaton, Label, Place, Reading, which_switch
from tests.protocol.traces.readings import lost_mark, one_server, workers

READINGS = {reading.world.name: reading for reading in (one_server.READING, workers.READING, lost_mark.READING)}
AUTOMATA = {name: Automaton(reading) for name, reading in READINGS.items()}


@dataclass(frozen=True, slots=True)
class Illegal:
    """A step that the model does not allow: the line, the row (0: none), the world, the rule, and the row's word."""

    line: int
    row: int
    world: str
    rule: str
    word: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Return the sentence for a person, with the last steps of the row."""
        steps = f" (after: {', '.join(self.word[-8:])})" if self.word else ""
        return f"line {self.line}, row {self.row}: against the rule of the world '{self.world}': {self.rule}{steps}"


@dataclass(slots=True)
class Life:
    """A row of the journal. `state` is the one that the trace says last; `is_told` if Redis has said yes to it."""

    row: int
    state: str = ""
    write: str = ""
    user: str = ""
    claim: str = ""
    database: str = ""
    deadline_ms: int = 0
    may_wait: bool = True
    is_told: bool = False
    is_in_drain: bool = False
    word: list[Label] = field(default_factory=list)
    places: dict[str, Place] = field(default_factory=lambda: {name: each.start for name, each in AUTOMATA.items()})

    def read(self, label: Label) -> tuple[str, str] | None:
        """Read the label; return the world that it is illegal in and the rule, or None."""
        self.word.append(label)
        for name, place in self.places.items():
            after = AUTOMATA[name].read(place, label)
            if not after.node:
                self.places = {}
                return name, rule_of(READINGS[name], self.word)
            self.places[name] = after
        return None


def rule_of(reading: Reading, word: Sequence[Label]) -> str:
    """Return in words what the last label of the word breaks."""
    found = which_switch(reading, word)
    return found.protection if found else f"no state in which the row may be now allows: {word[-1].name}"
