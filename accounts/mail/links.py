"""The links in mails: signed, so that nothing is stored before a link is used. Pure.

A link holds no email, only its digest: if the account has another email by then, the link does nothing.
"""

import hashlib
import secrets
from dataclasses import dataclass
from enum import StrEnum

import msgspec
from django.conf import settings
from django.core import signing

from redis_models.schema.identifiers import stored_email
from texts.typed_json import convert

HOUR_MS = 60 * 60 * 1000
_SALT = "aira.link"
_ALL_ADDRESSES = ("0.0.0.0", "::")  # noqa: S104 (compared, not bound)


class LinkRefused(Exception):
    """A link that is not ours, has expired, was used, or is for an email that the account does not have any more."""


class Purpose(StrEnum):
    """What opening a link does."""

    PROOF = "proof"
    """It proves that the email is the user's."""
    PASSWORD = "password"  # noqa: S105 (a name)
    """It lets the user set a new password, and proves the email, too."""
    CONFIRMATION = "confirmation"
    """It confirms that it is the user who is about to do what cannot be undone."""


LIFE_MS = {Purpose.PROOF: 24 * HOUR_MS, Purpose.PASSWORD: HOUR_MS, Purpose.CONFIRMATION: HOUR_MS}


@dataclass(frozen=True, slots=True)
class Link:
    """A link: for whom, for the email with which digest, and until when (ms). `id` is random."""

    purpose: Purpose
    user_id: str
    digest: str
    until_ms: int
    id: str

    @property
    def text(self) -> str:
        """Return the last part of the link's address."""
        return signing.Signer(salt=_SALT).sign_object(msgspec.to_builtins(self), compress=False)


def new_link(purpose: Purpose, *, user_id: str, email: str, at: int) -> Link:
    """Return a new link for the email, which is normalised."""
    return Link(purpose, user_id, digest_of(email), at + LIFE_MS[purpose], secrets.token_hex(12))


def link_from(text: str, *, at: int) -> Link:
    """Return the link with this text; raises LinkRefused if it is not ours, or has expired at `at` (ms)."""
    try:
        found = signing.Signer(salt=_SALT).unsign_object(text)
    except (signing.BadSignature, ValueError):
        raise LinkRefused("This link is not complete. Copy all of it from the mail, or ask for a new one.") from None
    link = convert(found, Link)
    if at > link.until_ms:
        raise LinkRefused("This link has expired. Ask for a new one.")
    return link


def digest_of(email: str) -> str:
    """Return the digest by which a link and a mail that waits know the email, which is normalised."""
    return hashlib.sha256(f"aira.mail:{email}".encode()).hexdigest()[:32]


def email_with(digest: str, *stored: str) -> str:
    """Return the first of the stored emails that has the digest, normalised; empty if none has.

    Earlier releases spelled some emails otherwise.
    """
    emails = (stored_email(email) for email in stored)
    return next((email for email in emails if digest_of(email) == digest), "")


def address_of(link: Link) -> str:
    """Return the link's address. It begins with the configured address of the site, never with one of a request."""
    return f"{site_url()}/links/{link.text}"


def site_url() -> str:
    """Return the public address of the site; in development, where it listens."""
    host = "localhost" if settings.AIRA_HOST in _ALL_ADDRESSES else settings.AIRA_HOST
    return settings.AIRA_PUBLIC_URL or f"http://{f'[{host}]' if ':' in host else host}:{settings.AIRA_PORT}"
