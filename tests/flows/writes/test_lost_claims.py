"""Redis may lose a claim that a host has told someone is stored: on that host the email still goes to nobody else."""

import pytest

from accounts import claims, selectors, services, writes
from accounts.credentials import sessions
from accounts.privacy import erasure
from redis_models import gateway
from redis_models.errors import Conflict, JournalUnavailable, OutcomeUnknown, RedisUnavailable
from redis_models.health import clock
from redis_models.journal import journal
from redis_models.operations.claims import Origin
from redis_models.replay.drain import drain
from redis_models.writer import submit
from tests.support.people import PASSWORD

EMAIL = "a@example.com"


def register(user_id, email=EMAIL):
    return services.register_user(user_id=user_id, email=email)


def owner():
    return claims.owner_of(EMAIL)


@pytest.fixture(autouse=True)
def ann(valkey):
    """Ann, who was told that her registration is stored; nothing has proven it yet."""
    return register("ann").profile


@pytest.fixture
def lose(valkey):
    """Remove all accounts, as a fail-over to a replica that lags does."""

    def remove():
        valkey.client.delete(*valkey.client.keys("user:*"), *valkey.client.keys("email:*"))

    return remove


def change_email(user_id):
    services.change_email(profile=register(user_id, f"{user_id}@example.com").profile, email=EMAIL)


def import_claim(user_id):
    claim = writes.email_claiming(user_id=user_id, token="t1", email=EMAIL, at=clock.now_ms())
    if submit(claim).outcome == "conflict":
        raise Conflict


def sign_up(_):
    sessions.sign_up(email=EMAIL, password=PASSWORD)
    raise Conflict  # signing up reveals nothing; the owner shows whether it took the email


@pytest.mark.parametrize("claim", [register, change_email, import_claim, sign_up])
def test_an_email_whose_claim_was_lost_goes_to_nobody_else(lose, claim):
    lose()
    with pytest.raises(Conflict):
        claim("ben")
    assert owner() == "ann"
    drain()
    assert (owner(), journal().admin.status().dead_letters) == ("ann", 0)
    assert selectors.user_by_email(email=EMAIL).id == "ann"


def test_an_email_whose_claim_is_lost_twice_goes_to_nobody_else(lose, monkeypatch):
    """The second loss comes after the claim was applied again: the new claim must not be sent."""
    real = gateway.apply

    def apply_and_lose(write):
        receipt = real(write)
        if write.user_id == "ann":
            lose()
        return receipt

    monkeypatch.setattr(gateway, "apply", apply_and_lose)
    lose()
    with pytest.raises(Conflict):
        register("ben")
    assert owner() is None
    monkeypatch.undo()
    drain()
    assert owner() == "ann"


def test_on_a_server_that_proves_nothing_the_answer_is_a_conflict_and_not_503(valkey, lose):
    valkey.client.config_set("appendonly", "no")
    try:
        assert drain().fenced == 0
        for _ in range(2):
            lose()
            with pytest.raises(Conflict, match="already registered"):
                register("ben")
            assert owner() == "ann"
    finally:
        valkey.client.config_set("appendonly", "yes")


def test_an_email_that_was_given_up_can_be_registered_while_its_old_claim_is_not_proven(ann):
    services.change_email(profile=ann, email="new@example.com")
    assert register("ben").receipt.outcome == "applied"
    assert owner() == "ben"
    journal().flush()
    assert journal().admin.status().applied == 3
    with pytest.raises(Conflict):
        register("cleo")


def test_an_email_of_an_erased_user_can_be_registered(ann):
    erasure.erase(user_id="ann")
    assert register("ben").receipt.outcome == "applied"


def test_if_redis_is_away_when_the_claim_is_applied_again_the_email_still_goes_to_nobody_else(lose, monkeypatch):
    def lost_reply(write):
        raise OutcomeUnknown("The reply was lost.")

    monkeypatch.setattr(gateway, "apply", lost_reply)
    lose()
    with pytest.raises(Conflict):
        register("ben")
    with pytest.raises(RedisUnavailable):
        sessions.sign_up(email=EMAIL, password=PASSWORD)
    assert journal().admin.status().pending == 0


