"""The texts of mails."""

from dataclasses import dataclass

from django.core.mail import EmailMessage

from accounts.mail.links import Link, Purpose, address_of, new_link, site_url
from accounts.mail.waiting import Kind

_NOT_YOU = "If this was not you, you need not do anything."
_TEXTS = {
    Kind.PROOF: (
        "Confirm your email",
        (
            "Somebody, probably you, gave this email to Aira ({site}).\n\n"
            "To confirm it, open this page within 24 hours, and press the button:"
        ),
    ),
    Kind.PASSWORD: (
        "Set a new password",
        (
            "Somebody, probably you, forgot the password of your account at Aira ({site}).\n\n"
            "To set a new one, open this page within an hour. You are then signed out everywhere:"
        ),
    ),
    Kind.KNOWN: (
        "You have an account already",
        (
            "Somebody, probably you, signed up at Aira ({site}) with this email, which has an account already.\n\n"
            "Sign in with it. If you do not know the password, open this page within an hour, and set a new one:"
        ),
    ),
    Kind.CONFIRMATION: (
        "Confirm that it is you",
        (
            "Somebody, probably you, wants to export or to erase all data of your account at Aira ({site}).\n\n"
            "To allow it for 10 minutes, open this page within an hour, and press the button:"
        ),
    ),
}
_PURPOSES = {
    Kind.PROOF: Purpose.PROOF,
    Kind.PASSWORD: Purpose.PASSWORD,
    Kind.KNOWN: Purpose.PASSWORD,
    Kind.CONFIRMATION: Purpose.CONFIRMATION,
}


@dataclass(frozen=True, slots=True)
class Addressee:
    """A user, and the email to write to."""

    user_id: str
    email: str


def message_for(kind: Kind, to: Addressee, *, at: int) -> EmailMessage:
    """Return the mail, with a new link from `at` (ms)."""
    subject, text = _TEXTS[kind]
    link: Link = new_link(_PURPOSES[kind], user_id=to.user_id, email=to.email, at=at)
    body = f"{text.format(site=site_url())}\n\n{address_of(link)}\n\n{_NOT_YOU}\n"
    headers = {"Auto-Submitted": "auto-generated"}  # RFC 3834: nobody answers it automatically
    return EmailMessage(subject, body, to=[to.email], headers=headers)
