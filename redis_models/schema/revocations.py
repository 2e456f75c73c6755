"""The names of what can be revoked, and the write that tells a revocation to all hosts.

    aira:revoked         zset of name -> when it was told (us, by the server's clock)
    aira:revoked:until   hash of name -> the time (ms) up to which it holds: what began later is not revoked

Both keep 30 days, and 200 000 names at most. A name holds a digest, never the id of a user or a session. That of a
session depends on its user, so nobody ends the session of somebody else by its id.
"""

import hashlib

from redis_models.operations.write import NOBODY, Write
from redis_models.schema import erasure_keys


def of_session(user_id: str, session_id: str) -> str:
    """Return the name of a session; it is revoked whatever the time."""
    return f"session:{_digest(f'{user_id}:{session_id}')}"


def of_person(user_id: str) -> str:
    """Return the name of all sessions of a person that began up to the revocation's time."""
    return f"person:{_digest(user_id)}"


def of_service_key(digest: str) -> str:
    """Return the name of a service key by its digest; it is revoked whatever the time."""
    return f"key:{_digest(digest)}"


def telling(name: str, *, at: int) -> Write:
    """Return the step that tells all hosts that `name` is revoked as far as it began up to `at` (ms)."""
    return Write(NOBODY, "redis_models.revoke.1", erasure_keys.revoked(), (name,), at, deferrable=False)


def _digest(text: str) -> str:
    return hashlib.sha256(f"aira.revoked:{text}".encode()).hexdigest()[:32]
