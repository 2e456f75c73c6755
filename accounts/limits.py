"""Rate limits for passwords, sign-up, registration and receipts of erasures."""

from rest_framework.request import Request

from accounts.access.callers import caller
from accounts.claims import claim_on
from accounts.credentials.devices import device_of, devices_in
from api.addresses import address_of
from api.limits import Limit, spend, spend_of_others
from redis_models.schema.identifiers import normal_email

SIGN_IN_OF_ADDRESS = Limit("sign-in", permits=60, per_s=300)
SIGN_IN_OF_EMAIL = Limit("sign-in-email", permits=10, per_s=300)
SIGN_IN_OF_DEVICE = Limit("sign-in-device", permits=10, per_s=300)
PASSWORD_OF_USER = Limit("password", permits=10, per_s=300)
SIGN_UP = Limit("sign-up", permits=20, per_s=3600)
REGISTER = Limit("register", permits=120, per_s=60)
RECEIPT = Limit("erasure-receipt", permits=60, per_s=60)


def spend_sign_in(request: Request, *, email: str) -> None:
    """Take a permit of the browser if the email's user has signed in with it before, else of address and email.

    The email's permit is taken whether it has an account or not, so the limit does not reveal which emails do. All
    spellings of an email share its permits. Raises TooManyRequests, Invalid, RedisUnavailable.
    """
    address = normal_email(email)
    if device := _known_device(request, address):
        spend_of_others(SIGN_IN_OF_DEVICE, subject=device)
        return
    spend(request, SIGN_IN_OF_ADDRESS, subject=address_of(request))
    spend_of_others(SIGN_IN_OF_EMAIL, subject=address)


def _known_device(request: Request, address: str) -> str:
    """Return the browser's name for the user who has the email; empty for all others.

    Redis is asked only for a browser with our cookie, for any email: the time does not reveal which have an account.
    """
    owner = claim_on(address).owner if devices_in(request) else ""
    return device_of(request, owner) if owner else ""


def spend_password(request: Request, *, user_id: str) -> None:
    """Take a permit of the caller's address and one of the user whose password is given; raises TooManyRequests."""
    spend(request, SIGN_IN_OF_ADDRESS, subject=address_of(request))
    spend_of_user(request, PASSWORD_OF_USER, user_id=user_id)


def spend_of_user(request: Request, limit: Limit, *, user_id: str) -> None:
    """Take one of the user's permits, and tell only this user how many are left; raises TooManyRequests."""
    if caller(request).user_id == user_id:
        spend(request, limit, subject=user_id)
    else:
        spend_of_others(limit, subject=user_id)


def spend_sign_up(request: Request) -> None:
    """Take one permit of the caller's address; raises TooManyRequests."""
    spend(request, SIGN_UP, subject=address_of(request))


def spend_registration(request: Request, *, user_id: str) -> None:
    """Take one permit of the user who registers; raises TooManyRequests.

    Servers that register users must limit their own callers.
    """
    spend(request, REGISTER, subject=user_id)


def spend_receipt(request: Request) -> None:
    """Take one permit of the caller's address; raises TooManyRequests."""
    spend(request, RECEIPT, subject=address_of(request))
