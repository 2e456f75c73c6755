"""The proof that a database keeps its mark."""

import pytest

from redis_models.connection.link import Link
from redis_models.health.database_mark import verify_identity
from redis_models.journal import journal
from redis_models.replay.mark_proof import prove


@pytest.fixture
def mark(valkey):
    """The mark that this process has read and not proven."""
    return verify_identity(journal())


@pytest.fixture
def during_the_proof(monkeypatch):
    """Call a function after the server proved what it has."""

    def do(something):
        unconfirmed = Link.unconfirmed

        def confirm(link, *args, **options):
            found = unconfirmed(link, *args, **options)
            something()
            return found

        monkeypatch.setattr(Link, "unconfirmed", confirm)

    return do


@pytest.fixture
def without_file(valkey):
    """A server without an append-only file, which can prove nothing."""
    valkey.client.config_set("appendonly", "no")
    yield valkey
    valkey.client.config_set("appendonly", "yes")


def is_proven():
    return journal().mark.noted().proven_id == "tests"


def test_a_mark_is_proven_once_the_server_proves_that_it_keeps_it(mark, monkeypatch):
    prove(journal(), mark)
    assert is_proven()
    monkeypatch.setattr(Link, "unconfirmed", None)
    prove(journal(), mark)


def test_a_mark_is_not_proven_in_time(mark, monkeypatch):
    monkeypatch.setattr(Link, "unconfirmed", lambda *_, **__: "too late")
    prove(journal(), mark)
    assert not is_proven()


def test_a_mark_on_a_server_that_fails_is_not_proven(mark, valkey):
    valkey.stop()
    prove(journal(), mark)
    assert not is_proven()


def test_a_mark_that_is_lost_during_the_proof_is_not_proven(mark, valkey, during_the_proof):
    during_the_proof(lambda: valkey.client.delete("aira:database"))
    prove(journal(), mark)
    assert not is_proven()


def test_a_mark_is_not_proven_by_a_server_that_is_demoted_meanwhile(mark, valkey, during_the_proof):
    during_the_proof(lambda: valkey.client.replicaof("127.0.0.1", "1"))
    try:
        prove(journal(), mark)
    finally:
        valkey.client.replicaof("NO", "ONE")
    assert not is_proven()


def test_a_server_that_can_prove_nothing_is_taken_at_its_word_once_it_holds_a_user(mark, without_file):
    prove(journal(), mark)
    assert not is_proven()
    without_file.client.set("user:u1:profile", "x")
    prove(journal(), mark)
    assert is_proven()


def test_another_mark_than_the_noted_one_is_not_proven(mark, valkey):
    valkey.client.set("aira:database", "another.1")
    prove(journal(), "another.1")
    assert not journal().mark.noted().proven_id
