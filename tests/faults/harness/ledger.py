"""The ledger of a storm of saves: the answer to each as a history, which the checker judges with the stored data."""

import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path

from tests.protocol.history.checker import DOUBLED, LOST, MISCOUNTED, UNKNOWN, UNSURE, YES, judge
from tests.protocol.history.history import History, read

BROKEN = "broken"
DAY_MS = 24 * 3_600_000
FIRST_AT = 1_795_423_341_000
USERS = 20
CONVERSATIONS_OF_A_USER = 10
DAYS = 3


@dataclass(frozen=True, slots=True)
class Operation:
    """One save: it adds one message of its own to one conversation, on one of three days."""

    number: int
    users: int = USERS

    @property
    def user_id(self) -> str:
        return f"u{self.number % self.users}"

    @property
    def conversation_id(self) -> str:
        return f"c{self.number // self.users % CONVERSATIONS_OF_A_USER}"

    @property
    def message_id(self) -> str:
        return f"m{self.number}"

    @property
    def title(self) -> str:
        return f"Chat {self.number}"

    @property
    def at(self) -> int:
        return FIRST_AT + self.number % DAYS * DAY_MS + self.number


@dataclass(frozen=True, slots=True)
class StoredUser:
    """The stored data of one user: how often each message is there, and by how much the counts differ from that."""

    messages: Counter[str] = field(default_factory=Counter)
    miscounted: int = 0


class Ledger:
    """Every operation that was begun, and its answer, as a history. Safe for use from several threads."""

    def __init__(self, file: Path | None = None) -> None:
        self.history = History(file)
        self._lock = threading.Lock()
        self.begun: list[Operation] = []
        self.acknowledged: list[Operation] = []
        self.refused: Counter[str] = Counter()
        self.broken: Counter[str] = Counter()

    def begin(self, operation: Operation) -> None:
        with self._lock:
            self.begun.append(operation)
        self.history.asked(operation.number, "add", operation.user_id, item=operation.message_id, at=operation.at)

    def acknowledge(self, operation: Operation) -> None:
        with self._lock:
            self.acknowledged.append(operation)
        self.history.answered(operation.number, YES)

    def refuse(self, operation: Operation, reason: str) -> None:
        """Record a refusal that the site promises: 503, try again."""
        with self._lock:
            self.refused[reason] += 1
        self.history.answered(operation.number, UNSURE, reason=reason)

    def record_error(self, operation: Operation, error: str) -> None:
        """Record an error that would have been a 500."""
        with self._lock:
            self.broken[error] += 1
        self.history.answered(operation.number, BROKEN, reason=error)


def read_ledger(*files: Path) -> Ledger:
    """Return the ledger that was written to these files; a file that does not exist is an empty one."""
    ledger = Ledger()
    for event in chain.from_iterable(map(read, files)):
        operation = Operation(event["op"])
        match event:
            case {"event": "asked"}:
                ledger.begin(operation)
            case {"answer": "yes"}:
                ledger.acknowledge(operation)
            case {"answer": "unsure", "reason": reason}:
                ledger.refuse(operation, reason)
            case {"reason": reason}:
                ledger.record_error(operation, reason)
    return ledger


@dataclass(frozen=True, slots=True)
class Verdict:
    """The judgement of the history, and what else must hold after a storm."""

    acknowledged: int
    refused: int
    lost: int
    duplicated: int
    miscounted: int = 0
    unknown: int = 0
    waiting: int = 0
    dead_letters: int = 0
    leaked_sockets: int = 0
    broken: tuple[str, ...] = ()

    @property
    def is_clean(self) -> bool:
        """Return whether nothing is wrong; refusals are allowed."""
        wrong = (self.lost, self.duplicated, self.miscounted, self.unknown, self.waiting, self.dead_letters)
        return not any(wrong) and self.leaked_sockets <= 0 and not self.broken


def verdict_of(ledger: Ledger, stored_users: Mapping[str, StoredUser], **rest: int) -> Verdict:
    """Let the checker judge the ledger and the stored data; `rest` sets the verdict's other fields."""
    found = History()
    for user_id, stored_user in stored_users.items():
        found.found(user_id, stored_user.messages.elements())
        found.counted(f"the counts of {user_id}", says=stored_user.miscounted, holds=0)
    judgement = judge([*ledger.history.events, *found.events])
    return Verdict(
        acknowledged=judgement.acknowledged,
        refused=sum(ledger.refused.values()),
        lost=judgement.count(LOST),
        duplicated=judgement.count(DOUBLED),
        miscounted=judgement.count(MISCOUNTED),
        unknown=judgement.count(UNKNOWN),
        broken=tuple(ledger.broken),
        **rest,
    )
