"""Whether a change comes from a page of another site, through somebody's browser.

Browsers say where a request comes from, in `Sec-Fetch-Site` and, for changes, in `Origin`. Pages cannot change either.
"""

from django.conf import settings
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_OTHER_SITES = frozenset({"cross-site", "same-site"})


def require_own_origin(request: Request) -> None:
    """Raise PermissionDenied for a change with a cookie, unless the browser says that it comes from an own origin.

    A change with neither header is denied: a cookie is sent by browsers only.
    """
    if request.method not in _SAFE and not is_from_own_origin(request):
        raise PermissionDenied("A change that uses a cookie must come from one of the site's own origins")


def is_from_own_origin(request: Request) -> bool:
    """Return whether a browser says that the request comes from an own origin; False if it says nothing."""
    origin = request.headers.get("Origin")
    return _is_own(origin, request) if origin else request.headers.get("Sec-Fetch-Site") == "same-origin"


def require_no_other_site(request: Request) -> None:
    """Raise PermissionDenied for a change without a credential that a page of another site made a browser send.

    In trusted mode the network is the credential, and a browser inside it sends what any page tells it. A request with
    neither header comes from a server. An origin that the operator has listed is no other site.
    """
    if request.method in _SAFE:
        return
    origin, site = request.headers.get("Origin", ""), request.headers.get("Sec-Fetch-Site", "")
    is_other = site in _OTHER_SITES and not _is_listed(origin)
    if is_other if site else origin and not _is_own(origin, request):
        raise PermissionDenied("A change must not come from a page of another site")


def _is_own(origin: str, request: Request) -> bool:
    return origin == f"{request.scheme}://{request.get_host()}" or _is_listed(origin)


def _is_listed(origin: str) -> bool:
    return bool(origin) and origin in {settings.AIRA_PUBLIC_URL, *settings.AIRA_CORS_ORIGINS}
