"""What cannot be undone needs a user who has proven within 10 minutes who they are.

`require_confirmed` is the only place that decides this. A session is confirmed by signing in or with the password. A
provider's token counts by the time at which the provider says that its user signed in; otherwise its user opens a link
in a mail. Service keys and trusted mode are exempt: their callers answer for their users.
"""

from django.conf import settings
from rest_framework.request import Request

from accounts.access.callers import Caller, caller
from accounts.errors import ConfirmationRequired
from accounts.selectors import confirmed_by_link_ms, confirmed_ms
from redis_models.health.clock import now_ms

CONFIRMED_FOR_MS = 10 * 60 * 1000
CLOCKS_DIFFER_MS = 60 * 1000


def require_confirmed(request: Request) -> None:
    """Raise ConfirmationRequired unless the caller is confirmed; raises RedisUnavailable."""
    known = caller(request)
    if known.may_name_users or settings.AIRA_AUTH == "trusted":
        return
    if not _is_recent(_signed_in_ms(known)) and not _is_recent(_confirmed_ms(known)):
        raise ConfirmationRequired


def _signed_in_ms(known: Caller) -> int:
    """Return when the user signed in: here or, with a provider's token, at the provider (0 if it does not say)."""
    return known.session.created_ms if known.session else known.signed_in_ms


def _confirmed_ms(known: Caller) -> int:
    """Return when the user confirmed their session or, as the user of a provider, opened a link; 0 if never."""
    return confirmed_ms(known.user_id, known.session.id) if known.session else confirmed_by_link_ms(known.user_id)


def _is_recent(at: int) -> bool:
    return -CLOCKS_DIFFER_MS <= now_ms() - at < CONFIRMED_FOR_MS
