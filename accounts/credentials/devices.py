"""Browsers in which somebody has signed in: a signed cookie names them, so that others cannot lock an owner out.

Anybody can use up the tries of an email. A browser that was used before has tries of its own. The cookie is valid for a
year, survives signing out, and holds the last few people who signed in with this browser: for each the digest of the
user's id, and a random name of the browser. It is no credential.
"""

import hashlib
import secrets
from dataclasses import dataclass

from django.core import signing
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.credentials import cookies

LIFE_S = 365 * 24 * 60 * 60
PEOPLE_AT_MOST = 4
_SALT = "aira.device"
_BETWEEN = "~"


@dataclass(frozen=True, slots=True)
class Device:
    """A user in a browser: the digest of the user's id, the browser's random name, and the signed text of both."""

    user_digest: str
    name: str
    text: str


def device_of(request: Request, user_id: str) -> str:
    """Return the browser's name for the user; empty if the user has not signed in with it."""
    return next((each.name for each in devices_in(request) if each.user_digest == _digest(user_id)), "")


def keep(request: Request, response: Response, *, user_id: str) -> None:
    """Set the cookie: the user comes first, for a year from now, by the same name as before."""
    digest, name = _digest(user_id), device_of(request, user_id) or secrets.token_hex(8)
    others = [each.text for each in devices_in(request) if each.user_digest != digest]
    texts = [_signer().sign(f"{digest}.{name}"), *others]
    cookies.keep_one(response, cookies.DEVICE, _BETWEEN.join(texts[:PEOPLE_AT_MOST]), life_s=LIFE_S)


def devices_in(request: Request) -> list[Device]:
    """Return the users who signed in with this browser in the last year, the last one first."""
    given = cookies.read(request.COOKIES, cookies.DEVICE).split(_BETWEEN)[:PEOPLE_AT_MOST]
    return [found for text in given if (found := _verified(text))]


def _verified(text: str) -> Device | None:
    try:
        digest, _, name = _signer().unsign(text, max_age=LIFE_S).partition(".")
    except signing.BadSignature:
        return None
    return Device(digest, name, text)


def _signer() -> signing.TimestampSigner:
    return signing.TimestampSigner(salt=_SALT)


def _digest(user_id: str) -> str:
    return hashlib.sha256(user_id.encode()).hexdigest()[:24]
