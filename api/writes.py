"""Which requests were answered, as writes. Pure; none waits in the journal, since an answer is for now."""

from redis_models.operations.write import Write
from redis_models.schema import keys


def request_begin(*, user_id: str, digest: str, token: str, body_digest: str, at: int) -> Write:
    """Begin to answer the request with this key's `digest`; `token` is the attempt's own."""
    all_keys = (keys.erased(user_id), *keys.requests(user_id))
    return Write(user_id, "api.request_begin.1", all_keys, (digest, token, body_digest), at, deferrable=False)


def request_end(*, user_id: str, digest: str, token: str, answer: str, at: int) -> Write:
    """Keep the answer (JSON), or with an empty one forget that the attempt began."""
    all_keys = (keys.erased(user_id), *keys.requests(user_id))
    return Write(user_id, "api.request_end.1", all_keys, (digest, token, answer), at, deferrable=False)
