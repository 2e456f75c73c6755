"""`ETag` and `If-Match`: a change is made to the version that the client saw, or not at all (412).

A version is any text that changes with the stored thing (a time in ms, a digest). Comparing it before the write tells a
client that comes late; where two changes at the same moment must not both pass, hand `expected_version` to the script.
"""

import base64

from rest_framework.request import Request

from api.errors import PreconditionFailed


def etag(version: str) -> str:
    """Return the strong entity tag of the version, for the header ETag."""
    return f'"{base64.urlsafe_b64encode(version.encode()).decode().rstrip("=")}"'


def expected_versions(request: Request) -> list[str] | None:
    """Return the tags that If-Match names; None where there is no such header or it is `*`."""
    header = request.headers.get("If-Match", "*").strip()
    return None if header == "*" else [tag.strip() for tag in header.split(",")]


def require_match(request: Request, *, version: str) -> None:
    """Raise PreconditionFailed where If-Match names other versions than the stored one."""
    expected = expected_versions(request)
    if expected is not None and etag(version) not in expected:
        raise PreconditionFailed
