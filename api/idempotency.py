"""`Idempotency-Key`: a repeated request gets the same answer, and nothing is done twice.

The answer is kept in Redis for a day, in the user's own slot. While Redis is away, only this process keeps it. Repeated
writes are then duplicates because their ids are derived from user and key (`RequestKey.derived_id`). So a view must
take new ids from the key if the request has one.
"""

import hashlib
import secrets
import string
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import msgspec
from rest_framework.request import Request
from rest_framework.response import Response

from api import writes
from api.errors import RequestInFlight, RequestKeyReused, WrongFields
from redis_models.errors import RedisUnavailable
from redis_models.health.clock import now_ms
from redis_models.offline import fallback
from redis_models.operations.write import Outcome, Receipt, Write
from redis_models.writer import submit
from texts.typed_json import decoder

KEY_MAX_LENGTH = 255
ANSWER_MAX_BYTES = 64 * 1024
KEPT_HEADERS = ("ETag", "Location")
_ALPHABET = string.digits + string.ascii_lowercase


class KeptAnswer(msgspec.Struct, frozen=True):
    """A kept answer: status, body as JSON objects, and the headers named in `KEPT_HEADERS`."""

    status: int
    body: Any
    headers: dict[str, str]


@dataclass(frozen=True, slots=True)
class RequestKey:
    """A client's Idempotency-Key, and the digest of the request's body if that is compared. Only digests are stored."""

    key: str
    body_digest: str = ""

    @property
    def digest(self) -> str:
        """Return the digest that identifies the key in Redis."""
        return hashlib.sha256(self.key.encode()).hexdigest()[:32]

    def derived_id(self, user_id: str, *, prefix: str) -> str:
        """Return `prefix` and 20 characters of a-z0-9, derived from user and key, as the id of a new resource."""
        letters, _ = _drawn(20, from_text=f"{prefix}\n{user_id}\n{self.key}")
        return f"{prefix}_{letters}"

    def derived_chat_id(self, user_id: str) -> str:
        """Return `chat_`, 13 digits and 9 characters of a-z0-9, derived from user and key, as the id of a new chat."""
        letters, rest = _drawn(9, from_text=f"{user_id}\n{self.key}")
        return f"chat_{10**12 + rest % (9 * 10**12)}_{letters}"


def request_key(request: Request) -> RequestKey | None:
    """Return the request's Idempotency-Key; None if it has none. Raises WrongFields."""
    key = request.headers.get("Idempotency-Key")
    if key is None:
        return None
    if 0 < len(key) <= KEY_MAX_LENGTH and key.isprintable():
        return RequestKey(key)
    raise WrongFields({"Idempotency-Key": f"Idempotency-Key must be 1 to {KEY_MAX_LENGTH} printable characters."})


def new_id(user_id: str, key: RequestKey | None, *, prefix: str) -> str:
    """Return the id of a new resource: derived if the request has a key, else random."""
    if key is not None:
        return key.derived_id(user_id, prefix=prefix)
    return f"{prefix}_{_random(20)}"


def new_chat_id(user_id: str, key: RequestKey | None, *, at: int) -> str:
    """Return `chat_<ms>_<9 of a-z0-9>`, the contract's form: derived if the request has a key, else with `at`."""
    return f"chat_{at}_{_random(9)}" if key is None else key.derived_chat_id(user_id)


def _random(count: int) -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(count))


def _drawn(count: int, *, from_text: str) -> tuple[str, int]:
    """Return `count` letters derived from the text's digest, and the rest of the digest as a number."""
    number = int.from_bytes(hashlib.sha256(from_text.encode()).digest())
    letters = []
    for _ in range(count):
        number, index = divmod(number, len(_ALPHABET))
        letters.append(_ALPHABET[index])
    return "".join(letters), number


def once(
    request: Request,
    *,
    user_id: str,
    answer: Callable[[], Response],
    body_digest: Callable[[Request], str] | None = None,
) -> Response:
    """Return the kept answer if the user sent this request before; else return and keep the result of `answer`.

    Errors are not kept, so the request may be corrected and sent again with the same key. Answers above 64 KiB are not
    kept either: a repeated request calls `answer` again. `body_digest` is required if the body is not JSON. Raises
    RequestKeyReused, RequestInFlight and WrongFields.
    """
    key = request_key(request)
    if key is None:
        return answer()
    turn = Turn(user_id, key.digest, (body_digest or _body_digest)(request))
    kept = turn.begin()
    if kept is not None:
        headers = kept.headers | {"Idempotency-Replayed": "true"}
        return Response(kept.body, status=kept.status, headers=headers)
    try:
        response = answer()
    except BaseException:
        turn.give_up()
        raise
    turn.finish(response)
    return response


class Turn:
    """One attempt to answer a request. `token` identifies the attempt, even if its script runs twice."""

    def __init__(self, user_id: str, digest: str, body_digest: str) -> None:
        self._request = {"user_id": user_id, "digest": digest, "token": secrets.token_hex(8)}
        self._body_digest = body_digest

    def begin(self) -> KeptAnswer | None:
        """Return the kept answer; None if this attempt has to make it. Raises RequestKeyReused and RequestInFlight."""
        receipt = _applied(writes.request_begin(**self._request, body_digest=self._body_digest, at=now_ms()))
        if receipt.outcome is Outcome.DUPLICATE:
            return decoder(KeptAnswer).decode(receipt.reply[0])
        if receipt.outcome is Outcome.CONFLICT:
            raise RequestKeyReused if receipt.reply == ("body",) else RequestInFlight
        return None

    def finish(self, response: Response) -> None:
        """Keep the answer, unless it is an error or too large.

        Without a kept answer, a repeated request is processed again, with the same derived ids.
        """
        headers = {name: response[name] for name in KEPT_HEADERS if name in response}
        kept = msgspec.json.encode(KeptAnswer(response.status_code, response.data, headers))
        is_kept = response.status_code < 400 and len(kept) <= ANSWER_MAX_BYTES
        _applied(writes.request_end(**self._request, answer=kept.decode() if is_kept else "", at=now_ms()))

    def give_up(self) -> None:
        """Give up the turn, so that another attempt may begin at once."""
        _applied(writes.request_end(**self._request, answer="", at=now_ms()))


def _applied(write: Write) -> Receipt:
    try:
        return submit(write)
    except RedisUnavailable:
        return fallback.apply(write)


def _body_digest(request: Request) -> str:
    canonical = msgspec.json.encode([request.method, request.path, request.data], order="deterministic")
    return hashlib.sha256(canonical).hexdigest()[:32]
