"""The rate limits for chat. The plan's daily limit is separate: see usage.py."""

from django.conf import settings
from rest_framework.request import Request

from accounts.access.authentication import presented
from accounts.access.callers import Caller
from accounts.access.signatures import signed_caller
from accounts.errors import ProviderUnavailable
from accounts.limits import spend_of_user
from api.addresses import address_of
from api.limits import Limit, TooManyRequests, spend_here

CHAT = Limit("chat", permits=60, per_s=60)
UNREAD = Limit("unread", permits=120, per_s=60)
"""Messages that are looked at for crisis phrases, before anything else; in each process."""


class TooManyUnread(TooManyRequests):
    """The message was not even looked at, so the answer carries help."""

    is_unread = True


def spend_chat(request: Request, *, user_id: str) -> None:
    """Take one permit of the user who chats; raises TooManyRequests."""
    spend_of_user(request, CHAT, user_id=user_id)


def spend_unread(request: Request) -> None:
    """Take one permit for looking at a message, of the user who signed in or of the address; raises TooManyUnread.

    It asks nothing of the store. Service keys and trusted mode are exempt: their callers speak for many users.
    """
    if settings.AIRA_AUTH == "trusted":
        return
    signed = _signed(request)
    if signed is not None and signed.is_service:
        return
    try:
        spend_here(request, UNREAD, subject=f"user {signed.user_id}" if signed else address_of(request))
    except TooManyRequests as refused:
        raise TooManyUnread(retry_after_s=refused.retry_after_s) from None


def _signed(request: Request) -> Caller | None:
    found = presented(request)
    try:
        return signed_caller(found.text) if found else None
    except ProviderUnavailable:
        return None
