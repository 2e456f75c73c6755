"""The registry's writes as data: the keys and arguments of each script; the services submit them.

Pure, except that the request of each claim gets a random name.
"""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from accounts.models import Credential
from redis_models.operations.claims import Origin, claim_on
from redis_models.operations.write import NOBODY, Write
from redis_models.schema import email_keys, keys, revocations

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


def registration(
    *,
    user_id: str,
    email: str,
    name: str,
    plan: str,
    at: int,
    origin: Origin = Origin.OPERATOR,
    instead_of: str = "",
) -> Write:
    """Register a user. `email` must be normalised; `plan` is empty if the caller may not choose it.

    On a cluster, a separate write claims the email before the profile is written, and the claim is undone if the
    profile's write is refused. That claim takes over an old one of `instead_of`, a user who was found to have no
    profile with this email.
    """
    of_user, claim_keys = (keys.erased(user_id), keys.profile(user_id)), _claim_keys(email)
    args, claimed = (user_id, email, name, plan), claim_on(email, origin)
    if keys.share_a_server(*of_user, *claim_keys):
        all_keys = (*of_user, *claim_keys)
        return Write(user_id, "accounts.register.1", all_keys, (*args, origin.value), at, claim=claimed)
    claim, release = _claim_and_undo(user_id=user_id, email=email, at=at, origin=origin, instead_of=instead_of)
    return Write(user_id, "accounts.register_profile.1", of_user, args, at, claim=claimed, before=claim, undo=release)


def _claim_and_undo(
    *, user_id: str, email: str, at: int, origin: Origin, instead_of: str = "", is_change: bool = False
) -> tuple[Write, Write]:
    """Return the write that claims the email on a cluster, and the one that undoes this claim."""
    request = secrets.token_hex(8)
    args = (user_id, instead_of, str(CLAIM_IS_OLD_MS), request, origin.value, str(int(is_change)))
    claim = Write(user_id, "accounts.claim.1", _keys_of_steps(email), args, at)
    return claim, _release(user_id=user_id, email=email, at=at, request=request)


def _release(*, user_id: str, email: str, at: int, request: str = "") -> Write:
    return Write(user_id, "accounts.release.1", _keys_of_steps(email), (user_id, request), at, deferrable=False)


def _claim_keys(email: str) -> tuple[str, str, str]:
    return email_keys.claim(email), email_keys.claimed_at(email), email_keys.claimants(email)


def _keys_of_steps(email: str) -> tuple[str, str, str, str]:
    """Return the keys of a claim on a cluster, where claiming and releasing are writes of their own."""
    return (*_claim_keys(email)[:2], email_keys.claimed_by(email), email_keys.claimants(email))


def plan_change(*, user_id: str, plan: str, at: int) -> Write:
    """Set a user's plan; the latest decision wins."""
    return Write(user_id, "accounts.plan.1", (keys.erased(user_id), keys.profile(user_id)), (plan,), at)


def sign_up(*, user_id: str, email: str, name: str, encoded: str, at: int, instead_of: str = "") -> Write:
    """Register a user who signs in with a password; `encoded` is its hash. On a cluster this takes two writes.

    Nobody says yet that the email is theirs.
    """
    of_user, (claim_key, *beside) = (keys.erased(user_id), keys.profile(user_id)), _claim_keys(email)
    args, credential, origin = (user_id, email, name, encoded), keys.credential(user_id), Origin.NONE
    claimed = claim_on(email, origin)
    if keys.share_a_server(*of_user, claim_key):
        with_claim = (*of_user, claim_key, credential, *beside)
        return Write(user_id, "accounts.sign_up.1", with_claim, (*args, origin.value), at, claimed, deferrable=False)
    claim, release = _claim_and_undo(user_id=user_id, email=email, at=at, origin=origin, instead_of=instead_of)
    script, all_keys = "accounts.sign_up_profile.1", (*of_user, credential)
    return Write(user_id, script, all_keys, args, at, claimed, deferrable=False, before=claim, undo=release)


def password_change(*, user_id: str, encoded: str, at: int) -> Write:
    """Replace the user's password; the latest one wins."""
    all_keys = (keys.erased(user_id), keys.credential(user_id))
    return Write(user_id, "accounts.password.1", all_keys, (encoded,), at, deferrable=False)


def password_renewal(*, user_id: str, encoded: str, known: Credential) -> Write:
    """Replace the hash of a password by another one of the same password.

    Its time is 1 ms after the known one's, so any change of the password wins, whichever runs first.
    """
    return password_change(user_id=user_id, encoded=encoded, at=known.at + 1)


def profile_change(*, user_id: str, name: str, time_zone: str, at: int, seen: Mapping[str, str] | None = None) -> Write:
    """Change the user's name or time zone; an empty text changes nothing.

    With `seen`, the change applies only if the profile is still the same.
    """
    all_keys = (keys.erased(user_id), keys.profile(user_id))
    expected = () if seen is None else tuple(seen.get(field, "") for field in SHOWN_OF_PROFILE)
    return Write(user_id, "accounts.profile_change.1", all_keys, (name, time_zone, *expected), at)


