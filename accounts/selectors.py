"""Reads of the user registry."""

from collections.abc import Iterator, Mapping
from typing import Literal

from accounts.calendar import Calendar
from accounts.claims import claim_on
from accounts.models import Credential, OpenSession, Plan, UserProfile
from redis_models import gateway, reader
from redis_models.errors import Invalid, JournalUnavailable, NotFound, RedisUnavailable
from redis_models.journal import journal
from redis_models.operations.claims import PROVEN
from redis_models.operations.read import Read
from redis_models.schema import keys
from redis_models.schema.identifiers import ID_GRAMMAR, earlier_spelling, normal_email, stored_email, valid_id
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


EmailState = Literal["proven", "unproven", "lost"]


def user_by_email(*, email: str) -> UserProfile:
    """Return the profile of the email's owner, if it is proven that the email is the owner's.

    Raises Invalid, NotFound, and RedisUnavailable if the owner is not known during an outage.
    """
    address = normal_email(email)
    profile = user_by_id(user_id=_proven_owner(address))
    if stored_email(profile.email) != address:
        raise NotFound("There is no such user.")  # the claim of a registration that did not finish
    return profile


def _proven_owner(email: str) -> str:
    try:
        claim = claim_on(email)
    except RedisUnavailable:
        waiting = _claimant(email)
        if waiting is None:
            raise
        return waiting
    owner = claim.owner if claim.origin in PROVEN else _claimant(email)
    if not owner:
        raise NotFound("There is no such user.")
    return owner


def _claimant(email: str) -> str | None:
    try:
        rows, earlier = journal().rows, earlier_spelling(email)
        return rows.claimant(email) or (rows.claimant(earlier) if earlier else None)
    except JournalUnavailable:
        return None


def email_state(profile: UserProfile) -> EmailState | None:
    """Return whether the profile's email is proven, or lost to another user.

    Return None if Redis does not answer, or if an older server stored an email that is none.
    """
    try:
        claim = claim_on(normal_email(profile.email))
    except (Invalid, RedisUnavailable):
        return None
    if claim.owner != profile.id:
        return "lost"
    return "proven" if claim.origin in PROVEN else "unproven"


def credential_of(user_id: str) -> Credential | None:
    """Return the user's credential; None if there is none. Raises RedisUnavailable."""
    encoded, at = gateway.read(Read(user_id, "accounts.credential.1", (keys.credential(user_id),)))
    return None if encoded is None else Credential(str(encoded), int(at or 0))


def is_link_used(*, user_id: str, link_id: str) -> bool:
    """Return whether the link was used before; raises RedisUnavailable."""
    return _link_used_ms(user_id, link_id) > 0


def confirmed_by_link_ms(user_id: str) -> int:
    """Return when (ms) the user last confirmed by a link who they are; 0 if never lately. Raises RedisUnavailable."""
    return _link_used_ms(user_id, "confirmed")


def _link_used_ms(user_id: str, field: str) -> int:
    return int(gateway.read(Read(user_id, "accounts.link_used.1", (keys.links(user_id),), (field,))))


def deleted_conversations(*, user_id: str) -> list[str]:
    """Return the ids of the conversations that the user deleted; raises RedisUnavailable."""
    return list(gateway.read(Read(user_id, "accounts.conversation_ids.1", (keys.deleted(user_id),), ("0",))))


def sessions_of(user_id: str) -> list[OpenSession]:
    """Return the user's sessions that are open, the last used one first; raises RedisUnavailable."""
    found = gateway.read(Read(user_id, "accounts.session_list.1", (keys.sessions(user_id),)))
    rows = zip(found[::4], map(int, found[1::4]), map(int, found[2::4]), found[3::4], strict=True)
    return [OpenSession(*row) for row in rows]


def confirmed_ms(user_id: str, session_id: str) -> int:
    """Return when (ms) the user last confirmed the session with the password; 0 if never. Raises RedisUnavailable."""
    return int(gateway.read(Read(user_id, "accounts.session_confirmed.1", (keys.sessions(user_id),), (session_id,))))


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
