"""The ledger of a storm of saves: the answer to each, and their comparison with the stored data."""

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
class StoredUser:
    """The stored data of one user: how often each message is there, and by how much the counts differ from that."""

    messages: Counter[str] = field(default_factory=Counter)
    miscounted: int = 0


class Ledger:
    """Every operation that was begun, and its answer. Safe for use from several threads."""

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
        """Record a refusal that the site promises: 503, try again."""
        with self._lock:
            self.refused[type(error).__name__] += 1

    def record_error(self, error: object) -> None:
        """Record an error that would have been a 500."""
        with self._lock:
            self.broken[f"{type(error).__name__}: {error}"] += 1


@dataclass(frozen=True, slots=True)
class Verdict:
    """The ledger compared with the store: an acknowledged operation must be stored once, any other at most once."""

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


def verdict_of(ledger: Ledger, stored_users: dict[str, StoredUser], **rest: int) -> Verdict:
    """Compare the ledger with the stored data; `rest` sets the verdict's other fields."""
    stored = Counter(
        {
            (user_id, name): count
            for user_id, stored_user in stored_users.items()
            for name, count in stored_user.messages.items()
        }
    )
    begun = {(each.user_id, each.message_id) for each in ledger.begun}
    return Verdict(
        acknowledged=len(ledger.acknowledged),
        refused=sum(ledger.refused.values()),
        lost=sum((each.user_id, each.message_id) not in stored for each in ledger.acknowledged),
        duplicated=sum(count - 1 for count in stored.values()),
        miscounted=sum(stored_user.miscounted for stored_user in stored_users.values()),
        unknown=len(stored.keys() - begun),
        broken=tuple(ledger.broken),
        **rest,
    )
