"""The shapes of users/me."""

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from tempfile import TemporaryFile
from typing import IO, Any

import msgspec
from rest_framework import serializers
from rest_framework.exceptions import APIException
from rest_framework.parsers import BaseParser

from accounts.models import UserProfile
from accounts.privacy.erasure import ErasureReceipt
from accounts.services import NAME_MAX_LENGTH
from accounts.shapes import profile_out
from accounts.v1.session_serializers import PasswordField
from api.answers.schemas import DurableField
from api.requests.fields import StrictBooleanField, StrictCharField, StrictIntegerField, StrictSerializer
from redis_models.schema.identifiers import EMAIL_MAX_LENGTH

DOCUMENT_MAX_BYTES = 512 * 1024 * 1024
READ_BYTES = 256 * 1024


class ProfileOut(StrictSerializer):
    """Who a user is."""

    id = StrictCharField()
    email = StrictCharField()
    name = StrictCharField()
    plan = serializers.ChoiceField(choices=["free", "plus", "premium"])
    joinedAt = StrictCharField(allow_null=True)
    createdAt = StrictIntegerField(allow_null=True)
    timeZone = StrictCharField(allow_null=True)


class ChangedProfileOut(ProfileOut):
    """Who a user is after a change, and what that rests on."""

    state = serializers.ChoiceField(choices=["stored", "pending"])
    durable = DurableField(required=False)


class ProfileIn(StrictSerializer):
    """What a user may change about itself."""

    name = StrictCharField(max_length=NAME_MAX_LENGTH, required=False)
    timeZone = StrictCharField(max_length=64, required=False, help_text="An IANA name, such as Europe/Berlin.")


class EmailIn(StrictSerializer):
    """Another email; who has a password proves it."""

    email = StrictCharField(max_length=EMAIL_MAX_LENGTH)
    password = PasswordField(required=False)


class ImportedOut(StrictSerializer):
    """What an import added."""

    entries = StrictIntegerField()
    added = StrictIntegerField(help_text="Elements that were missing; 0 where the document was imported before.")


class CheckedOut(StrictSerializer):
    """What was looked at again after erasing."""

    keysLeft = serializers.ListField(child=StrictCharField())
    journalRowsLeft = StrictIntegerField()
    snapshotLeft = StrictBooleanField()
    appendOnlyFile = serializers.ChoiceField(
        choices=["rewritten", "not ours", "not confirmed"],
        help_text="Not confirmed: the bundled server's file was not rewritten in time; it is named in notReached.",
    )


class ErasedOut(StrictSerializer):
    """The receipt of an erasure."""

    userId = StrictCharField()
    erasedAt = StrictCharField()
    conversations = StrictIntegerField()
    removedKeys = serializers.ListField(child=StrictCharField())
    checked = CheckedOut()
    hostsNotConfirmed = serializers.ListField(
        child=StrictCharField(), help_text="Other hosts that have not confirmed yet that they removed what they held."
    )
    kept = StrictCharField(help_text="The one key that stays, so that nothing written before comes back.")
    keptUntil = StrictCharField()
    notReached = serializers.ListField(child=StrictCharField())


class DocumentTooLarge(APIException):
    """The document is larger than any export should be."""

    status_code = 413
    default_detail = "The document is too large"
    default_code = "body_too_large"


class DocumentParser(BaseParser):
    """Leaves the body where it is, however large it is; the view finds it as `document`."""

    media_type = "*/*"

    def parse(
        self,
        stream: IO[bytes],
        media_type: str | None = None,  # noqa: ARG002 (DRF's signature)
        parser_context: Mapping[str, Any] | None = None,  # noqa: ARG002
    ) -> dict[str, IO[bytes]]:
        """Return the stream, unread."""
        return {"document": stream}


@contextmanager
def spooled(stream: IO[bytes]) -> Iterator[IO[bytes]]:
    """Keep the stream in a file without a name for as long as the block takes; raises DocumentTooLarge."""
    with TemporaryFile() as document:
        while piece := stream.read(READ_BYTES):
            document.write(piece)
            if document.tell() > DOCUMENT_MAX_BYTES:
                raise DocumentTooLarge
        yield document


def document_digest(document: IO[bytes]) -> str:
    """Return what tells the document from another one."""
    document.seek(0)
    return hashlib.file_digest(document, "sha256").hexdigest()[:32]  # type: ignore[arg-type]  # any file will do


def me_out(profile: UserProfile) -> dict[str, Any]:
    """Return the user's own profile."""
    return profile_out(profile) | {"timeZone": profile.time_zone or None}


def me_version(shown: dict[str, Any]) -> str:
    """Return the version of a profile as it is shown."""
    return hashlib.sha256(msgspec.json.encode(shown, order="deterministic")).hexdigest()[:32]


def receipt_out(receipt: ErasureReceipt) -> dict[str, Any]:
    """Return the receipt of an erasure."""
    return {
        "userId": receipt.user_id,
        "erasedAt": receipt.erased_at,
        "conversations": receipt.conversations,
        "removedKeys": receipt.removed_keys,
        "checked": {
            "keysLeft": receipt.keys_left,
            "journalRowsLeft": receipt.journal_rows_left,
            "snapshotLeft": receipt.is_snapshot_left,
            "appendOnlyFile": receipt.append_only_file,
        },
        "hostsNotConfirmed": receipt.hosts_not_confirmed,
        "kept": receipt.kept,
        "keptUntil": receipt.kept_until,
        "notReached": receipt.not_reached,
    }
