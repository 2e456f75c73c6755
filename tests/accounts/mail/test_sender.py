"""Sending what waits: made when it is sent, only to whom it was asked for, and kept while the server is away."""

import smtplib

import pytest
from django.core import mail as outbox
from django.core.mail.backends.base import BaseEmailBackend

from accounts import services
from accounts.mail import sender, waiting
from accounts.mail.links import digest_of
from accounts.mail.waiting import Kind, Mail
from accounts.selectors import user_by_id
from redis_models.errors import RedisUnavailable
from redis_models.health.clock import now_ms
from redis_models.host import state
from redis_models.writer import submit
from tests.support.mail.pages import delivered
from tests.support.waiting import wait_until

EMAIL = "ann@example.com"
SERVER = "tests.accounts.mail.test_sender.FailingServer"


class FailingServer(BaseEmailBackend):
    """A mail server that fails with `errors`, one for each mail; None takes the mail."""

    errors: list = []
    taken: list = []

    def open(self):
        if isinstance(self.errors, Exception):
            raise self.errors

    def send_messages(self, messages):
        error = self.errors.pop(0)
        if error is not None:
            raise error
        self.taken.extend(messages)


def refused(code):
    return smtplib.SMTPRecipientsRefused({EMAIL: (code, b"no")})


@pytest.fixture
def failing(settings, monkeypatch):
    settings.EMAIL_BACKEND = SERVER

    def fail_with(errors):
        monkeypatch.setattr(FailingServer, "errors", errors)
        monkeypatch.setattr(FailingServer, "taken", [])

    return fail_with


def ask(user_id, *, kind=Kind.PROOF, email=EMAIL, at=0):
    mail = Mail(user_id, kind, digest_of(email), at or now_ms())
    submit(waiting.asking(mail))
    return mail


def left(valkey):
    return valkey.client.zcard("aira:mails")


@pytest.mark.parametrize(
    ("kind", "subject", "word"),
    [
        (Kind.PROOF, "Confirm your email", "24 hours"),
        (Kind.PASSWORD, "Set a new password", "signed out everywhere"),
        (Kind.KNOWN, "You have an account already", "within an hour"),
        (Kind.CONFIRMATION, "Confirm that it is you", "for 10 minutes"),
    ],
)
def test_each_mail_says_why_it_comes_and_has_a_link(ann, kind, subject, word):
    ask(ann.id, kind=kind)
    (sent,) = delivered()
    assert (sent.to, sent.subject, word in sent.body) == ([EMAIL], subject, True)
    assert "http://127.0.0.1:8000/links/" in sent.body
    assert sent.extra_headers == {"Auto-Submitted": "auto-generated"}
    assert delivered() == [sent], "it is sent once"


def test_a_mail_goes_only_to_the_email_it_was_asked_for(ann, valkey):
    ask(ann.id)
    services.change_email(profile=user_by_id(user_id=ann.id), email="new@example.com")
    assert delivered() == []
    assert left(valkey) == 0


def test_a_mail_to_an_erased_person_is_not_sent(ann, valkey):
    ask(ann.id)
    valkey.client.delete(f"user:{ann.id}:profile")
    assert (delivered(), left(valkey)) == ([], 0)


@pytest.mark.parametrize("kind", [Kind.PASSWORD, Kind.KNOWN, Kind.CONFIRMATION])
def test_any_link_but_that_which_proves_an_email_goes_only_to_the_owner_of_the_email(ann, kind):
    services.register_user(user_id="ben", email=EMAIL)
    ask(ann.id, kind=kind)
    assert delivered() == []
    ask("ben", kind=kind)
    assert len(delivered()) == 1


@pytest.mark.parametrize("error", [ConnectionRefusedError(), TimeoutError(), smtplib.SMTPServerDisconnected()])
def test_while_the_mail_server_is_away_mails_wait(ann, valkey, failing, error, caplog):
    failing(error)
    ask(ann.id)
    assert not sender.send(waiting.taken("one", at=now_ms()))
    assert left(valkey) == 1
    assert (type(error).__name__ in caplog.text, EMAIL in caplog.text) == (True, False)
    failing([None])
    assert sender.send(waiting.taken("one", at=now_ms()))
    assert (left(valkey), len(FailingServer.taken)) == (0, 1)


@pytest.mark.parametrize(
    ("error", "waits"),
    [
        (refused(450), 1),
        (refused(550), 0),
        (smtplib.SMTPDataError(451, b"later"), 1),
        (smtplib.SMTPDataError(554, EMAIL.encode()), 0),
        (smtplib.SMTPSenderRefused(451, b"later", "aira@example.com"), 1),
        (smtplib.SMTPSenderRefused(550, b"the operator can mend it", "aira@example.com"), 1),
        (ValueError(f"{EMAIL} does not fit"), 0),
    ],
)
def test_a_mail_that_is_refused_stops_no_other_and_is_dropped_or_waits(ann, valkey, failing, error, waits, caplog):
    failing([error, None])
    mails = [ask(ann.id), ask(ann.id, kind=Kind.PASSWORD)]
    assert sender.send(mails)
    assert (left(valkey), len(FailingServer.taken)) == (waits, 1)
    assert ("mail" in caplog.text, EMAIL in caplog.text) == (True, False)
    assert waiting.taken("one", at=now_ms()) == [], "what was refused for now is tried again later"


