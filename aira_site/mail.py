"""How mails are sent, from AIRA_SMTP_URL: the values of Django's settings for its mail framework."""

from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import SplitResult, unquote, urlsplit

MAIL_TIMEOUT_S = 10
_PORTS = {"smtp": 25, "smtp+starttls": 587, "smtps": 465}
_BACKENDS = {
    "smtp": "django.core.mail.backends.smtp.EmailBackend",
    "console": "accounts.mail.console.ConsoleBackend",
    "none": "django.core.mail.backends.dummy.EmailBackend",
}


class MailSettingsError(Exception):
    """A variable is wrong or missing; the text names it."""


@dataclass(frozen=True, slots=True)
class MailSettings:
    """Whether mails are sent, printed (`console`, in development) or neither, and by which server."""

    way: Literal["smtp", "console", "none"]
    host: str = ""
    port: int = 25
    user: str = ""
    password: str = field(default="", repr=False)
    is_starttls: bool = False
    is_tls: bool = False

    @property
    def backend(self) -> str:
        """Return the dotted name of Django's backend."""
        return _BACKENDS[self.way]


def mail_settings(url: str, *, sender: str, public_url: str) -> MailSettings:
    """Return how mails are sent; raises MailSettingsError.

    Without a mail server, a site that has no public address is taken for one in development: it prints its mails.
    """
    if not url:
        return MailSettings("none" if public_url else "console")
    for variable, value in (("AIRA_MAIL_FROM", sender), ("AIRA_PUBLIC_URL", public_url)):
        if not value:
            raise MailSettingsError(f"{variable} is required to send mails by AIRA_SMTP_URL.")
    parts = urlsplit(url)
    if parts.scheme not in _PORTS or not parts.hostname or parts.path.strip("/"):
        raise MailSettingsError("AIRA_SMTP_URL must be smtp://, smtp+starttls:// or smtps://, and then HOST:PORT.")
    return MailSettings(
        "smtp",
        host=parts.hostname,
        port=_port(parts),
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        is_starttls=parts.scheme == "smtp+starttls",
        is_tls=parts.scheme == "smtps",
    )


def _port(parts: SplitResult) -> int:
    try:
        return parts.port or _PORTS[parts.scheme]
    except ValueError:
        raise MailSettingsError("AIRA_SMTP_URL has a wrong port.") from None
