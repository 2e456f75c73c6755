"""Rate limits for sign-in, sign-up, registration and receipts of erasures."""

from rest_framework.request import Request

from api.limits import Limit, address_of, spend

SIGN_IN_OF_ADDRESS = Limit("sign-in", permits=60, per_s=300)
SIGN_IN_OF_EMAIL = Limit("sign-in-email", permits=10, per_s=300)
SIGN_UP = Limit("sign-up", permits=20, per_s=3600)
REGISTER = Limit("register", permits=120, per_s=60)
RECEIPT = Limit("erasure-receipt", permits=60, per_s=60)


def spend_sign_in(request: Request, *, email: str) -> None:
    """Take one permit of the caller's address and one of the email; raises TooManyRequests.

    The email's permit is taken whether it has an account or not, so the limit does not reveal which emails do.
    """
    spend(request, SIGN_IN_OF_ADDRESS, subject=address_of(request))
    spend(request, SIGN_IN_OF_EMAIL, subject=email.strip().lower())


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