def test_a_lost_claim_is_asked_for_even_if_the_journal_is_full(lose, monkeypatch):
    monkeypatch.setattr("redis_models.journal.rows.MAX_UNACKNOWLEDGED", 0)
    lose()
    with pytest.raises(Conflict):
        register("ben")
    assert register("cleo", "c@example.com").receipt.durability == "server"


def test_if_a_lost_claim_cannot_be_applied_again_redis_decides(valkey, lose, caplog):
    lose()
    valkey.client.set("user:ann:profile", "not a hash")
    assert register("ben").receipt.outcome == "applied"
    assert "could not be applied again" in caplog.text


def test_a_claim_is_not_applied_again_to_another_database(lose, monkeypatch):
    drain()
    monkeypatch.setattr(journal().rows, "database", "another")
    register("dan", "dan@example.com")
    monkeypatch.undo()
    lose()
    assert register("ben", "dan@example.com").receipt.outcome == "applied"


def test_if_the_journal_is_full_the_claims_that_it_has_still_count(lose, monkeypatch):
    def refuse(*_, **__):
        raise JournalUnavailable("The disk is full.")

    journal().flush()
    lose()
    monkeypatch.setattr(journal().rows, "begin", refuse)
    with pytest.raises(Conflict):
        register("ben")
    assert owner() == "ann"


@pytest.fixture
def ben(hosts, lose):
    """Ben, who got the email on another host, after a fail-over had lost Ann's claim."""
    journal().flush()
    lose()
    with hosts.process("another"):
        return register("ben").profile


def test_whoever_got_a_lost_email_elsewhere_is_refused_it_by_the_host_that_had_promised_it(ben):
    with pytest.raises(Conflict):
        register("ben")
    assert (owner(), journal().admin.status().applied) == ("ben", 1)


def test_a_dead_letter_of_whoever_was_told_that_the_email_is_stored_is_in_the_way_until_it_is_dropped(ben, valkey):
    assert drain().dead_letters == 1
    with pytest.raises(Conflict):
        register("ben")
    valkey.stop()
    with pytest.raises(Conflict):
        register("ben")
    valkey.start()
    journal().admin.drop([])
    assert register("ben").receipt.outcome in {"duplicate", "journaled"}


def test_a_dead_letter_is_in_the_way_if_its_process_may_have_said_yes_before_it_died(hosts):
    email = "cleo@example.com"
    write = writes.registration(user_id="cleo", email=email, name="Cleo", plan="", at=clock.now_ms())
    journal().rows.begin(write, deadline_ms=1)
    with hosts.process("another"):
        register("ben", email)
    assert drain().dead_letters == 1
    with pytest.raises(Conflict):
        register("ben", email)


def test_a_dead_letter_of_whoever_was_told_that_the_email_is_pending_is_in_nobodys_way(hosts, monkeypatch):
    email = "dan@example.com"

    def lost_reply(_):
        raise OutcomeUnknown("The reply was lost.")

    with monkeypatch.context() as replies:
        replies.setattr(gateway, "apply", lost_reply)
        assert register("dan", email).receipt.outcome == "journaled"
    with hosts.process("another"):
        register("ben", email)
    assert drain().dead_letters == 1
    assert register("ben", email).receipt.outcome == "duplicate"


def test_a_dead_letter_of_a_weaker_claim_is_in_nobodys_way(ben):
    drain()
    by_link = writes.registration(user_id="ben", email=EMAIL, name="", plan="", origin=Origin.LINK, at=clock.now_ms())
    assert submit(by_link).outcome == "duplicate"


def test_a_dead_letter_for_another_database_is_in_nobodys_way(lose, monkeypatch):
    drain()
    monkeypatch.setattr(journal().rows, "database", "another")
    register("dan", "dan@example.com")
    monkeypatch.undo()
    journal().flush()
    (dan,) = journal().rows.by_id(range(10))
    journal().queue.add_dead_letters({dan.id: "conflict email"})
    lose()
    assert register("ben", "dan@example.com").receipt.outcome == "applied"