@pytest.mark.parametrize("error", [refused(421), smtplib.SMTPDataError(421, b"bye")])
def test_a_server_that_ends_the_connection_is_away(ann, valkey, failing, error):
    failing([error])
    now = now_ms()
    mails = [ask(ann.id, at=now - 1), ask(ann.id, kind=Kind.PASSWORD, at=now)]
    assert not sender.send(mails)
    assert waiting.taken("one", at=now_ms()) == mails


def test_mails_that_are_always_refused_are_in_nobodys_way(ann, valkey, failing):
    now = now_ms()
    for number in range(waiting.TAKEN_AT_ONCE):
        ask(ann.id, at=now - 1000 - number)
    failing([refused(450)] * waiting.TAKEN_AT_ONCE + [None])
    others = ask(ann.id, kind=Kind.PASSWORD)
    assert sender.send(waiting.taken("one", at=now_ms()))
    assert waiting.taken("one", at=now_ms()) == [others]
    assert sender.send([others])
    assert len(FailingServer.taken) == 1


def test_an_email_that_fits_into_no_mail_does_not_stop_the_mails_of_others(ann, valkey):
    email = "\u0131" * 30 + "@example.com"  # Python's mails break so long a name into two lines, and then refuse it
    services.register_user(user_id="ben", email=email)
    ask("ben", email=email)
    ask(ann.id)
    assert [each.to for each in delivered()] == [[EMAIL]]
    assert left(valkey) == 0


def test_housekeeping_sends_in_a_thread_of_its_own_every_two_seconds(ann, valkey, monkeypatch):
    clock = [100.0]
    monkeypatch.setattr(sender, "monotonic", lambda: clock[0])
    ask(ann.id)
    sender.go_on()
    wait_until(lambda: left(valkey) == 0)
    ask(ann.id)
    clock[0] += sender.LOOK_EVERY_S - 0.1
    sender.go_on()
    assert left(valkey) == 1
    clock[0] += 0.1
    wait_until(lambda: sender.go_on() or left(valkey) == 0)
    assert len(outbox.outbox) == 2


def sending_ended():
    turn = state(sender.Sending).turn
    is_free = turn.acquire(blocking=False)
    if is_free:
        turn.release()
    return is_free


@pytest.mark.parametrize("error", [ConnectionRefusedError(), ZeroDivisionError()])
def test_after_a_failure_the_next_try_comes_later(ann, valkey, failing, monkeypatch, error):
    clock = [100.0]
    monkeypatch.setattr(sender, "monotonic", lambda: clock[0])
    failing(error)
    ask(ann.id)
    sender.go_on()
    wait_until(sending_ended)
    failing([None])
    clock[0] += sender.AGAIN_AFTER_S - 0.1
    sender.go_on()
    assert left(valkey) == 1
    clock[0] += 0.1
    sender.go_on()
    wait_until(lambda: left(valkey) == 0)


def test_if_redis_goes_away_while_mails_are_taken_or_sent_the_next_step_tries_again(ann, valkey, monkeypatch, caplog):
    def away(*_, **__):
        raise RedisUnavailable("away")

    ask(ann.id)
    with monkeypatch.context() as patched:
        patched.setattr(waiting, "taken", away)
        with pytest.raises(RedisUnavailable):
            sender.go_on()
    state(sender.Sending).due_s = 0.0
    with monkeypatch.context() as patched:
        patched.setattr(sender, "addressee_of", away)
        sender.go_on()
        wait_until(sending_ended)
    assert "Mails wait, because Redis is away" in caplog.text
    assert left(valkey) == 1
    assert len(delivered()) == 0, "it is still the turn of the process that took it"
    state(sender.Sending).due_s = 0.0
    sender.go_on()
    wait_until(lambda: left(valkey) == 0)


def test_a_site_without_a_mail_server_takes_nothing(ann, valkey, settings):
    ask(ann.id)
    settings.AIRA_MAIL = "none"
    sender.go_on()
    assert left(valkey) == 1
    assert not valkey.client.exists("aira:mails:turn")


def test_in_development_mails_are_printed(ann, settings, capsys):
    settings.EMAIL_BACKEND = "accounts.mail.console.ConsoleBackend"
    ask(ann.id)
    sender.send(waiting.taken("one", at=now_ms()))
    shown = capsys.readouterr().out
    assert f"  mail  To: {EMAIL}\n  mail  Subject: Confirm your email\n" in shown
    assert all(line.startswith("  mail  ") for line in shown.splitlines())
