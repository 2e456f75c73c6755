"""Documents that are too large for memory: they are read piece by piece, into a temporary file."""

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from tempfile import TemporaryFile
from typing import IO, Any

from rest_framework.parsers import BaseParser

from api.errors import BodyTooLarge

DOCUMENT_MAX_BYTES = 512 * 1024 * 1024
READ_BYTES = 256 * 1024


class DocumentParser(BaseParser):
    """Pass the body on unread, whatever its size; the view finds the stream as `document`."""

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
    """Copy the stream to a temporary file, which exists while the block runs; raises BodyTooLarge."""
    with TemporaryFile() as document:
        while piece := stream.read(READ_BYTES):
            document.write(piece)
            if document.tell() > DOCUMENT_MAX_BYTES:
                raise BodyTooLarge("The document is too large")
        yield document


def document_digest(document: IO[bytes]) -> str:
    """Return a digest of the document: the first 32 hex characters of its SHA-256."""
    document.seek(0)
    return hashlib.file_digest(document, "sha256").hexdigest()[:32]  # type: ignore[arg-type]  # any file works
