"""Who has an email: the claim on it and, for a domain that earlier releases spelled otherwise, that on this spelling.

Each spelling has a claim of its own. Which of two people's claims counts follows from both when they are read: the one
that the other gives way to, else that of the older account. So nothing has to be written, and nothing can be missing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from redis_models import gateway
from redis_models.operations.claims import Origin, gives_way
from redis_models.operations.read import Read
from redis_models.schema import email_keys, keys
from redis_models.schema.identifiers import earlier_spelling
from redis_models.schema.model import pairs

NOBODY = "nobody"
"""The id that is read if an email is free, so that the work tells nothing."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A claim on an email: `email` is the spelling under which the owner has it; `owner` is empty if it is free.

    `losers` lost the email to the owner, newest first.
    """

    email: str
    owner: str = ""
    origin: Origin = Origin.NONE
    losers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Claims:
    """The claim that counts, and another user's on the other spelling, if there is one."""

    holder: Claim
    other: Claim | None = None

    def are_in_the_way(self, spelling: str, *, user_id: str, origin: Origin) -> bool:
        """Return whether the user may not claim this spelling, because somebody else has the email under the other one.

        Whether another user's claim on this very spelling is in the way, its script says.
        """
        if self.holder.owner == user_id:
            return False
        others = (claim for claim in (self.holder, self.other) if claim and claim.owner not in ("", user_id))
        return any(claim.email != spelling and not gives_way(claim.origin, origin) for claim in others)


def claim_on(email: str) -> Claim:
    """Return who has the email, which must be normalised; raises RedisUnavailable."""
    return claims_on(email).holder


def owner_of(email: str) -> str | None:
    """Return the id of the user whose claim has exactly this spelling of an email. Raises RedisUnavailable."""
    return _claim_as_spelled(email).owner or None


def spelling_of(email: str) -> str:
    """Return the spelling under which somebody has the email, which is normalised; raises RedisUnavailable."""
    return claim_on(email).email if earlier_spelling(email) else email


def claims_on(email: str) -> Claims:
    """Return the claims on the email, which must be normalised; raises RedisUnavailable."""
    present, earlier_email = _claim_as_spelled(email), earlier_spelling(email)
    if not earlier_email:
        return Claims(present)
    earlier = _claim_as_spelled(earlier_email)
    profile, earlier_profile = (_profile(claim.owner or NOBODY) for claim in (present, earlier))
    if earlier.owner in ("", present.owner) or earlier_profile.get("email") != earlier_email:
        return Claims(present)
    if not present.owner:
        return Claims(earlier)
    is_earlier = profile.get("email") != email or _counts(earlier, present, earlier_profile, profile)
    holder, other = (earlier, present) if is_earlier else (present, earlier)
    losers = dict.fromkeys((other.owner, *holder.losers, *other.losers))
    return Claims(replace(holder, losers=tuple(each for each in losers if each != holder.owner)), other)


def _counts(claim: Claim, other: Claim, profile: Mapping[str, str], other_profile: Mapping[str, str]) -> bool:
    """Return whether the claim counts, and not the other one: by their origins, or else by the age of the accounts."""
    if gives_way(other.origin, claim.origin) or gives_way(claim.origin, other.origin):
        return gives_way(other.origin, claim.origin)
    return profile.get("joinedAt", "") < other_profile.get("joinedAt", "")


def _claim_as_spelled(email: str) -> Claim:
    all_keys = (email_keys.claim(email), email_keys.claimants(email))
    owner, origin, *losers = gateway.read(Read("", "accounts.owner.1", all_keys))
    return Claim(email, owner, Origin(origin or Origin.NONE), tuple(losers))


def _profile(user_id: str) -> Mapping[str, str]:
    return pairs(gateway.read(Read(user_id, "accounts.profile.1", (keys.profile(user_id),))))
