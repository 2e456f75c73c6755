"""The mails that wait to be sent, in one zset of JSON texts: `{user, kind, digest, at}`, never an email or a link.

They are dropped after 24 hours, and with the person. One process at a time sends them. The order is that of the time
from which on a mail may be sent: that at which it was asked for, or later if the mail server refused it for now.
"""

from collections.abc import Sequence
from enum import StrEnum

import msgspec

from redis_models.operations.write import NOBODY, Write
from redis_models.schema import mail_keys
from redis_models.writer import submit
from texts.typed_json import decoder

TAKEN_AT_ONCE = 20
REFUSED_PAUSE_MS = 5 * 60 * 1000
"""How long a mail waits that was refused for now. Others are sent meanwhile, however many are refused."""


class Kind(StrEnum):
    """Why a mail is sent."""

    PROOF = "proof"
    """The user is to prove the email."""
    PASSWORD = "password"  # noqa: S105 (a name)
    """The user has forgotten the password."""
    KNOWN = "known"
    """Somebody signed up with an email that has an account."""
    CONFIRMATION = "confirmation"
    """The user is about to do what cannot be undone."""


class Mail(msgspec.Struct, frozen=True):
    """A mail that waits: to whom, why, the digest of the email, and when it was asked for (ms, the server's clock)."""

    user: str
    kind: Kind
    digest: str
    at: int

    @property
    def text(self) -> str:
        """Return the text that is stored."""
        return msgspec.json.encode(self).decode()


def asking(mail: Mail) -> Write:
    """Return the write that adds the mail; if it is for nobody, the write does nothing, and takes as long."""
    return _write("accounts.mail_ask.1", (mail.text if mail.user else "",), mail.at)


def taking(process: str, *, at: int) -> Write:
    """Return the write that takes the mails that are due, if it is the turn of this process; its reply lists them."""
    all_keys = (mail_keys.waiting(), mail_keys.turn())
    return Write(NOBODY, "accounts.mails_take.1", all_keys, (process, str(TAKEN_AT_ONCE)), at, deferrable=False)


def ending(mail: Mail) -> Write:
    """Return the write that removes the mail."""
    return _write("accounts.mail_end.1", (mail.text,), mail.at)


def postponing(mail: Mail, *, at: int) -> Write:
    """Return the write that has the mail wait for 5 minutes from `at` (ms)."""
    return _write("accounts.mail_later.1", (mail.text, str(REFUSED_PAUSE_MS)), at)


def forgetting(user_id: str, *, at: int) -> Write:
    """Return the write that removes the user's mails that were asked for up to `at` (ms)."""
    return _write("accounts.mails_forget.1", (user_id,), at)


def _write(script: str, args: tuple[str, ...], at: int) -> Write:
    return Write(NOBODY, script, (mail_keys.waiting(),), args, at, deferrable=False)


def taken(process: str, *, at: int) -> Sequence[Mail]:
    """Take the mails that are due, the oldest first; none if it is another process's turn. Raises RedisUnavailable."""
    return [decoder(Mail).decode(text) for text in submit(taking(process, at=at)).reply]
