"""Claims on emails: how strong one is, as a row of the journal names it.

A claim is an email, preceded by its origin and a colon, unless the origin is `operator`: rows of release 0.1.0 name the
email alone. No email begins like this, because a colon must be quoted before the @. `accounts/lua/claims.lua` has the
same rule for the claims that are stored.
"""

from collections.abc import Sequence
from enum import StrEnum


class Origin(StrEnum):
    """Who says that the email is the claimant's."""

    NONE = "none"
    """Nobody: the person who signed up, or changed the email."""
    OPERATOR = "operator"
    """A service key, trusted mode, an import of older data, and every claim from before origins were stored."""
    PROVIDER = "provider"
    """An identity provider."""
    LINK = "link"
    """A link that was sent to the email."""


PROVEN = (Origin.OPERATOR, Origin.PROVIDER, Origin.LINK)
"""The origins of claims by which an email is found."""
_GIVES_WAY_TO = {Origin.NONE: PROVEN, Origin.OPERATOR: (Origin.LINK,)}


def claim_on(email: str, origin: Origin) -> str:
    """Return the claim as a write names it."""
    return email if origin is Origin.OPERATOR else f"{origin}:{email}"


def email_of(claim: str) -> str:
    """Return the email that is claimed."""
    return _parts(claim)[1]


def claims_on(email: str, origins: Sequence[Origin] = tuple(Origin)) -> tuple[str, ...]:
    """Return all claims on the email, or those of some origins."""
    return tuple(claim_on(email, origin) for origin in origins)


def gives_way(held: Origin, wanted: Origin) -> bool:
    """Return whether a claim of one origin gives way to another person's claim of another origin."""
    return wanted in _GIVES_WAY_TO.get(held, ())


def in_the_way_of(claim: str) -> tuple[str, ...]:
    """Return the claims on the same email that would not give way to this one if they were another person's."""
    origin, email = _parts(claim)
    return claims_on(email, [held for held in Origin if not gives_way(held, origin)])


def _parts(claim: str) -> tuple[Origin, str]:
    name, _, email = claim.partition(":")
    return (Origin(name), email) if name in list(Origin) else (Origin.OPERATOR, claim)
