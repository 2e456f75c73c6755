"""An email whose registration a host acknowledged goes to nobody else on that host, even just after Redis is back."""

import threading

import pytest

from accounts import claims, services, writes
from accounts.credentials import sessions
from redis_models import gateway
from redis_models.errors import ClaimInFlight, Conflict
from redis_models.health import clock, registry
from redis_models.journal import journal
from redis_models.replay.drain import drain
from redis_models.writer import submit
from tests.environment import SERVICE_KEY
from tests.support.people import PASSWORD, client_with
from tests.support.waiting import PATIENCE_S, joined

EMAIL = "a@example.com"


@pytest.fixture(params=["ahead", "on_failure"])
def mode(settings, request):
    settings.AIRA_JOURNAL = request.param


def register(user_id, email=EMAIL):
    return services.register_user(user_id=user_id, email=email)


@pytest.fixture
def waiting(mode, valkey, keep):
    """Ann's registration is pending, and Redis is back but does not have it yet."""
    keep(writes.registration(user_id="ann", email=EMAIL, name="Ann", plan="", at=clock.now_ms()))


def owner():
    return claims.owner_of(EMAIL)


def test_an_email_with_a_pending_claim_cannot_be_registered(waiting):
    with pytest.raises(Conflict, match="already registered"):
        register("ben")
    assert drain().dead_letters == 0
    assert owner() == "ann"


def test_signing_up_with_an_email_with_a_pending_claim_is_refused_without_revealing_it(waiting):
    sessions.sign_up(email=EMAIL, password=PASSWORD)
    drain()
    assert owner() == "ann"


def test_an_email_cannot_be_changed_to_one_with_a_pending_claim(waiting):
    ben = register("ben", "ben@example.com").profile
    with pytest.raises(Conflict, match="already registered"):
        services.change_email(profile=ben, email=EMAIL)
    drain()
    assert owner() == "ann"


def test_an_import_does_not_take_an_email_with_a_pending_claim(waiting):
    claim = writes.email_claiming(user_id="ben", token="t1", email=EMAIL, at=clock.now_ms())
    assert submit(claim).outcome == "conflict"
    drain()
    assert owner() == "ann"


def test_the_same_user_can_register_again_meanwhile(waiting):
    assert register("ann").profile.id == "ann"
    drain()
    assert owner() == "ann"


@pytest.mark.parametrize("mode_of_journal", ["ahead", "on_failure", "memory"])
def test_while_a_registration_is_in_flight_another_one_must_try_again(valkey, settings, monkeypatch, mode_of_journal):
    settings.AIRA_JOURNAL = mode_of_journal
    sent, go_on = threading.Event(), threading.Event()
    real = gateway.apply

    def slow(write):
        if write.user_id == "ann":
            sent.set()
            assert go_on.wait(PATIENCE_S)
        return real(write)

    monkeypatch.setattr(gateway, "apply", slow)
    first = threading.Thread(target=register, args=("ann",))
    first.start()
    assert sent.wait(PATIENCE_S)
    try:
        for claim in (lambda: register("ben"), lambda: sessions.sign_up(email=EMAIL, password=PASSWORD)):
            with pytest.raises(ClaimInFlight):
                claim()
    finally:
        go_on.set()
        joined(first)
    with pytest.raises(Conflict):
        register("ben")
    assert owner() == "ann"


def test_over_http_a_claim_in_flight_is_503_with_retry_after(valkey, service):
    claim = writes.registration(user_id="ann", email=EMAIL, name="Ann", plan="", at=clock.now_ms())
    journal().rows.begin(claim, deadline_ms=2**60)
    answer = service.post("/api/auth/register-user", {"userId": "ben", "email": EMAIL}, format="json")
    assert (answer.status_code, answer["Retry-After"]) == (503, "1")


def test_a_sign_up_whose_process_died_is_never_applied(valkey):
    write = writes.sign_up(user_id="ann", email=EMAIL, name="Ann", encoded="argon2$a", at=clock.now_ms())
    journal().rows.begin(write, deadline_ms=1)
    with pytest.raises(ClaimInFlight):
        sessions.sign_up(email=EMAIL, password=PASSWORD)
    assert drain().applied == 0
    assert register("ben").profile.id == "ben"


def test_pending_claims_are_checked_even_if_the_journal_is_full(waiting, monkeypatch):
    monkeypatch.setattr("redis_models.journal.rows.MAX_UNACKNOWLEDGED", 0)
    with pytest.raises(Conflict):
        register("ben")
    assert register("cleo", "c@example.com").receipt.outcome == "applied"


def test_if_the_journal_cannot_be_read_redis_decides_about_a_claim(valkey, settings, tmp_path):
    (tmp_path / "file").touch()
    settings.AIRA_DATA_DIR = tmp_path / "file" / "data"
    assert register("ann").receipt.durability == "server"


def test_none_of_a_hundred_emails_in_each_mode_has_two_acknowledged_owners(mode, valkey):
    """In each try one user registers in an outage, and three others use the same email while Redis comes back."""
    doubled = []
    for number in range(100):
        email, told = f"race{number}@example.com", []
        breaker = registry.breaker_for([])
        breaker.is_monitored = True
        for _ in range(2):
            breaker.probe_missed("away")
        ask(told, f"first{number}", email)
        ready = threading.Barrier(5)
        threads = [threading.Thread(target=come, args=(ready, told, f"n{number}x{n}", email)) for n in range(3)]
        threads.append(threading.Thread(target=drain_then, args=(ready,)))
        for thread in threads:
            thread.start()
        ready.wait()
        breaker.probe_answered(clock_offset_ms=0, refusal="")
        for thread in threads:
            thread.join()
        doubled += [email] if len(told) > 1 else []
        assert told, email
    drain()
    assert doubled == []
    assert journal().admin.status().dead_letters == 0


def come(ready, told, user_id, email):
    ready.wait()
    ask(told, user_id, email)


def drain_then(ready):
    ready.wait()
    drain()


def ask(told, user_id, email):
    client = client_with(SERVICE_KEY)
    answer = client.post("/api/auth/register-user", {"userId": user_id, "email": email}, format="json")
    assert answer.status_code in (200, 202, 409, 503), answer.content
    if answer.status_code in (200, 202):
        told.append(user_id)
