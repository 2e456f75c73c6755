"""Claims are undone and released on a cluster while other requests of the same person are between their steps.

Each test is a trace of docs/protocol.md, in the world "releases of an email".
"""

from dataclasses import replace

import pytest

from accounts import writes
from redis_models.operations.claims import Origin
from redis_models.operations.write import Outcome
from redis_models.schema import email_keys, keys
from tests.flows.writes.steps import Execution
from tests.support.local import LocalClient

BASE = 1_795_423_341_000
EMAIL, OTHER = "a@example.com", "b@example.com"


@pytest.fixture(params=["valkey", "in process"])
def client(request, settings):
    settings.REDIS_ENDPOINT = replace(settings.REDIS_ENDPOINT, nodes=(("127.0.0.1", 1),))
    return request.getfixturevalue("valkey").client if request.param == "valkey" else LocalClient()


@pytest.fixture
def run(client):
    """Run some steps of an execution, by default all, and return its outcome."""

    def steps(execution, count=3):
        for _ in range(count):
            execution.go_on(client)
        return execution.receipt and execution.receipt.outcome

    return steps


def registration(user_id, at):
    return Execution(writes.registration(user_id=user_id, email=EMAIL, name=user_id, plan="", at=BASE + at))


def change(new, old, at):
    origin = Origin.OPERATOR
    return Execution(writes.email_change(user_id="ann", new=new, old=old, origin=origin, at=BASE + at))


def release(at):
    return Execution(writes.email_release(user_id="ann", email=EMAIL, at=BASE + at))


@pytest.fixture(autouse=True)
def ann(run):
    """Ann has the email."""
    assert run(registration("ann", 0)) == "applied"


@pytest.fixture
def owner(client):
    return lambda: client.get(email_keys.claim(EMAIL))


@pytest.fixture
def away(run, ann):
    """Ann has changed to another email; the old one is not released yet."""
    assert run(change(OTHER, EMAIL, 10)) == "applied"


def test_an_undo_leaves_a_claim_that_another_request_has_repeated(run, owner, away):
    run(release(10))
    late, back = registration("ann", 20), change(EMAIL, OTHER, 20)
    run(late, 1)
    run(back, 1)
    run(late, 1)
    assert run(back) == "applied"
    assert run(late) == "conflict"
    assert (owner(), run(registration("ben", 30))) == ("ann", "conflict")


def test_an_undo_leaves_a_claim_that_its_request_has_not_made(run, owner, away):
    late, back = registration("ann", 20), change(EMAIL, OTHER, 20)
    run(back, 1)
    run(late, 2)
    assert run(back) == "applied"
    assert run(late) == "conflict"
    assert (owner(), run(registration("ben", 30))) == ("ann", "conflict")


def test_an_undo_removes_a_claim_that_its_request_has_made_even_if_it_is_repeated_in_between(run, owner, away):
    run(release(10))
    late = registration("ann", 20)
    run(late, 2)
    again = Execution(late.write)
    assert run(again) == run(late) == "conflict"
    assert owner() is None


def test_a_release_leaves_a_newer_claim(run, owner, away):
    back = change(EMAIL, OTHER, 20)
    run(back, 1)
    assert run(release(10)) == "duplicate"
    assert run(back) == "applied"
    assert (owner(), run(registration("ben", 30))) == ("ann", "conflict")
    assert run(release(20)) == "applied"
    assert owner() is None


def test_the_release_of_an_erasure_leaves_the_claim_of_a_registration_after_it(run, owner, client):
    client.execute_command("DEL", keys.profile("ann"))
    assert run(registration("ann", 40)) == "applied"
    assert run(release(30)) == "duplicate"
    assert owner() == "ann"


def test_a_change_that_runs_late_does_not_undo_a_later_one(run, client, away):
    late = change(OTHER, EMAIL, 10)
    run(release(10))
    assert run(change(EMAIL, OTHER, 20)) == "applied"
    assert run(late) == "conflict"
    assert late.receipt.reply == ("changed",)
    assert client.hgetall(keys.profile("ann"))["email"] == EMAIL
    assert client.get(email_keys.claim(OTHER)) == "ann"


def test_an_older_change_that_is_applied_again_leaves_no_claim(run, client, away):
    run(release(10))
    third = "c@example.com"
    assert run(Execution(writes.email_change(user_id="ann", new=third, old=OTHER, at=BASE + 20))) == "applied"
    run(Execution(writes.email_release(user_id="ann", email=OTHER, at=BASE + 20)))
    again = Execution(
        replace(writes.email_change(user_id="ann", new=OTHER, old=EMAIL, at=BASE + 10), acknowledged=True)
    )
    assert run(again) == Outcome.GONE
    assert [client.get(email_keys.claim(email)) for email in (EMAIL, OTHER, third)] == [None, None, "ann"]


def test_claims_in_journals_of_release_0_1_0_are_undone_by_their_time(run, client, owner, away):
    """Their keys and arguments name no request."""
    run(release(10))
    old = registration("ann", 20).write
    before = replace(old.before, keys=old.before.keys[:2], args=old.before.args[:3])
    undo = replace(old.undo, keys=old.undo.keys[:2], args=("ann", str(old.at)))
    assert run(Execution(replace(old, before=before, undo=undo))) == "conflict"
    assert owner() is None
