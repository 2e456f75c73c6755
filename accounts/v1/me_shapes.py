"""Answers to users about themselves, under /api/v1."""

import hashlib
from typing import Annotated, Any, Self

import msgspec
from msgspec import UNSET, UnsetType

from accounts.models import UserProfile
from accounts.privacy.export import FORMAT, Entry
from accounts.privacy.receipts import PENDING, ErasureReceipt, FileField, StateField
from accounts.selectors import EmailState
from accounts.shapes import UserOut
from api.answers.shapes import Durable, Moment, Shape, State, about


class ProfileOut(UserOut, frozen=True, kw_only=True):
    """A user's own profile."""

    time_zone: Annotated[str | None, about("The user's time zone (IANA name); null means UTC.", "Europe/Berlin")]
    email_state: Annotated[
        EmailState | None,
        about(
            "Whether it is proven that the email is the user's. If it is lost, somebody else has proven it: ask for "
            "another one. Null if it is not known, because Redis is away.",
            "proven",
        ),
    ] = None

    @classmethod
    def of(cls, profile: UserProfile, **more: Any) -> Self:
        """Return the answer for a user's own profile."""
        return super().of(profile, time_zone=profile.time_zone or None, **more)

    @property
    def version(self) -> str:
        """Return a text that changes with every change to the fields of the stored profile."""
        stored = {name: value for name, value in msgspec.to_builtins(self).items() if name != "emailState"}
        return hashlib.sha256(msgspec.json.encode(stored, order="deterministic")).hexdigest()[:32]


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
    append_only_file: FileField

    @classmethod
    def of(cls, receipt: ErasureReceipt) -> Self:
        """Return the checks of a receipt."""
        return cls(
            keys_left=receipt.keys_left,
            journal_rows_left=receipt.journal_rows_left,
            snapshot_left=receipt.is_snapshot_left,
            append_only_file=receipt.append_only_file,
        )


class ErasedOut(Shape, frozen=True, kw_only=True):
    """The receipt of an erasure; the checks are left out while it is pending."""

    state: StateField
    receipt: Annotated[
        str, about("The address of the public receipt.", "/api/v1/erasures/tR4v0x5K9k2m7Q1w8e3r6t4yZ1x2c3v4")
    ]
    user_id: Annotated[str, about("Who was erased.", "user_4t7r2w9q5e8y1u3i6o0p")]
    erased_at: Annotated[Moment, about("When.")]
    conversations: Annotated[int, about("The number of conversations that were there.", 4)]
    removed_keys: Annotated[tuple[str, ...], about("Keys that are removed.", ["user:u1:profile"])]
    checked: Annotated[CheckedOut | UnsetType, about("The checks after the erasure.")] = UNSET
    hosts_not_confirmed: Annotated[
        tuple[str, ...] | UnsetType,
        about("Other hosts that have not yet confirmed that they removed the user's data.", []),
    ] = UNSET
    kept: Annotated[str, about("The one key that stays, so that no earlier write comes back.", "user:u1:erased")]
    kept_until: Annotated[Moment, about("When that key expires.")]
    not_reached: Annotated[tuple[str, ...], about("Data that Aira cannot remove, in words.", ["Backups you made."])]

    @classmethod
    def of(cls, receipt: ErasureReceipt) -> Self:
        """Return the answer for a receipt."""
        is_done = receipt.state != PENDING
        return cls(
            state=receipt.state,
            receipt=f"/api/v1/erasures/{receipt.erasing.token}",
            user_id=receipt.user_id,
            erased_at=receipt.erased_at,
            conversations=receipt.conversations,
            removed_keys=receipt.erasing.removed_keys,
            checked=CheckedOut.of(receipt) if is_done else UNSET,
            hosts_not_confirmed=receipt.hosts_not_confirmed if is_done else UNSET,
            kept=receipt.kept,
            kept_until=receipt.kept_until,
            not_reached=receipt.not_reached,
        )
