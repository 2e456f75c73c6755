"""Sessions that end, on several hosts and in outages."""

import pytest

from accounts import writes
from accounts.access.authentication import caller_of
from accounts.credentials import revocation, sessions, tokens
from accounts.errors import Refused
from accounts.privacy.erasure import begin
from accounts.selectors import user_by_id
from redis_models.background import revocations, revoked_list
from redis_models.errors import JournalUnavailable
from redis_models.health import clock, monitor
from redis_models.journal import journal
from redis_models.replay.drain import drain
from redis_models.writer import submit
from tests.support.commands import counted
from tests.support.people import PASSWORD, client_with

HOST, OTHER = "host", "other"

pytestmark = pytest.mark.usefixtures("list_clock")


def is_refused(signed_in):
    return client_with(signed_in.access_token).get("/api/dashboard").status_code == 401


def go_away(valkey):
    valkey.stop()
    monitor.watch_once()
    monitor.watch_once()


ENDS = {
    "signed out": lambda person: sessions.sign_out(person.signed_in.session),
    "signed out everywhere": lambda person: sessions.sign_out_everywhere(user_id=person.id),
    "ended in the list": lambda person: sessions.end(user_id=person.id, session_id=person.signed_in.session.id),
    "erased": lambda person: begin(user_id=person.id),
    "an old refresh token": lambda person: use_twice(person.signed_in.refresh_token),
    "another password": lambda person: sessions.change_password(
        profile=user_by_id(user_id=person.id), current=PASSWORD, new="another staple entirely"
    ),
}


def use_twice(token):
    sessions.refresh(refresh_token=token)
    with pytest.raises(Refused):
        sessions.refresh(refresh_token=token)


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
def test_a_session_that_ends_on_one_host_is_refused_on_another_from_its_next_reading_on(ann, hosts, list_clock, end):
    with hosts.process(OTHER):
        assert not is_refused(ann.signed_in)
    with hosts.process(HOST):
        end(ann)
        assert is_refused(ann.signed_in), "here at once"
    list_clock.pass_by(revocations.STALE_AFTER_S)
    with hosts.process(OTHER):
        assert is_refused(ann.signed_in)


@pytest.mark.parametrize("end", [ENDS[name] for name in ("signed out", "signed out everywhere")])
def test_a_session_that_ends_in_an_outage_is_refused_here_at_once_and_elsewhere_when_redis_is_back(
    ann, valkey, hosts, list_clock, end
):
    with hosts.process(HOST):
        go_away(valkey)
        assert end(ann).is_pending
        assert is_refused(ann.signed_in)
        with pytest.raises(Refused):
            sessions.refresh(refresh_token=ann.signed_in.refresh_token)
    list_clock.pass_by(revocations.STALE_AFTER_S)
    with hosts.process(HOST, "another process"):
        assert is_refused(ann.signed_in)
        with pytest.raises(Refused):
            sessions.refresh(refresh_token=ann.signed_in.refresh_token)
    valkey.start()
    with hosts.process(OTHER):
        assert not is_refused(ann.signed_in)
    with hosts.process(HOST):
        monitor.watch_once()
        drain()
        assert journal().admin.status().pending == 0
    list_clock.pass_by(revocations.STALE_AFTER_S)
    with hosts.process(OTHER):
        assert is_refused(ann.signed_in)


def test_only_the_session_that_ended_is_refused(ann):
    other = sessions.sign_in(email=ann.email, password=PASSWORD)
    sessions.sign_out(other.session)
    assert (is_refused(other), is_refused(ann.signed_in)) == (True, False)


def test_a_session_that_began_after_signing_out_everywhere_goes_on(ann, list_clock):
    sessions.sign_out_everywhere(user_id=ann.id)
    later = sessions.open_session(ann.id, at=clock.now_ms() + 1)
    list_clock.pass_by(revocations.STALE_AFTER_S)
    assert (is_refused(ann.signed_in), is_refused(later)) == (True, False)


def test_nobody_ends_a_session_of_somebody_else_by_its_id(ann):
    session = ann.signed_in.session
    sessions.sign_out(tokens.Session("user_of_somebody_else", session.id, session.created_ms))
    assert not is_refused(ann.signed_in)


def test_a_session_takes_no_round_trip(ann, valkey):
    caller_of(ann.signed_in.access_token)
    with counted(valkey) as commands:
        caller_of(ann.signed_in.access_token)
    assert commands == []


