"""Receipts of erasures: one with names for the caller, and a public one, which names neither user nor email."""

from dataclasses import dataclass
from typing import Annotated, Final, Literal

import msgspec

from api.answers.shapes import Moment, Shape, about
from redis_models.background import unfinished
from redis_models.schema import keys
from redis_models.schema.codec import iso_from_ms
from texts.typed_json import decoder

TOMBSTONE_LIFE_MS = 30 * 24 * 60 * 60 * 1000
FileState = Literal["rewritten", "not ours", "not confirmed"]
REWRITTEN: Final = "rewritten"
NOT_OURS: Final = "not ours"
NOT_CONFIRMED: Final = "not confirmed"
State = Literal["pending", "erased", "unproven"]
PENDING: Final = "pending"
ERASED: Final = "erased"
UNPROVEN: Final = "unproven"
NOT_REACHED = (
    "Backups that the operator made.",
    "Keys of an older server's layout, until they are removed after their import.",
)
NOT_REACHED_OF_HOSTS = (
    "Journals of hosts that have not confirmed yet: your data in them is void and will be removed when they run."
)
NOT_REACHED_OF_OTHERS = "The append-only file, snapshots and replicas of a Redis that Aira does not run."
NOT_REACHED_OF_FILE = (
    "The append-only file of the bundled server, which was not rewritten in time: "
    "your data in it will be removed by its next rewrite."
)
NOT_REACHED_OF_UNPROVEN = "What this Redis may bring back after a crash: it cannot prove that it keeps the erasure."
NOT_REACHED_WHILE_PENDING = "What the erasure has not removed yet; all of it is void already, or will be in a moment."
_NOT_REACHED_OF_FILES = {REWRITTEN: (), NOT_OURS: (NOT_REACHED_OF_OTHERS,), NOT_CONFIRMED: (NOT_REACHED_OF_FILE,)}
_NOT_REACHED_OF_STATES = {PENDING: (NOT_REACHED_WHILE_PENDING,), ERASED: (), UNPROVEN: (NOT_REACHED_OF_UNPROVEN,)}


StateField = Annotated[
    State, about("Pending, erased and proven, or erased by a Redis that cannot prove what it keeps.", "erased")
]
FileField = Annotated[
    FileState,
    about("Whether the server's append-only file was rewritten; if not confirmed, see notReached.", "rewritten"),
]


class ErasureOut(Shape, frozen=True, kw_only=True):
    """The public receipt of an erasure. It names no user and no email."""

    state: StateField
    erased_at: Annotated[Moment, about("Everything from before this time is void.")]
    conversations: Annotated[int, about("The number of conversations that were there.", 4)]
    append_only_file: FileField
    hosts_not_confirmed: Annotated[
        tuple[str, ...], about("Other hosts that have not yet confirmed that they removed the user's data.", [])
    ]
    not_reached: Annotated[tuple[str, ...], about("Data that Aira cannot remove, in words.", ["Backups you made."])]


@dataclass(frozen=True, slots=True)
class Erasing:
    """An erasure that has begun. `removed_keys` are complete names; `token` is empty if another host began it."""

    digest: str
    unfinished: unfinished.Unfinished
    token: str = ""
    removed_keys: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ErasureReceipt:
    """What an erasure has done so far; `keys_left` and the like are the checks afterwards.

    `hosts_not_confirmed` are other hosts (by the ids of their data dirs) that may still hold data of the user.
    """

    erasing: Erasing
    state: State = PENDING
    keys_left: tuple[str, ...] = ()
    journal_rows_left: int = 0
    is_snapshot_left: bool = False
    append_only_file: FileState = NOT_CONFIRMED
    hosts_not_confirmed: tuple[str, ...] = ()

    @property
    def user_id(self) -> str:
        """Return the id of the erased user."""
        return self.erasing.unfinished.user_id

    @property
    def conversations(self) -> int:
        """Return the number of conversations that were there."""
        return self.erasing.unfinished.conversations

    @property
    def is_confirmed(self) -> bool:
        """Return whether the erasure is proven, and append-only file and other hosts are confirmed to hold no data."""
        is_reached = self.append_only_file != NOT_CONFIRMED and not self.hosts_not_confirmed
        return is_reached and self.state == ERASED

    @property
    def erased_at(self) -> str:
        """Return the time of the erasure (ISO 8601)."""
        return iso_from_ms(self.erasing.unfinished.at)

    @property
    def kept(self) -> str:
        """Return the name of the one key that stays, until `kept_until`."""
        return keys.erased(self.user_id)

    @property
    def kept_until(self) -> str:
        """Return when the key that stays expires (ISO 8601)."""
        return iso_from_ms(self.erasing.unfinished.at + TOMBSTONE_LIFE_MS)

    @property
    def not_reached(self) -> tuple[str, ...]:
        """Return what the erasure could not reach, as sentences."""
        of_hosts = (NOT_REACHED_OF_HOSTS,) if self.hosts_not_confirmed else ()
        of_file = () if self.state == PENDING else _NOT_REACHED_OF_FILES[self.append_only_file]
        return (*NOT_REACHED, *_NOT_REACHED_OF_STATES[self.state], *of_hosts, *of_file)

    @property
    def public(self) -> ErasureOut:
        """Return the public receipt."""
        return ErasureOut(
            state=self.state,
            erased_at=self.erased_at,
            conversations=self.conversations,
            append_only_file=self.append_only_file,
            hosts_not_confirmed=self.hosts_not_confirmed,
            not_reached=self.not_reached,
        )

    @property
    def public_text(self) -> str:
        """Return the public receipt as JSON."""
        return msgspec.json.encode(self.public).decode()


def public_receipt(token: str) -> ErasureOut | None:
    """Return the public receipt for the token; None if there is none. Raises RedisUnavailable."""
    found = unfinished.receipt(token)
    return None if found is None else decoder(ErasureOut).decode(found)
