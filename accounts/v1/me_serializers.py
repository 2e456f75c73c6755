"""What users send about themselves under /api/v1."""

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from tempfile import TemporaryFile
from typing import IO, Any

from rest_framework.parsers import BaseParser

from accounts.services import NAME_MAX_LENGTH
from accounts.v1.session_serializers import PasswordField
from api.errors import BodyTooLarge
from api.requests.fields import StrictCharField, StrictSerializer
from redis_models.schema.identifiers import EMAIL_MAX_LENGTH

DOCUMENT_MAX_BYTES = 512 * 1024 * 1024
READ_BYTES = 256 * 1024


class ProfileIn(StrictSerializer):
    """What a user may change about itself."""

    example = {"name": "Ann", "timeZone": "Europe/Berlin"}
    name = StrictCharField(max_length=NAME_MAX_LENGTH, required=False, help_text="The name to greet the user with.")
    timeZone = StrictCharField(max_length=64, required=False, help_text="An IANA name, such as Europe/Berlin.")


class EmailIn(StrictSerializer):
    """Another email; who has a password proves it."""

    example = {"email": "ann@example.org", "password": "correct horse battery"}
    email = StrictCharField(max_length=EMAIL_MAX_LENGTH, help_text="The new email.")
    password = PasswordField(required=False, help_text="The current password; needed if there is one.")


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
    """Keep the stream in a file without a name for as long as the block takes; raises BodyTooLarge."""
    with TemporaryFile() as document:
        while piece := stream.read(READ_BYTES):
            document.write(piece)
            if document.tell() > DOCUMENT_MAX_BYTES:
                raise BodyTooLarge("The document is too large")
        yield document


def document_digest(document: IO[bytes]) -> str:
    """Return what tells the document from another one."""
    document.seek(0)
    return hashlib.file_digest(document, "sha256").hexdigest()[:32]  # type: ignore[arg-type]  # any file will do
