"""The registry's writes as data: the keys and arguments of each script; the services submit them.

Pure, except that the request of each claim gets a random name.
"""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from redis_models.operations.write import NOBODY, Write
from redis_models.schema import keys

CLAIM_IS_OLD_MS = 15 * 60 * 1000
SHOWN_OF_PROFILE = ("name", "timeZone", "email", "plan", "joinedAt")
"""The fields that a profile's version depends on, in the order of the script's ARGV."""


@dataclass(frozen=True, slots=True)
class Rotation:
    """The replacement of a refresh token; `generation` is the new token's, `request` a digest of the request's key."""

    session_id: str
    created_ms: int
    generation: int
    old_digest: str
    new_digest: str
    request: str


def registration(*, user_id: str, email: str, name: str, plan: str, at: int, instead_of: str = "") -> Write:
    """Register a user. `email` must be normalised; `plan` is empty if the caller may not choose it.

    On a cluster, a separate write claims the email before the profile is written, and the claim is undone if the
    profile's write is refused. That claim takes over an old one of `instead_of`, a user who was found to have no
    profile with this email.
    """
    of_user, claim_keys = (keys.erased(user_id), keys.profile(user_id)), _claim_keys(email)
    args = (user_id, email, name, plan)
    if keys.share_a_server(*of_user, *claim_keys):
        return Write(user_id, "accounts.register.1", (*of_user, *claim_keys), args, at, claim=email)
    claim, release = _claim_and_undo(user_id=user_id, email=email, at=at, instead_of=instead_of)
    return Write(user_id, "accounts.register_profile.1", of_user, args, at, claim=email, before=claim, undo=release)


def _claim_and_undo(*, user_id: str, email: str, at: int, instead_of: str = "") -> tuple[Write, Write]:
    """Return the write that claims the email on a cluster, and the one that undoes this claim."""
    all_keys, request = (*_claim_keys(email), keys.email_claimed_by(email)), secrets.token_hex(8)
    claim = Write(user_id, "accounts.claim.1", all_keys, (user_id, instead_of, str(CLAIM_IS_OLD_MS), request), at)
    return claim, _release(user_id=user_id, email=email, at=at, request=request)


def _release(*, user_id: str, email: str, at: int, request: str = "") -> Write:
    all_keys = (*_claim_keys(email), keys.email_claimed_by(email))
    return Write(user_id, "accounts.release.1", all_keys, (user_id, request), at, deferrable=False)


def _claim_keys(email: str) -> tuple[str, str]:
    return keys.email_claim(email), keys.email_claimed_at(email)


def plan_change(*, user_id: str, plan: str, at: int) -> Write:
    """Set a user's plan; the latest decision wins."""
    return Write(user_id, "accounts.plan.1", (keys.erased(user_id), keys.profile(user_id)), (plan,), at)


def sign_up(*, user_id: str, email: str, name: str, encoded: str, at: int, instead_of: str = "") -> Write:
    """Register a user who signs in with a password; `encoded` is its hash. On a cluster this takes two writes."""
    of_user, (claim_key, claimed_at_key) = (keys.erased(user_id), keys.profile(user_id)), _claim_keys(email)
    args, credential = (user_id, email, name, encoded), keys.credential(user_id)
    if keys.share_a_server(*of_user, claim_key):
        with_claim = (*of_user, claim_key, credential, claimed_at_key)
        return Write(user_id, "accounts.sign_up.1", with_claim, args, at, email, deferrable=False)
    claim, release = _claim_and_undo(user_id=user_id, email=email, at=at, instead_of=instead_of)
    script, all_keys = "accounts.sign_up_profile.1", (*of_user, credential)
    return Write(user_id, script, all_keys, args, at, email, deferrable=False, before=claim, undo=release)


def password_change(*, user_id: str, encoded: str, at: int) -> Write:
    """Replace the user's password; the latest one wins."""
    all_keys = (keys.erased(user_id), keys.credential(user_id))
    return Write(user_id, "accounts.password.1", all_keys, (encoded,), at, deferrable=False)


def profile_change(*, user_id: str, name: str, time_zone: str, at: int, seen: Mapping[str, str] | None = None) -> Write:
    """Change the user's name or time zone; an empty text changes nothing.

    With `seen`, the change applies only if the profile is still the same.
    """
    all_keys = (keys.erased(user_id), keys.profile(user_id))
    expected = () if seen is None else tuple(seen.get(field, "") for field in SHOWN_OF_PROFILE)
    return Write(user_id, "accounts.profile_change.1", all_keys, (name, time_zone, *expected), at)


