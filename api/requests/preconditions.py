"""`ETag` and `If-Match`: a change is made only to the version that the client has seen, else it is refused (412).

A version is any text that changes with the stored resource (a time in ms, a digest). `require_match` compares it before
the write. If two concurrent changes must not both succeed, pass `expected_versions` to the script instead.
"""

import base64

from rest_framework.request import Request

from api.errors import PreconditionFailed


def etag(version: str) -> str:
    """Return the strong entity tag of the version, for the ETag header."""
    return f'"{base64.urlsafe_b64encode(version.encode()).decode().rstrip("=")}"'


def expected_versions(request: Request) -> list[str] | None:
    """Return the tags in If-Match; None if there is no such header or it is `*`."""
    header = request.headers.get("If-Match", "*").strip()
    return None if header == "*" else [tag.strip() for tag in header.split(",")]


def require_match(request: Request, *, version: str) -> None:
    """Raise PreconditionFailed if If-Match does not name the stored version."""
    expected = expected_versions(request)
    if expected is not None and etag(version) not in expected:
        raise PreconditionFailed
