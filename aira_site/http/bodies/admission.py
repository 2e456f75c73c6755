"""Who may send a large body: in mode `required`, callers with a credential whose signature holds.

Whoever is unknown could otherwise make the site work on megabytes. This is asked while the body arrives, so it waits
for no provider; an expired token is told about by the request itself.
"""

import asyncio
from concurrent.futures import ThreadPoolExecutor

from django.conf import settings
from django.http import parse_cookie

from accounts.access.authentication import credential_in
from accounts.access.signatures import require_signature
from accounts.errors import ProviderUnavailable, Refused
from aira_site.http.bodies.limits import KEYS_UNKNOWN, BodyRefused, Head
from api.answers.problems import Problem

WITHOUT_CREDENTIAL_BYTES = 64 * 1024

_threads = ThreadPoolExecutor(4, thread_name_prefix="credentials")
"""A service key that is not known yet is looked for in Redis, which must hold neither the event loop nor a request."""


def require_admitted(head: Head, size: int) -> None:
    """Raise BodyRefused if the caller may not send `size` bytes: 401, or 503 if a provider's keys are not known yet."""
    if size <= WITHOUT_CREDENTIAL_BYTES or settings.AIRA_AUTH == "trusted":
        return
    found = credential_in(head.authorization or "", parse_cookie(head.cookie or ""))
    if found is None:
        raise BodyRefused(Problem(401, "A body above 64 KiB needs a credential", "not_authenticated"))
    try:
        require_signature(found.text)
    except Refused as refused:
        raise BodyRefused(Problem(401, str(refused), "authentication_failed")) from None
    except ProviderUnavailable:
        raise BodyRefused(KEYS_UNKNOWN) from None


class Admission:
    """The admission of one body, which is asked for once, in a thread."""

    def __init__(self, head: Head) -> None:
        self._head = head
        self._is_given = settings.AIRA_AUTH == "trusted"

    async def require(self, size: int) -> None:
        """Raise BodyRefused if the caller may not send `size` bytes."""
        if self._is_given or size <= WITHOUT_CREDENTIAL_BYTES:
            return
        await asyncio.get_running_loop().run_in_executor(_threads, require_admitted, self._head, size)
        self._is_given = True
