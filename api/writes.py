"""The writes for kept answers, as data. Not deferrable, because a kept answer is only needed for a short time."""

from redis_models.operations.write import Write
from redis_models.schema import keys


def request_begin(*, user_id: str, digest: str, token: str, body_digest: str, at: int) -> Write:
    """Begin an attempt to answer the request whose key has this `digest`; `token` identifies the attempt."""
    all_keys = (keys.erased(user_id), *keys.requests(user_id))
    return Write(user_id, "api.request_begin.1", all_keys, (digest, token, body_digest), at, deferrable=False)


def request_end(*, user_id: str, digest: str, token: str, answer: str, at: int) -> Write:
    """Keep the answer (JSON); if it is empty, forget the attempt."""
    all_keys = (keys.erased(user_id), *keys.requests(user_id))
    return Write(user_id, "api.request_end.1", all_keys, (digest, token, answer), at, deferrable=False)