def email_change(
    *, user_id: str, new: str, old: str, at: int, origin: Origin = Origin.NONE, instead_of: str = ""
) -> Write:
    """Change the user's email; both must be normalised. On a cluster, submit `email_release` of the old one next.

    If both are the same email, `origin` is added to what is known of it.
    """
    of_user, args = (keys.erased(user_id), keys.profile(user_id)), (user_id, new, old)
    claims = [key for both in zip(_claim_keys(new), _claim_keys(old), strict=True) for key in both]
    claimed = claim_on(new, origin)
    if keys.share_a_server(*of_user, *claims):
        all_keys = (*of_user, *claims)
        return Write(user_id, "accounts.email.1", all_keys, (*args, origin.value), at, claimed, deferrable=False)
    claim, release = _claim_and_undo(
        user_id=user_id, email=new, at=at, origin=origin, instead_of=instead_of, is_change=new != old
    )
    script = "accounts.email_profile.1"
    return Write(user_id, script, of_user, args, at, claimed, deferrable=False, before=claim, undo=release)


def email_wanted(*, user_id: str, email: str, at: int) -> Write:
    """Note the email to which the user changes as soon as a link that was sent there is opened."""
    all_keys = (keys.erased(user_id), keys.profile(user_id))
    return Write(user_id, "accounts.email_wanted.1", all_keys, (email,), at, deferrable=False)


def link_use(*, user_id: str, link_id: str, at: int, encoded: str = "", confirms: bool = False) -> Write:
    """Use a link up: set the password with the hash `encoded`, or note that the user has proven who they are."""
    all_keys = (keys.erased(user_id), keys.links(user_id), keys.credential(user_id))
    args = (link_id, encoded, str(int(confirms)))
    return Write(user_id, "accounts.link_use.1", all_keys, args, at, deferrable=False)


def email_release(*, user_id: str, email: str, at: int) -> Write:
    """Release the email if it is the user's by a claim that is not newer than this."""
    return _release(user_id=user_id, email=email, at=at)


def email_claiming(*, user_id: str, token: str, email: str, at: int) -> Write:
    """Claim the email for the operator, unless it belongs to somebody else; `token` as in `importing`."""
    origin = Origin.OPERATOR
    if keys.share_a_server(keys.profile(user_id), email_keys.claim(email)):
        claims, elements = _claim_keys(email), [user_id, origin.value]
        claim = importing(user_id=user_id, token=token, all_keys=claims, kind="claim", elements=elements, at=at)
    else:
        claim, _ = _claim_and_undo(user_id=user_id, email=email, at=at, origin=origin)
    return replace(claim, claim=claim_on(email, origin), deferrable=False)


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
    """Add elements of an export to one key. Further keys are that of messages' ids, or those beside a claim.

    `conversation` is the id of the conversation that the key belongs to, or "*" if the elements are named by the ids of
    conversations. `token` is new for each write, so that the write changes nothing if it is applied again.
    """
    before = (keys.erased(user_id), keys.imported(user_id), keys.deleted(user_id), keys.moods(user_id))
    args = (token, kind, conversation, *elements)
    return Write(user_id, "accounts.import.2", (*before, *all_keys), args, at, deferrable=False)


def measuring(*, user_id: str, conversations: Sequence[str], at: int) -> Write:
    """Measure what an import added, with the messages of these conversations."""
    of_user = (keys.erased(user_id), keys.stats(user_id), keys.summaries(user_id), keys.mood_history(user_id))
    messages = (keys.of_conversation(user_id, each)[1] for each in conversations)
    return Write(user_id, "accounts.measure.1", (*of_user, *messages), tuple(conversations), at, deferrable=False)


def session_open(*, user_id: str, session_id: str, digest: str, at: int, browser: str = "") -> Write:
    """Open a session; `digest` is the digest of its first refresh token, `browser` the name of a browser."""
    all_keys, args = (keys.erased(user_id), keys.sessions(user_id)), (session_id, digest, browser)
    return Write(user_id, "accounts.session_open.1", all_keys, args, at, deferrable=False)


def session_confirm(*, user_id: str, session_id: str, created_ms: int, at: int) -> Write:
    """Note that the user has just proven who they are in this session, which was created at `created_ms`."""
    all_keys, args = (keys.erased(user_id), keys.sessions(user_id)), (session_id, str(created_ms))
    return Write(user_id, "accounts.session_confirm.1", all_keys, args, at, deferrable=False)


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
    """End a session or, with an empty id, all created up to `at`. It waits in the journal during an outage.

    A step before tells it to all hosts.
    """
    all_keys = (keys.erased(user_id), keys.sessions(user_id))
    name = revocations.of_session(user_id, session_id) if session_id else revocations.of_person(user_id)
    before = revocations.telling(name, at=at)
    return Write(user_id, "accounts.session_end.1", all_keys, (session_id,), at, before=before)


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
    """Store a service key (JSON)."""
    return Write(NOBODY, "accounts.service_key.1", (keys.SERVICE_KEYS,), (digest, encoded), at, deferrable=False)


def service_key_revocation(*, digest: str, encoded: str, at: int) -> Write:
    """Store a service key (JSON) as revoked. A step before tells it to all hosts."""
    before = revocations.telling(revocations.of_service_key(digest), at=at)
    return replace(service_key(digest=digest, encoded=encoded, at=at), before=before)
