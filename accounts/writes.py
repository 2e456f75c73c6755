"""The registry's writes as data: what each script gets. Pure; submitting them is the services' work."""

from collections.abc import Sequence

from redis_models import keys
from redis_models.write import Write

CLAIM_IS_OLD_MS = 15 * 60 * 1000


def registration(*, user_id: str, email: str, name: str, plan: str, at: int, instead_of: str = "") -> Write:
    """Register a user; `email` is already normal, `plan` is empty where the caller may not choose it.

    On a cluster the claim comes before the profile, by a write of its own, and is taken back where the profile refuses.
    An old claim of `instead_of`, who was found to have no profile with this email, is taken over then.
    """
    of_user, claim_key = (keys.erased(user_id), keys.profile(user_id)), keys.email_claim(email)
    args = (user_id, email, name, plan)
    if keys.share_a_server(*of_user, claim_key):
        return Write(user_id, "accounts.register.1", (*of_user, claim_key), args, at, claim=email)
    claim_args = (user_id, instead_of, str(CLAIM_IS_OLD_MS))
    claim = Write(user_id, "accounts.claim.1", (claim_key, keys.email_claimed_at(email)), claim_args, at)
    release = _release(user_id=user_id, email=email, at=at, claimed_at=str(at))
    return Write(user_id, "accounts.register_profile.1", of_user, args, at, claim=email, before=claim, undo=release)


def _release(*, user_id: str, email: str, at: int, claimed_at: str) -> Write:
    both = (keys.email_claim(email), keys.email_claimed_at(email))
    return Write(user_id, "accounts.release.1", both, (user_id, claimed_at), at, deferrable=False)


def plan_change(*, user_id: str, plan: str, at: int) -> Write:
    """Set a user's plan; the latest decision stands."""
    return Write(user_id, "accounts.plan.1", (keys.erased(user_id), keys.profile(user_id)), (plan,), at)


def erasure_begin(*, user_id: str, at: int) -> Write:
    """Leave the tombstone that makes every write from before it void."""
    all_keys = (keys.erased(user_id), keys.profile(user_id))
    return Write(user_id, "accounts.erase_begin.1", all_keys, (), at, deferrable=False)


def erasure_of_conversations(*, user_id: str, ids: Sequence[str], at: int) -> Write:
    """Remove these conversations of a user who is being erased."""
    of_each = (key for conversation_id in ids for key in keys.of_conversation(user_id, conversation_id))
    all_keys = (keys.conversations(user_id), keys.summaries(user_id), *of_each)
    return Write(user_id, "accounts.erase_conversations.1", all_keys, tuple(ids), at, deferrable=False)


def erasure_end(*, user_id: str, email: str, at: int) -> Write:
    """Release the email where it is the user's, and remove everything else but the tombstone."""
    all_keys = (keys.conversations(user_id), *keys.of_user(user_id))
    release = _release(user_id=user_id, email=email, at=at, claimed_at="") if email else None
    return Write(user_id, "accounts.erase_end.1", all_keys, (), at, deferrable=False, before=release)
