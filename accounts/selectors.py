"""Reads of the user registry."""

from collections.abc import Iterator, Mapping

from accounts.calendar import Calendar
from accounts.models import Plan, UserProfile
from redis_models import gateway, reader
from redis_models.errors import Invalid, JournalUnavailable, NotFound, RedisUnavailable
from redis_models.journal import journal
from redis_models.operations.read import Read
from redis_models.schema import keys
from redis_models.schema.identifiers import ID_GRAMMAR, normal_email, valid_id
from redis_models.schema.model import pairs


def profile_question(user_id: str) -> Read:
    """Return the Read of a profile."""
    return Read(user_id, "accounts.profile.1", (keys.profile(user_id),))


def user_by_id(*, user_id: str) -> UserProfile:
    """Return the profile; raises NotFound, and RedisUnavailable if nothing is known about the user during an outage."""
    return UserProfile.from_hash(stored_profile(user_id=user_id))


def stored_profile(*, user_id: str) -> Mapping[str, str]:
    """Return the profile's fields as they are stored; raises like `user_by_id`."""
    found = reader.answer(profile_question(valid_id(user_id)))
    if not found.reply and not found.has_basis:
        raise RedisUnavailable("Redis is away, and nothing is known about the user here.")
    stored = pairs(found.reply)
    if "id" not in stored or "email" not in stored:
        raise NotFound("There is no such user.")
    return stored


def calendar_of(*, user_id: str) -> Calendar:
    """Return the user's own calendar; UTC if nothing is known about the user."""
    return Calendar.from_profile(pairs(reader.answer(profile_question(valid_id(user_id))).reply))


def user_by_email(*, email: str) -> UserProfile:
    """Return the profile of the email's owner.

    Raises Invalid, NotFound, and RedisUnavailable if the owner is not known during an outage.
    """
    address = normal_email(email)
    profile = user_by_id(user_id=_owner(address))
    if profile.email.strip().lower() != address:
        raise NotFound("There is no such user.")  # the claim of a registration that did not finish
    return profile


def _owner(email: str) -> str:
    try:
        owner = owner_of(email)
    except RedisUnavailable:
        waiting = _claimant(email)
        if waiting is None:
            raise
        return waiting
    owner = owner or _claimant(email)
    if owner is None:
        raise NotFound("There is no such user.")
    return owner


def owner_of(email: str) -> str | None:
    """Return the id of the email's owner, or None. `email` must be normalised. Raises RedisUnavailable."""
    owner = gateway.read(Read("", "accounts.owner.1", (keys.email_claim(email),)))
    return None if owner is None else str(owner)


def credential_of(user_id: str) -> str | None:
    """Return the user's encoded password; None if there is none. Raises RedisUnavailable."""
    encoded = gateway.read(Read(user_id, "accounts.credential.1", (keys.credential(user_id),)))
    return None if encoded is None else str(encoded)


def deleted_conversations(*, user_id: str) -> list[str]:
    """Return the ids of the conversations that the user deleted; raises RedisUnavailable."""
    return list(gateway.read(Read(user_id, "accounts.conversation_ids.1", (keys.deleted(user_id),), ("0",))))


def is_over(*, user_id: str, session_id: str, created_ms: int) -> bool:
    """Return whether the session has ended or its user was erased; raises RedisUnavailable."""
    question = Read(
        user_id,
        "accounts.session_check.1",
        (keys.erased(user_id), keys.sessions(user_id)),
        (session_id, str(created_ms)),
    )
    return bool(gateway.read(question))


def _claimant(email: str) -> str | None:
    try:
        return journal().rows.claimant(email)
    except JournalUnavailable:
        return None


def user(*, email_or_id: str) -> UserProfile:
    """Return the profile: by email first if the text contains an @, then by id. Raises like `user_by_id`."""
    if "@" in email_or_id:
        try:
            return user_by_email(email=email_or_id)
        except (Invalid, NotFound):
            return user_by_id(user_id=email_or_id)
    return user_by_id(user_id=email_or_id)


def users(*, plan: Plan | None = None, joined_after: str = "") -> Iterator[UserProfile]:
    """Yield all registered users, in no particular order; raises RedisUnavailable.

    They come from a scan, which does not block the server. `joined_after` is an ISO 8601 time or date in UTC, or empty.
    """
    seen: set[str] = set()
    for key in gateway.keys_matching(keys.ALL_PROFILES):
        user_id = keys.user_of(key)
        if user_id not in seen and ID_GRAMMAR.fullmatch(user_id):
            seen.add(user_id)
            stored = pairs(gateway.read(profile_question(user_id)))
            if "id" in stored and "email" in stored and stored.get("joinedAt", "") >= joined_after:
                profile = UserProfile.from_hash(stored)
                if plan in (None, profile.plan):
                    yield profile
