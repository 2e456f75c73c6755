"""Erasures that are not finished: one hash, which any host goes on with, and a receipt for each.

    aira:erasures:unfinished         hash of digest -> the time (ms) until which a host has it, and the erasure (JSON)
    aira:erasures:receipt:{digest}   hash: the open receipt and the final one (JSON), for 30 days

The digest is that of a random token, which only the person gets.
"""

import hashlib
import secrets
from collections.abc import Mapping

import msgspec

from redis_models import gateway
from redis_models.operations.read import Read
from redis_models.operations.write import NOBODY, Write
from redis_models.schema import erasure_keys, revocations
from redis_models.writer import submit
from texts.typed_json import decoder

TAKEN_AT_ONCE = 10


class Unfinished(msgspec.Struct, frozen=True, rename="camel"):
    """An erasure: who, when (ms by the server's clock), and how many conversations there were."""

    user_id: str
    at: int
    conversations: int


def new_token() -> str:
    """Return a token that nobody can guess, of 32 letters, digits, _ or -."""
    return secrets.token_urlsafe(24)


def digest_of(token: str) -> str:
    """Return the digest by which Redis knows the token."""
    return hashlib.sha256(f"aira.erasure:{token}".encode()).hexdigest()[:32]


def note(digest: str, erasure: Unfinished, *, receipt: str) -> Write:
    """Return the write that notes an erasure as unfinished, opens its receipt (JSON), and ends the user's sessions."""
    args = (digest, msgspec.json.encode(erasure).decode(), receipt, revocations.of_person(erasure.user_id))
    all_keys = (*_keys(digest), *erasure_keys.revoked())
    return Write(NOBODY, "redis_models.unfinished_note.1", all_keys, args, erasure.at, deferrable=False)


def end(digest: str, *, receipt: str, at: int) -> Write:
    """Return the write that closes an erasure with its receipt (JSON)."""
    return Write(NOBODY, "redis_models.unfinished_end.1", _keys(digest), (digest, receipt), at, deferrable=False)


def taking(*, at: int) -> Write:
    """Return the write that takes up to 10 erasures that no host has gone on with for 60 s."""
    all_keys = (erasure_keys.unfinished(),)
    return Write(NOBODY, "redis_models.unfinished_take.1", all_keys, (str(TAKEN_AT_ONCE),), at, deferrable=False)


def taken(*, at: int) -> Mapping[str, Unfinished]:
    """Take erasures to go on with, by their digests; raises RedisUnavailable."""
    found = submit(taking(at=at)).reply
    decode = decoder(Unfinished).decode
    return {digest: decode(text) for digest, text in zip(found[::2], found[1::2], strict=True)}


def receipt(token: str) -> str | None:
    """Return the receipt (JSON) for the token; None if there is none. Raises RedisUnavailable."""
    found = gateway.read(Read(NOBODY, "redis_models.erasure_receipt.1", (erasure_keys.receipt(digest_of(token)),)))
    return None if found is None else str(found)


def _keys(digest: str) -> tuple[str, str]:
    return erasure_keys.unfinished(), erasure_keys.receipt(digest)
