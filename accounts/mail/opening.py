"""Open a link: prove an email, set a new password, or confirm who the user is.

A link is used up when it is opened, not when it is looked at.
"""

from contextlib import suppress

from accounts import services, writes
from accounts.credentials import passwords
from accounts.credentials.sessions import sign_out_everywhere
from accounts.mail.links import Link, LinkRefused, email_with
from accounts.models import UserProfile
from accounts.selectors import is_link_used, user_by_id
from redis_models.errors import Conflict, NotFound
from redis_models.health.clock import now_ms
from redis_models.operations.claims import Origin
from redis_models.operations.write import Outcome
from redis_models.writer import submit

USED = "This link was used before. Ask for a new one if you need it."
OUTDATED = "This link is for an email that the account does not have any more."


def prove_email(link: Link) -> None:
    """Make the email the user's, whoever claimed it without such a proof.

    Raises LinkRefused, Conflict if somebody else has proven that the email is theirs, RedisUnavailable.
    """
    profile, email = _meant_by(link)
    services.change_email(profile=profile, email=email, origin=Origin.LINK)
    _use(link)


def set_password(link: Link, password: str) -> None:
    """Set the password, end all sessions, and prove the email.

    Raises LinkRefused, Invalid if the password is easy to guess, RedisUnavailable.
    """
    profile, email = _meant_by(link)
    _use(link, encoded=passwords.encoded(password, email=email, name=profile.name))
    sign_out_everywhere(user_id=profile.id)
    with suppress(Conflict):
        services.change_email(profile=profile, email=email, origin=Origin.LINK)


def confirm(link: Link) -> None:
    """Note that the user has just proven who they are; raises LinkRefused, RedisUnavailable."""
    _meant_by(link)
    _use(link, confirms=True)


def _meant_by(link: Link) -> tuple[UserProfile, str]:
    """Return the user's profile and the email that the link was sent to; raises LinkRefused, RedisUnavailable."""
    if is_link_used(user_id=link.user_id, link_id=link.id):
        raise LinkRefused(USED)
    try:
        profile = user_by_id(user_id=link.user_id)
    except NotFound:
        raise LinkRefused(OUTDATED) from None
    email = email_with(link.digest, profile.email, profile.email_wanted)
    if not email:
        raise LinkRefused(OUTDATED)
    return profile, email


def _use(link: Link, *, encoded: str = "", confirms: bool = False) -> None:
    of_link = {"user_id": link.user_id, "link_id": link.id}
    use = writes.link_use(**of_link, encoded=encoded, confirms=confirms, at=now_ms())
    if submit(use).outcome is Outcome.GONE:
        raise LinkRefused(USED)
