"""Cookies of the site: HttpOnly and SameSite, sent with every request to the site.

Over https their names begin with `__Host-`: browsers accept such a cookie only from this host itself, with Secure and
`Path=/`, so no other host of the domain can plant one. A site under a sub-path has `__Secure-` and that path instead.
Source: RFC 6265bis, cookie name prefixes.
"""

from collections.abc import Mapping

from django.conf import settings
from django.http.response import HttpResponseBase
from django.urls import get_script_prefix

from accounts.credentials.sessions import SignedIn
from accounts.credentials.tokens import ACCESS_LIFE_S, REFRESH_LIFE_S
from redis_models.health.clock import now_ms

ACCESS, REFRESH, DEVICE = "aira_access", "aira_refresh", "aira_device"
EARLIER_REFRESH_PATH = "/api/v1/session"
EARLIER_NAMES_UNTIL_MS = 1_798_761_600_000
"""2027-01-01: releases up to 0.1.0 set these names over https, too, for at most 30 days."""


def read(cookies: Mapping[str, str], name: str) -> str:
    """Return the cookie's value; empty if there is none."""
    value = cookies.get(_full(name), "")
    return value if value or now_ms() >= EARLIER_NAMES_UNTIL_MS else cookies.get(name, "")


def keep(response: HttpResponseBase, signed_in: SignedIn) -> None:
    """Set the cookies of the session."""
    keep_one(response, ACCESS, signed_in.access_token, life_s=ACCESS_LIFE_S)
    keep_one(response, REFRESH, signed_in.refresh_token, life_s=REFRESH_LIFE_S)
    _drop_earlier(response)


def keep_one(response: HttpResponseBase, name: str, value: str, *, life_s: int) -> None:
    """Set one cookie."""
    response.set_cookie(
        _full(name),
        value,
        max_age=life_s,
        path=get_script_prefix(),
        secure=_is_secure(),
        httponly=True,
        samesite="Lax",
    )


def drop(response: HttpResponseBase) -> None:
    """Remove the cookies of the session; that of the browser stays."""
    for name in (ACCESS, REFRESH):
        response.delete_cookie(_full(name), path=get_script_prefix(), samesite="Lax")
    _drop_earlier(response)


def _drop_earlier(response: HttpResponseBase) -> None:
    if _full(ACCESS) != ACCESS:
        response.delete_cookie(ACCESS, path="/", samesite="Lax")
        response.delete_cookie(REFRESH, path=EARLIER_REFRESH_PATH, samesite="Lax")


def _full(name: str) -> str:
    """Return the name as browsers see it."""
    if not _is_secure():
        return name
    return f"__Host-{name}" if get_script_prefix() == "/" else f"__Secure-{name}"


def _is_secure() -> bool:
    return bool(settings.SESSION_COOKIE_SECURE)