def test_a_session_that_ended_long_before_an_outage_is_not_refreshed(ann, valkey, list_clock):
    sessions.sign_out(ann.signed_in.session)
    revocations.read()
    list_clock.pass_by(revoked_list.MEMORY_MS / 1000)
    revocations.read()
    assert not revocation.is_over(ann.signed_in.session)
    go_away(valkey)
    with pytest.raises(Refused):
        sessions.refresh(refresh_token=ann.signed_in.refresh_token)


def test_a_token_that_a_cut_off_host_gave_for_an_ended_session_is_refused_however_late_it_comes(
    ann, valkey, hosts, list_clock
):
    with hosts.process(OTHER):
        assert not is_refused(ann.signed_in)
    with hosts.process(HOST):
        sessions.sign_out(ann.signed_in.session)
        revocations.read()
    valkey.stop()
    with hosts.process(OTHER):  # it cannot know
        given = sessions.refresh(refresh_token=ann.signed_in.refresh_token)
        assert not given.is_rotated
    valkey.start()
    with hosts.process(HOST):
        list_clock.pass_by(revoked_list.MEMORY_MS / 1000)
        monitor.watch_once()
        revocations.read()
        assert not revocation.is_over(ann.signed_in.session)
        assert is_refused(given)


def test_a_refresh_token_that_this_host_replaced_ends_its_session_in_an_outage(ann, valkey):
    newer = sessions.refresh(refresh_token=ann.signed_in.refresh_token)
    go_away(valkey)
    assert not sessions.refresh(refresh_token=newer.refresh_token).is_rotated
    with pytest.raises(Refused):
        sessions.refresh(refresh_token=ann.signed_in.refresh_token)
    assert is_refused(newer)
    with pytest.raises(Refused):
        sessions.refresh(refresh_token=newer.refresh_token)


def test_a_refresh_whose_reply_was_lost_gets_the_same_token_in_an_outage(ann, valkey, monkeypatch):
    old = ann.signed_in.refresh_token
    once = sessions.refresh(refresh_token=old, request_key="k1")
    go_away(valkey)
    again = sessions.refresh(refresh_token=old, request_key="k1")
    assert (again.refresh_token, again.is_rotated) == (once.refresh_token, True)
    later = clock.now_ms() + sessions.REPEATED_WITHIN_MS
    monkeypatch.setattr(sessions, "now_ms", lambda: later)
    with pytest.raises(Refused):
        sessions.refresh(refresh_token=old, request_key="k1")


def test_a_session_whose_end_was_not_told_is_told_by_the_next_refresh(ann, hosts, list_clock):
    newer = sessions.refresh(refresh_token=ann.signed_in.refresh_token)
    old = tokens.refresh_token_from(ann.signed_in.refresh_token)
    submit(rotation_of(old))  # the process was killed right after this, before it told anybody
    with pytest.raises(Refused):
        sessions.refresh(refresh_token=newer.refresh_token)
    list_clock.pass_by(revocations.STALE_AFTER_S)
    with hosts.process(OTHER):
        assert is_refused(newer)


def rotation_of(old):
    new = old.successor(at=clock.now_ms())
    rotation = writes.Rotation(old.session.id, old.session.created_ms, new.generation, old.digest, new.digest, "")
    return writes.session_rotate(user_id=old.session.user_id, rotation=rotation, at=clock.now_ms())


def test_without_a_journal_refreshing_works(ann, valkey, monkeypatch):
    class Unusable:
        def __getattr__(self, name):
            raise JournalUnavailable("The disk is gone.")

    monkeypatch.setattr(sessions, "journal", Unusable)
    newer = sessions.refresh(refresh_token=ann.signed_in.refresh_token)
    go_away(valkey)
    assert not sessions.refresh(refresh_token=newer.refresh_token).is_rotated


def test_an_erased_user_who_refreshes_leaves_nothing(ann, hosts, valkey):
    with hosts.process(HOST):
        begin(user_id=ann.id)
    with hosts.process(OTHER):
        revocations.read()
    valkey.client.delete("aira:revoked", "aira:revoked:until", f"user:{ann.id}:sessions")
    with pytest.raises(Refused):
        sessions.refresh(refresh_token=ann.signed_in.refresh_token)
    assert not valkey.client.exists(f"user:{ann.id}:sessions")
