"""Answers to users about themselves, under /api/v1."""

import hashlib
from typing import Annotated, Any, Self

import msgspec
from msgspec import UNSET

from accounts.models import UserProfile
from accounts.privacy.erasure import ErasureReceipt, FileState
from accounts.privacy.export import FORMAT, Entry
from accounts.shapes import UserOut
from api.answers.shapes import Durable, Moment, Shape, State, about


class ProfileOut(UserOut, frozen=True, kw_only=True):
    """A user's own profile."""

    time_zone: Annotated[str | None, about("The user's time zone (IANA name); null means UTC.", "Europe/Berlin")]

    @classmethod
    def of(cls, profile: UserProfile, **more: Any) -> Self:
        """Return the answer for a user's own profile."""
        return super().of(profile, time_zone=profile.time_zone or None, **more)

    @property
    def version(self) -> str:
        """Return a text that changes with every change to the shown fields."""
        return hashlib.sha256(msgspec.json.encode(msgspec.to_builtins(self), order="deterministic")).hexdigest()[:32]


class ChangedProfileOut(ProfileOut, frozen=True, kw_only=True):
    """A profile after a change, and whether the change is stored."""

    state: State = "stored"
    durable: Durable = UNSET


class ExportOut(Shape, frozen=True, kw_only=True):
    """All of a user's data."""

    format: Annotated[str, about("The document's format.", FORMAT)]
    user_id: Annotated[str, about("Whose data it is.", "u1")]
    entries: Annotated[tuple[Entry, ...], about("Every key of the user, except credentials and sessions.")]
    signature: Annotated[str, about("This installation's signature over all entries.", "6f1d0c0a")]


class ImportedOut(Shape, frozen=True, kw_only=True):
    """The result of an import."""

    entries: Annotated[int, about("The number of entries in the document.", 12)]
    added: Annotated[int, about("The number of elements that were missing; 0 if the document was imported before.", 30)]


class CheckedOut(Shape, frozen=True, kw_only=True):
    """The checks after an erasure."""

    keys_left: Annotated[tuple[str, ...], about("Keys of the user that still exist.", [])]
    journal_rows_left: Annotated[int, about("The number of rows in this host's journal that still name the user.", 0)]
    snapshot_left: Annotated[bool, about("Whether this host still keeps a snapshot of the user.", False)]
    append_only_file: Annotated[
        FileState,
        about("Whether the server's append-only file was rewritten; if not confirmed, see notReached.", "rewritten"),
    ]


class ErasedOut(Shape, frozen=True, kw_only=True):
    """The receipt of an erasure."""

    user_id: Annotated[str, about("Who was erased.", "user_4t7r2w9q5e8y1u3i6o0p")]
    erased_at: Annotated[Moment, about("When.")]
    conversations: Annotated[int, about("The number of conversations removed.", 4)]
    removed_keys: Annotated[tuple[str, ...], about("Keys that were removed.", ["user:u1:profile"])]
    checked: Annotated[CheckedOut, about("The checks after the erasure.")]
    hosts_not_confirmed: Annotated[
        tuple[str, ...], about("Other hosts that have not yet confirmed that they removed the user's data.", [])
    ]
    kept: Annotated[str, about("The one key that stays, so that no earlier write comes back.", "user:u1:erased")]
    kept_until: Annotated[Moment, about("When that key expires.")]
    not_reached: Annotated[tuple[str, ...], about("Data that Aira cannot remove, in words.", ["Backups you made."])]

    @classmethod
    def of(cls, receipt: ErasureReceipt) -> Self:
        """Return the answer for a receipt."""
        return cls(
            user_id=receipt.user_id,
            erased_at=receipt.erased_at,
            conversations=receipt.conversations,
            removed_keys=receipt.removed_keys,
            checked=CheckedOut(
                keys_left=receipt.keys_left,
                journal_rows_left=receipt.journal_rows_left,
                snapshot_left=receipt.is_snapshot_left,
                append_only_file=receipt.append_only_file,
            ),
            hosts_not_confirmed=receipt.hosts_not_confirmed,
            kept=receipt.kept,
            kept_until=receipt.kept_until,
            not_reached=receipt.not_reached,
        )
