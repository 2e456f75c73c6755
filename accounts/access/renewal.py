"""Pages stay signed in: if the access token in the cookie has expired, the refresh token in the other one is used."""

from django.http.response import HttpResponseBase
from rest_framework.request import Request

from accounts.access.callers import Caller
from accounts.access.origins import require_own_origin
from accounts.credentials import cookies, sessions
from accounts.errors import Refused
from api.request_notes import note_change

REQUEST_KEY = "cookie"
"""A page makes several requests at once: those that bring the same refresh token get the same new one."""


def renewed_caller(request: Request) -> Caller | None:
    """Return the caller whom the refresh cookie names, and have the answer set new cookies; None if it names nobody.

    A refresh cookie of a session that is over is removed. Raises PermissionDenied for a change that another site may
    have made a browser send, RedisUnavailable and JournalUnavailable.
    """
    token = cookies.read(request.COOKIES, cookies.REFRESH)
    if not token:
        return None
    require_own_origin(request)
    try:
        signed_in = sessions.refresh(refresh_token=token, request_key=REQUEST_KEY)
    except Refused:
        note_change(request, cookies.drop)
        return None

    def keep(response: HttpResponseBase) -> None:
        cookies.keep(response, signed_in)

    note_change(request, keep)
    return Caller(user_id=signed_in.session.user_id, session=signed_in.session)
