"""What a storm of saves was told, and the check of it against what is stored."""

import threading
from collections import Counter
from dataclasses import dataclass, field

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
class Shelf:
    """What is stored of one user: how often each message is there, and by how much the counts differ from it."""

    messages: Counter[str] = field(default_factory=Counter)
    miscounted: int = 0


class Ledger:
    """Every operation that was begun, and what its caller was told. Threads may write to it at once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.begun: list[Operation] = []
        self.acknowledged: list[Operation] = []
        self.refused: Counter[str] = Counter()
        self.broken: Counter[str] = Counter()

    def begin(self, operation: Operation) -> None:
        with self._lock:
            self.begun.append(operation)

    def acknowledge(self, operation: Operation) -> None:
        with self._lock:
            self.acknowledged.append(operation)

    def refuse(self, error: Exception) -> None:
        """Note an answer of the promised kind: 503, try again."""
        with self._lock:
            self.refused[type(error).__name__] += 1

    def broke(self, error: object) -> None:
        """Note what would have been a 500."""
        with self._lock:
            self.broken[f"{type(error).__name__}: {error}"] += 1


@dataclass(frozen=True, slots=True)
class Verdict:
    """The ledger against the store. Every acknowledged operation is there once; any other one never or once."""

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
        """Return whether nothing is wrong (refusing is not wrong)."""
        wrong = (self.lost, self.duplicated, self.miscounted, self.unknown, self.waiting, self.dead_letters)
        return not any(wrong) and self.leaked_sockets <= 0 and not self.broken


def verdict_of(ledger: Ledger, shelves: dict[str, Shelf], **rest: int) -> Verdict:
    """Compare; `rest` are the fields that are not about messages."""
    stored = Counter(
        {(user_id, name): count for user_id, shelf in shelves.items() for name, count in shelf.messages.items()}
    )
    begun = {(each.user_id, each.message_id) for each in ledger.begun}
    return Verdict(
        acknowledged=len(ledger.acknowledged),
        refused=sum(ledger.refused.values()),
        lost=sum((each.user_id, each.message_id) not in stored for each in ledger.acknowledged),
        duplicated=sum(count - 1 for count in stored.values()),
        miscounted=sum(shelf.miscounted for shelf in shelves.values()),
        unknown=len(stored.keys() - begun),
        broken=tuple(ledger.broken),
        **rest,
    )
