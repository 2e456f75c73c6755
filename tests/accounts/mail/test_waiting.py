"""What waits to be sent: who takes it, how long it waits, and what of it is stored."""

import json

import pytest

from accounts.mail import waiting
from accounts.mail.waiting import Kind, Mail
from accounts.privacy import erasure
from redis_models.health.clock import now_ms
from redis_models.writer import submit
from tests.support.people import sign_up

KEY = "aira:mails"
DAY_MS = 24 * 60 * 60 * 1000


def ask(user="u1", *, at=0, kind=Kind.PROOF):
    mail = Mail(user, kind, "ab" * 16, at or now_ms())
    submit(waiting.asking(mail))
    return mail


def test_what_waits_is_user_kind_digest_and_time(valkey):
    mail = ask()
    (stored,) = valkey.client.zrange(KEY, 0, -1)
    assert json.loads(stored) == {"user": "u1", "kind": "proof", "digest": "ab" * 16, "at": mail.at}


def test_a_mail_for_nobody_does_not_wait(valkey):
    ask("")
    assert valkey.client.exists(KEY) == 0


def test_mails_are_taken_oldest_first_by_one_process_at_a_time_until_they_are_removed(valkey):
    now = now_ms()
    new, old = ask(at=now), ask(at=now - 5)
    assert waiting.taken("one", at=now) == [old, new]
    assert waiting.taken("two", at=now) == []
    submit(waiting.ending(old))
    assert waiting.taken("one", at=now) == [new]
    assert 0 < valkey.client.pttl(f"{KEY}:turn") <= 60_000
    valkey.client.delete(f"{KEY}:turn")
    assert waiting.taken("two", at=now) == [new]


def test_a_mail_that_has_waited_for_a_day_is_dropped(valkey):
    ask(at=now_ms() - DAY_MS - 60_000)
    young = ask(at=now_ms() - DAY_MS + 3_600_000)
    assert waiting.taken("one", at=now_ms()) == [young]


def test_a_mail_that_was_refused_waits_five_minutes_but_no_longer_than_a_day_in_all(valkey):
    now = now_ms()
    old, young, other = ask(at=now - DAY_MS + 60_000), ask("u2", at=now), ask("u3", at=now)
    submit(waiting.postponing(young, at=now))
    submit(waiting.postponing(old, at=now))
    assert waiting.taken("one", at=now) == [other]
    submit(waiting.ending(other))
    submit(waiting.postponing(young, at=now - waiting.REFUSED_PAUSE_MS))
    assert waiting.taken("one", at=now) == [young]
    very_old = ask("u4", at=now - DAY_MS - 60_000)
    submit(waiting.postponing(very_old, at=now - waiting.REFUSED_PAUSE_MS))
    assert waiting.taken("one", at=now) == [young]
    assert valkey.client.zscore(KEY, very_old.text) is None


def test_a_mail_that_does_not_wait_any_more_does_not_wait_again_because_it_was_refused(valkey):
    mail = ask()
    submit(waiting.ending(mail))
    submit(waiting.postponing(mail, at=now_ms()))
    assert valkey.client.exists(KEY) == 0


def test_no_more_mails_wait_than_there_is_room_for(valkey):
    valkey.client.zadd(KEY, {str(number): number for number in range(10_000)})
    ask()
    assert valkey.client.zcard(KEY) == 10_000


def test_mails_are_forgotten_with_the_person_and_those_of_others_are_not(valkey):
    ann = sign_up("ann@example.com")
    ask(ann.id), ask(ann.id, at=now_ms() + 60_000), ask("u2")
    erasure.erase(user_id=ann.id)
    users = [json.loads(mail)["user"] for mail in valkey.client.zrange(KEY, 0, -1)]
    assert sorted(users) == sorted(["u2", ann.id]), "what was asked for after the erasure stays"


@pytest.mark.parametrize("count", [0, 25])
def test_no_more_than_twenty_mails_are_taken_at_once(valkey, count):
    for number in range(count):
        ask(f"u{number}")
    assert len(waiting.taken("one", at=now_ms())) == min(count, 20)
