"""Send the mails that wait, behind requests: one process at a time, in a thread of its own.

A mail is made when it is sent. If the mail server is away, the mails wait. A mail that cannot be made, or that the
server refuses, stops no other: it is dropped, or tried again later if it is refused for now.
"""

import logging
import math
import secrets
import smtplib
import threading
from collections.abc import Sequence
from contextlib import closing
from contextvars import copy_context
from time import monotonic

from django.core.mail import get_connection
from django.core.mail.backends.base import BaseEmailBackend

from accounts.claims import claim_on
from accounts.mail import waiting
from accounts.mail.asking import is_sending
from accounts.mail.links import email_with
from accounts.mail.messages import Addressee, message_for
from accounts.mail.waiting import Kind, Mail
from accounts.selectors import profile_question
from redis_models import gateway
from redis_models.errors import RedisUnavailable
from redis_models.health.clock import now_ms
from redis_models.host import state as host_state
from redis_models.schema.model import pairs
from redis_models.writer import submit

LOOK_EVERY_S = 2.0
AGAIN_AFTER_S = 15.0
"""The pause after the mail server did not answer."""
_REFUSED_FOR_GOOD = 500
_CLOSING = 421
"""The server's code with which it ends the connection (RFC 5321)."""

_log = logging.getLogger(__name__)


class Sending:
    """The sending of this process: when to look for mails again (monotonic), and whether a thread sends some now."""

    def __init__(self) -> None:
        self.due_s = -math.inf
        self.process = secrets.token_hex(8)
        self.turn = threading.Lock()


def go_on() -> None:
    """Begin to send what waits, at most every 2 s; raises RedisUnavailable."""
    sending = host_state(Sending)
    if not is_sending() or monotonic() < sending.due_s or not sending.turn.acquire(blocking=False):
        return
    sending.due_s = monotonic() + LOOK_EVERY_S
    try:
        mails = waiting.taken(sending.process, at=now_ms())
    except RedisUnavailable:
        sending.turn.release()
        raise
    if not mails:
        sending.turn.release()
        return
    context = copy_context()
    threading.Thread(target=context.run, args=(_send_and_release, sending, mails), name="mail", daemon=True).start()


def _send_and_release(sending: Sending, mails: Sequence[Mail]) -> None:
    try:
        if not send(mails):
            sending.due_s = monotonic() + AGAIN_AFTER_S
    except RedisUnavailable as error:
        _log.warning("Mails wait, because Redis is away. reason=%s", error)
    except Exception:  # noqa: BLE001 (the top of a thread: no caller could handle it, and the mails are tried again)
        _log.exception("Mails could not be sent.")
        sending.due_s = monotonic() + AGAIN_AFTER_S
    finally:
        sending.turn.release()


def send(mails: Sequence[Mail]) -> bool:
    """Send the mails, and remove those that were sent or are not to be sent; return whether the mail server answered.

    Raises RedisUnavailable.
    """
    try:
        with closing(get_connection()) as connection:
            connection.open()
            for mail in mails:
                submit(waiting.ending(mail) if _is_done(mail, connection) else waiting.postponing(mail, at=now_ms()))
    except (OSError, smtplib.SMTPException) as error:
        # The type only: the text of an error may name an email.
        _log.warning("The mail server does not take mails; they wait. reason=%s", type(error).__name__)
        return False
    return True


def _is_done(mail: Mail, connection: BaseEmailBackend) -> bool:
    """Send the mail, unless it is not to be sent any more; return False if the server refuses it for now.

    It is done, too, if it is refused for good, or cannot be made: not each valid email fits into the head of a mail.
    """
    to = addressee_of(mail)
    if to is None:
        return True
    try:
        connection.send_messages([message_for(mail.kind, to, at=now_ms())])
    except ValueError as error:
        _log.warning("A mail cannot be made; it is dropped. reason=%s", type(error).__name__)
    except (smtplib.SMTPRecipientsRefused, smtplib.SMTPResponseException) as error:
        codes = _codes_of(error)
        if _CLOSING in codes:
            raise
        _log.warning("The mail server refuses a mail. codes=%s", codes)
        return all(code >= _REFUSED_FOR_GOOD for code in codes) and not isinstance(error, smtplib.SMTPSenderRefused)
    return True


def _codes_of(error: smtplib.SMTPRecipientsRefused | smtplib.SMTPResponseException) -> list[int]:
    if isinstance(error, smtplib.SMTPResponseException):
        return [error.smtp_code]
    return [code for code, _ in error.recipients.values()]


def addressee_of(mail: Mail) -> Addressee | None:
    """Return to whom the mail goes; None if the user was erased, or has another email since. Raises RedisUnavailable.

    A new password is only for the email's owner.
    """
    profile = pairs(gateway.read(profile_question(mail.user)))
    email = email_with(mail.digest, profile.get("email", ""), profile.get("email_wanted", ""))
    if not email or (mail.kind is not Kind.PROOF and claim_on(email).owner != mail.user):
        return None
    return Addressee(mail.user, email)
