"""Ask for a mail. Nobody learns whether it is sent: the answers and the work are the same for every email."""

from contextlib import suppress

from django.conf import settings
from rest_framework.request import Request

from accounts.claims import claim_on
from accounts.mail import waiting
from accounts.mail.links import digest_of, site_url
from accounts.mail.waiting import Kind, Mail
from api.addresses import address_of
from api.limits import Limit, take
from redis_models.errors import RedisUnavailable
from redis_models.health.clock import now_ms
from redis_models.schema.identifiers import normal_email
from redis_models.writer import submit

OF_EMAIL = Limit("mail-email", permits=3, per_s=3600)
OF_ADDRESS = Limit("mail-address", permits=20, per_s=3600)


def ask(request: Request, kind: Kind, *, user_id: str, email: str) -> None:
    """Have a mail sent to the user at the email, unless too many were asked for; `user_id` may be empty: nobody.

    `email` is normalised. Raises RedisUnavailable.
    """
    if not is_sending():
        return
    limits = ((OF_ADDRESS, address_of(request)), (OF_EMAIL, email))
    standings = [take(limit, subject=subject) for limit, subject in limits]
    to = user_id if all(standing.is_allowed for standing in standings) else ""
    submit(waiting.asking(Mail(to, kind, digest_of(email), now_ms())))


def ask_for_password(request: Request, email: str) -> None:
    """Have a link sent to the email's owner with which to set a new password; raises Invalid, RedisUnavailable."""
    address = normal_email(email)
    ask(request, Kind.PASSWORD, user_id=claim_on(address).owner, email=address)


def ask_after_sign_up(request: Request, *, user_id: str, email: str) -> None:
    """Have a mail sent to the email's owner: the new user with this id, or, if the email was taken, another one.

    If Redis goes away now, none is sent: the account exists, and a link can be asked for again.
    """
    address = normal_email(email)
    with suppress(RedisUnavailable):
        owner = claim_on(address).owner
        ask(request, Kind.PROOF if owner == user_id else Kind.KNOWN, user_id=owner, email=address)


def ask_after_change(request: Request, *, user_id: str, email: str) -> None:
    """Have a link sent that proves the new email; none is sent if Redis goes away now."""
    with suppress(RedisUnavailable):
        ask(request, Kind.PROOF, user_id=user_id, email=normal_email(email))


def is_sending() -> bool:
    """Return whether this site sends mails."""
    return bool(settings.AIRA_MAIL != "none")


def answer() -> str:
    """Return what people are told who asked for a mail."""
    if is_sending():
        return "If the email is known here, a mail with a link is on its way. Look for it in the next minutes."
    return f"This site sends no mails. Ask its operator: {operator()}."


def operator() -> str:
    """Return the address of the site's operator, or the site's own one if there is none."""
    return settings.AIRA_MAIL_FROM or site_url()
