"""What the head of a request says about its body, what is refused by it, and the answers to refused bodies."""

from dataclasses import dataclass, field
from typing import Protocol, Self

import msgspec
from django.conf import settings

from accounts.access.authentication import CHALLENGE
from api.answers.problems import CONTENT_TYPE, Problem
from api.answers.shapes import ErrorOut
from api.errors import BodyTooLarge
from api.requests.content import V1_PREFIX
from chat.safety.talking import is_talking, with_help

LARGEST_BODY_BYTES = 8 * 1024 * 1024
LARGEST_OF_PATH = {"/api/v1/users/me/import": 512 * 1024 * 1024}
RETRY_AFTER_S = 2

NO_LENGTH = Problem(411, "A body needs a Content-Length", "length_required")
TOO_LARGE = Problem(BodyTooLarge.status_code, BodyTooLarge.default_detail, BodyTooLarge.default_code)
TOO_SLOW = Problem(408, "The body did not arrive in time", "body_too_slow")
INCOMPLETE = Problem(400, "The body is not complete", "bad_request")
BUSY = Problem(503, "Too many bodies arrive at this moment. Please try again.", "bodies_busy")
KEYS_UNKNOWN = Problem(503, "The identity provider's keys are not known yet. Please try again.", "provider_unavailable")


class BodyRefused(Exception):
    """The body is refused; `problem` is the answer."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.detail)
        self.problem = problem


class ClientGone(Exception):
    """The client ended the connection before the body was whole, so nobody waits for an answer."""


class Headers(Protocol):
    """Headers by their names in lower case, of any server."""

    def get(self, name: str, /) -> str | None:
        """Return the text of a header; None if the request lacks it."""
        ...


@dataclass(frozen=True, slots=True)
class Head:
    """What the head of a request says about its body and its sender: the texts of headers, None if it lacks them."""

    path: str
    length: str | None
    transfer_encoding: str | None = None
    authorization: str | None = field(default=None, repr=False)
    cookie: str | None = field(default=None, repr=False)
    origin: str | None = None

    @classmethod
    def of(cls, path: str, headers: Headers) -> Self:
        """Return the head of a request with these headers, whose names are in lower case."""
        names = ("content-length", "transfer-encoding", "authorization", "cookie", "origin")
        return cls(path, *map(headers.get, names))

    @property
    def bound(self) -> int:
        """Return how many bytes the body may have."""
        return LARGEST_OF_PATH.get(self.path, LARGEST_BODY_BYTES)


def require_acceptable(head: Head) -> None:
    """Raise BodyRefused if the head alone says that the body cannot be accepted."""
    if head.transfer_encoding and head.transfer_encoding.strip().lower() != "chunked":
        raise BodyRefused(Problem(400, "The only Transfer-Encoding that is accepted is chunked", "bad_request"))
    if not head.length:
        return
    if not (head.length.isascii() and head.length.isdecimal() and len(head.length) < 20):
        raise BodyRefused(Problem(400, "Content-Length is not a number", "bad_request"))
    if int(head.length) > head.bound:
        raise BodyRefused(TOO_LARGE)


def encoded(problem: Problem, head: Head) -> tuple[bytes, dict[str, str]]:
    """Return the body and the headers of the answer to a refused body. The connection is closed after it."""
    is_v1 = head.path.startswith(V1_PREFIX)
    shape = problem.document() if is_v1 else ErrorOut(error=problem.detail)
    body = msgspec.json.encode(with_help(shape) if is_talking(head.path) else shape)
    headers = {
        "content-type": CONTENT_TYPE if is_v1 else "application/json",
        "content-length": str(len(body)),
        "connection": "close",
    }
    return body, headers | _of_status(problem.status) | _of_origin(head.origin)


def _of_status(status: int) -> dict[str, str]:
    if status == 401:
        return {"www-authenticate": CHALLENGE}
    return {"retry-after": str(RETRY_AFTER_S)} if status == 503 else {}


def _of_origin(origin: str | None) -> dict[str, str]:
    """Return the headers without which a browser does not show the answer to a page of another origin."""
    if origin not in settings.AIRA_CORS_ORIGINS:
        return {}
    return {
        "access-control-allow-origin": origin,
        "access-control-allow-credentials": "true",
        "vary": "origin",
    }
