"""The registry's writes as data: what each script gets. Pure; submitting them is the services' work."""

from collections.abc import Sequence

from redis_models import keys
from redis_models.write import Write


def registration(*, user_id: str, email: str, name: str, plan: str, at: int) -> Write:
    """Register a user; `email` is already normal, `plan` is empty where the caller may not choose it."""
    all_keys = (keys.erased(user_id), keys.profile(user_id), keys.email_claim(email))
    return Write(user_id, "accounts.register.1", all_keys, (user_id, email, name, plan), at, claim=email)


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
    """Remove everything else but the tombstone, and the claim where it is the user's."""
    of_user = (*keys.of_user(user_id), *keys.beside_snapshot(user_id))
    all_keys = (keys.conversations(user_id), keys.email_claim(email), *of_user)
    return Write(user_id, "accounts.erase_end.1", all_keys, (user_id,), at, deferrable=False)
