"""Credentials in cookies, for pages. Cookies are HttpOnly and SameSite; changes must come from our own origins."""

from urllib.parse import urlsplit

from django.conf import settings
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.credentials.sessions import SignedIn
from accounts.credentials.tokens import ACCESS_LIFE_S, REFRESH_LIFE_S

ACCESS, REFRESH = "aira_access", "aira_refresh"
REFRESH_PATH = "/api/v1/session"
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


def keep(response: Response, signed_in: SignedIn) -> None:
    """Set both cookies; browsers send the refresh token to the session endpoints only."""
    for name, value, life_s, path in (
        (ACCESS, signed_in.access_token, ACCESS_LIFE_S, "/"),
        (REFRESH, signed_in.refresh_token, REFRESH_LIFE_S, REFRESH_PATH),
    ):
        response.set_cookie(name, value, max_age=life_s, path=path, secure=_is_secure(), httponly=True, samesite="Lax")


def drop(response: Response) -> None:
    """Remove both cookies."""
    response.delete_cookie(ACCESS, path="/", samesite="Lax")
    response.delete_cookie(REFRESH, path=REFRESH_PATH, samesite="Lax")


def require_own_origin(request: Request) -> None:
    """Raise PermissionDenied for a change that another site may have made a browser request.

    A browser names the source of a request in Origin or, without it, in Sec-Fetch-Site. A change with neither header is
    denied.
    """
    if request.method in _SAFE:
        return
    origin = request.headers.get("Origin")
    is_own = _is_own(origin, request) if origin else request.headers.get("Sec-Fetch-Site") == "same-origin"
    if not is_own:
        raise PermissionDenied("A change that uses a cookie must come from one of the site's own origins")


def _is_own(origin: str, request: Request) -> bool:
    own = f"{request.scheme}://{request.get_host()}"
    return origin in {own, settings.AIRA_PUBLIC_URL, *settings.AIRA_CORS_ORIGINS} and bool(urlsplit(origin).netloc)


def _is_secure() -> bool:
    return bool(settings.SESSION_COOKIE_SECURE)
