"""Users about themselves, as /api/v1 answers."""

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
    """Who a user is."""

    time_zone: Annotated[str | None, about("The user's time zone (IANA); null is UTC.", "Europe/Berlin")]

    @classmethod
    def of(cls, profile: UserProfile, **more: Any) -> Self:
        """Return the user's own profile as it is shown."""
        return super().of(profile, time_zone=profile.time_zone or None, **more)

    @property
    def version(self) -> str:
        """Return a text that is another one after each change of what is shown."""
        return hashlib.sha256(msgspec.json.encode(msgspec.to_builtins(self), order="deterministic")).hexdigest()[:32]


class ChangedProfileOut(ProfileOut, frozen=True, kw_only=True):
    """Who a user is after a change, and what that rests on."""

    state: State = "stored"
    durable: Durable = UNSET


class ExportOut(Shape, frozen=True, kw_only=True):
    """All of a user's data."""

    format: Annotated[str, about("The document's format.", FORMAT)]
    user_id: Annotated[str, about("Whose data it is.", "u1")]
    entries: Annotated[tuple[Entry, ...], about("Every key of the user, but for credentials and sessions.")]
    signature: Annotated[str, about("This installation's mark over all entries.", "6f1d0c0a")]


class ImportedOut(Shape, frozen=True, kw_only=True):
    """What an import added."""

    entries: Annotated[int, about("How many entries the document has.", 12)]
    added: Annotated[int, about("Elements that were missing; 0 if the document was imported before.", 30)]


class CheckedOut(Shape, frozen=True, kw_only=True):
    """What was looked at again after erasing."""

    keys_left: Annotated[tuple[str, ...], about("Keys of the user that still exist.", [])]
    journal_rows_left: Annotated[int, about("Rows of this host's journal that still name the user.", 0)]
    snapshot_left: Annotated[bool, about("Whether this host still keeps a snapshot of the user.", False)]
    append_only_file: Annotated[
        FileState,
        about("Not confirmed: the bundled server's file was not rewritten in time; see notReached.", "rewritten"),
    ]


class ErasedOut(Shape, frozen=True, kw_only=True):
    """The receipt of an erasure."""

    user_id: Annotated[str, about("Who was erased.", "user_4t7r2w9q5e8y1u3i6o0p")]
    erased_at: Annotated[Moment, about("When.")]
    conversations: Annotated[int, about("How many conversations were removed.", 4)]
    removed_keys: Annotated[tuple[str, ...], about("Keys that were removed.", ["user:u1:profile"])]
    checked: Annotated[CheckedOut, about("What was looked at again afterwards.")]
    hosts_not_confirmed: Annotated[
        tuple[str, ...], about("Other hosts that have not confirmed yet that they removed what they held.", [])
    ]
    kept: Annotated[str, about("The one key that stays, so that nothing written before comes back.", "user:u1:erased")]
    kept_until: Annotated[Moment, about("Until when it stays.")]
    not_reached: Annotated[tuple[str, ...], about("What Aira cannot remove, in words.", ["Backups you made."])]

    @classmethod
    def of(cls, receipt: ErasureReceipt) -> Self:
        """Return the receipt as it is shown."""
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
