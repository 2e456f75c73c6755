"""The rate limit for chat. The plan's daily limit is separate: see usage.py."""

from rest_framework.request import Request

from api.limits import Limit, spend

CHAT = Limit("chat", permits=60, per_s=60)


def spend_chat(request: Request, *, user_id: str) -> None:
    """Take one permit of the user who chats; raises TooManyRequests."""
    spend(request, CHAT, subject=user_id)