def email_change(*, user_id: str, new: str, old: str, at: int, instead_of: str = "") -> Write:
    """Change the user's email; both must be normalised. On a cluster, submit `email_release` of the old one next."""
    of_user, args = (keys.erased(user_id), keys.profile(user_id)), (user_id, new, old)
    claims = [key for both in zip(_claim_keys(new), _claim_keys(old), strict=True) for key in both]
    if keys.share_a_server(*of_user, *claims):
        return Write(user_id, "accounts.email.1", (*of_user, *claims), args, at, new, deferrable=False)
    claim, release = _claim_and_undo(user_id=user_id, email=new, at=at, instead_of=instead_of)
    script = "accounts.email_profile.1"
    return Write(user_id, script, of_user, args, at, new, deferrable=False, before=claim, undo=release)


def email_release(*, user_id: str, email: str, at: int) -> Write:
    """Release the email if it is the user's by a claim that is not newer than this."""
    return _release(user_id=user_id, email=email, at=at)


def email_claiming(*, user_id: str, token: str, email: str, at: int) -> Write:
    """Claim the email if it is free; `token` as in `importing`."""
    if keys.share_a_server(keys.profile(user_id), keys.email_claim(email)):
        claims = _claim_keys(email)
        claim = importing(user_id=user_id, token=token, all_keys=claims, kind="claim", elements=[user_id], at=at)
    else:
        claim, _ = _claim_and_undo(user_id=user_id, email=email, at=at)
    return replace(claim, claim=email, deferrable=False)


def importing(
    *,
    user_id: str,
    token: str,
    all_keys: Sequence[str],
    kind: str,
    elements: Sequence[str],
    at: int,
    conversation: str = "",
) -> Write:
    """Add elements of an export to one key. A second key is that of messages' ids, or of a claim's time.

    `conversation` is the id of the conversation that the key belongs to, or "*" if the elements are named by the ids of
    conversations. `token` is new for each write, so that the write changes nothing if it is applied again.
    """
    before = (keys.erased(user_id), keys.imported(user_id), keys.deleted(user_id), keys.moods(user_id))
    args = (token, kind, conversation, *elements)
    return Write(user_id, "accounts.import.2", (*before, *all_keys), args, at, deferrable=False)


def session_open(*, user_id: str, session_id: str, digest: str, at: int) -> Write:
    """Open a session; `digest` is the digest of its first refresh token."""
    all_keys = (keys.erased(user_id), keys.sessions(user_id))
    return Write(user_id, "accounts.session_open.1", all_keys, (session_id, digest), at, deferrable=False)


def session_rotate(*, user_id: str, rotation: Rotation, at: int) -> Write:
    """Replace a session's refresh token."""
    args = (
        rotation.session_id,
        str(rotation.created_ms),
        str(rotation.generation),
        rotation.old_digest,
        rotation.new_digest,
        rotation.request,
    )
    all_keys = (keys.erased(user_id), keys.sessions(user_id))
    return Write(user_id, "accounts.session_rotate.1", all_keys, args, at, deferrable=False)


def session_end(*, user_id: str, session_id: str, at: int) -> Write:
    """End a session or, with an empty id, all created up to `at`. It waits in the journal during an outage."""
    all_keys = (keys.erased(user_id), keys.sessions(user_id))
    return Write(user_id, "accounts.session_end.1", all_keys, (session_id,), at)


def erasure_begin(*, user_id: str, at: int, note: Write | None = None) -> Write:
    """Set the tombstone, which voids every earlier write; `note` is a step before it.

    It is a write of nobody, so that it stays in the journal when the user's writes are forgotten.
    """
    all_keys = (keys.erased(user_id), keys.profile(user_id))
    return Write(NOBODY, "accounts.erase_begin.1", all_keys, (), at, before=note)


def erasure(*, user_id: str, ids: Sequence[str], at: int) -> Write:
    """Remove these conversations as far as they are older than `at`, and everything else once no older one is left."""
    named = (keys.conversations(user_id), keys.summaries(user_id), keys.stats(user_id), keys.active_days(user_id))
    others = [key for key in (*keys.of_user(user_id), *keys.beside_snapshot(user_id)) if key not in named]
    of_each = (key for conversation_id in ids for key in keys.of_conversation(user_id, conversation_id))
    all_keys = (keys.erased(user_id), *named, *others, *of_each)
    return Write(NOBODY, "accounts.erase.1", all_keys, (str(len(others)), *ids), at, deferrable=False)


def erasure_of_claim(*, user_id: str, email: str, at: int) -> Write:
    """Release the email of an erased user, unless the user has registered it again since."""
    of_email, of_user = _claim_keys(email), (keys.erased(user_id), keys.profile(user_id))
    if not keys.share_a_server(*of_user, *of_email):
        return replace(_release(user_id=user_id, email=email, at=at), user_id=NOBODY)
    return Write(NOBODY, "accounts.erase_claim.1", (*of_user, *of_email), (user_id, email), at, deferrable=False)


def service_key(*, digest: str, encoded: str, at: int) -> Write:
    """Store a service key (JSON) or its revocation."""
    return Write(NOBODY, "accounts.service_key.1", (keys.SERVICE_KEYS,), (digest, encoded), at, deferrable=False)
