"""Claims on an email by their origin: a weaker one gives way, whichever comes first, and whatever is applied again."""

import itertools
from dataclasses import replace

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts import claims, services, writes
from accounts.credentials import sessions
from redis_models.errors import Conflict
from redis_models.health import clock
from redis_models.health.clock import now_ms
from redis_models.journal import journal
from redis_models.operations.claims import PROVEN, Origin, claim_on, email_of, in_the_way_of
from redis_models.replay.drain import drain
from redis_models.schema import email_keys, keys
from tests.flows.writes.steps import Execution
from tests.flows.writes.test_commutation import BASE, execute, state_of
from tests.support.local import LocalClient
from tests.support.people import PASSWORD

EMAIL = "a@example.com"
NONE, OPERATOR, PROVIDER, LINK = Origin


def gives_way(held, wanted):
    return (held, wanted) in {(NONE, OPERATOR), (NONE, PROVIDER), (NONE, LINK), (OPERATOR, LINK)}


PAIRS = [(held, wanted) for held in Origin for wanted in Origin]


@pytest.fixture(params=["valkey", "in process"])
def client(request):
    return request.getfixturevalue("valkey").client if request.param == "valkey" else LocalClient()


@pytest.fixture(params=["one server", "as on a cluster"])
def topology(request, settings):
    if request.param == "as on a cluster":
        settings.REDIS_ENDPOINT = replace(settings.REDIS_ENDPOINT, nodes=(("127.0.0.1", 1),))
    return request.param


def registration(user_id, origin, at=0, email=EMAIL):
    return writes.registration(user_id=user_id, email=email, name="N", plan="", origin=origin, at=BASE + at)


def owner(client):
    return client.get(email_keys.claim(EMAIL))


def claimants(client):
    return client.hgetall(email_keys.claimants(EMAIL))


def acknowledged(write):
    return replace(write, acknowledged=True)


@pytest.mark.parametrize(("held", "wanted"), PAIRS)
def test_a_claim_gives_way_to_a_stronger_one_only(client, topology, held, wanted):
    client.flushall()
    execute(client, registration("ann", held))
    receipt = execute(client, registration("ben", wanted, at=1))
    assert receipt.outcome == ("applied" if gives_way(held, wanted) else "conflict")
    assert owner(client) == ("ben" if gives_way(held, wanted) else "ann")


@pytest.mark.parametrize(("held", "wanted"), [pair for pair in PAIRS if gives_way(*pair)])
def test_whichever_is_applied_again_the_stronger_claim_stays_and_no_row_is_refused(client, topology, held, wanted):
    client.flushall()
    weak, strong = acknowledged(registration("ann", held)), acknowledged(registration("ben", wanted, at=1))
    for order in ([weak, strong], [strong, weak], [weak, strong, weak], [strong, weak, strong, weak]):
        client.flushall()
        outcomes = {execute(client, write).outcome for write in order}
        assert outcomes <= {"applied", "duplicate", "gone"}
        assert (owner(client), sorted(claimants(client))) == ("ben", ["ann", "ben"])
        assert client.hgetall(keys.profile("ann"))["email"] == EMAIL


@pytest.mark.parametrize(("held", "wanted"), [pair for pair in PAIRS if gives_way(*pair)])
def test_a_change_whose_claim_has_given_way_is_done_when_it_is_applied_again(client, topology, held, wanted):
    client.flushall()
    other = "ann@example.com"
    execute(client, registration("ann", OPERATOR, email=other))
    change = writes.email_change(user_id="ann", new=EMAIL, old=other, origin=held, at=BASE + 1)
    execute(client, change)
    execute(client, registration("ben", wanted, at=2))
    assert execute(client, acknowledged(change)).outcome == "gone"
    client.execute_command("DEL", keys.profile("ann"))
    assert execute(client, acknowledged(change)).outcome == "gone"
    assert (owner(client), client.hgetall(keys.profile("ann"))["email"]) == ("ben", EMAIL)


def test_a_claim_from_before_origins_counts_as_the_operators(client, topology):
    client.flushall()
    client.execute_command("SET", email_keys.claim(EMAIL), "ann")
    assert execute(client, registration("ben", PROVIDER)).outcome == "conflict"
    assert execute(client, registration("ann", NONE)).outcome in ("applied", "duplicate")
    assert execute(client, registration("ben", PROVIDER)).outcome == "conflict"
    assert execute(client, registration("ben", LINK)).outcome == "applied"
    assert sorted(claimants(client)) == ["ann", "ben"]


def without_origin(write):
    """Return the write as an earlier release made it: of the first six keys, and without an origin."""
    before = write.before and replace(write.before, keys=write.before.keys[:3], args=write.before.args[:4])
    kept = 6 if write.script == "accounts.email.1" else -1
    return replace(
        write,
        keys=write.keys if before else write.keys[:kept],
        args=write.args[:-1] if not before else write.args,
        before=before,
    )


def test_a_write_with_an_origin_is_the_same_when_it_is_read_from_a_row(topology):
    of_ann = {"user_id": "ann", "email": EMAIL, "at": BASE}
    of_change = {"user_id": "ann", "old": EMAIL, "new": "x@example.com", "at": BASE}
    for write in (
        registration("ann", PROVIDER),
        writes.sign_up(**of_ann, name="Ann", encoded="argon2$a"),
        writes.email_change(**of_change, origin=LINK),
        writes.email_claiming(**of_ann, token="t"),
    ):
        assert repr(msgspec.json.decode(msgspec.json.encode(write), type=type(write))) == repr(write)


def test_rows_from_before_origins_count_as_the_operators(client, topology):
    client.flushall()
    assert execute(client, without_origin(registration("ann", NONE))).outcome == "applied"
    assert execute(client, registration("ben", PROVIDER)).outcome == "conflict"
    client.flushall()
    sign_up = writes.sign_up(user_id="ann", email=EMAIL, name="Ann", encoded="argon2$a", at=BASE)
    assert execute(client, without_origin(sign_up)).outcome == "applied"
    assert execute(client, registration("ben", PROVIDER)).outcome == "conflict"


def test_the_undo_of_a_claim_that_took_an_email_gives_it_back(client, settings):
    settings.REDIS_ENDPOINT = replace(settings.REDIS_ENDPOINT, nodes=(("127.0.0.1", 1),))
    client.flushall()
    execute(client, registration("ann", NONE))
    execute(client, registration("ben", OPERATOR, email="ben@example.com"))
    refused = Execution(registration("ben", OPERATOR, at=1))
    for _ in range(3):
        refused.go_on(client)
    assert (refused.receipt.outcome, refused.receipt.reply) == ("conflict", ("id",))
    assert (owner(client), list(claimants(client))) == ("ann", ["ann"])
    for step, argv in refused.sent[-1:]:
        Execution(replace(step, args=argv[2:])).go_on(client)
    assert owner(client) == "ann"


def test_only_the_two_newest_of_those_who_lost_an_email_are_kept(client, topology):
    client.flushall()
    for number, (name, origin) in enumerate([("ann", NONE), ("ben", OPERATOR)]):
        execute(client, registration(name, origin, at=number))
    client.execute_command("HSET", email_keys.claimants(EMAIL), "dan", "0 0 0 1")
    execute(client, registration("cleo", LINK, at=9))
    assert sorted(claimants(client)) == ["ben", "cleo", "dan"]


def test_who_gets_another_email_or_is_erased_has_not_lost_the_old_one_any_more(client, topology):
    at = {"user_id": "ann", "at": BASE + 9}
    change = [writes.email_change(new="x@example.com", old=EMAIL, **at), writes.email_release(email=EMAIL, **at)]
    for leave in (change, [writes.erasure_of_claim(email=EMAIL, **at)]):
        client.flushall()
        for write in (registration("ann", NONE), registration("ben", OPERATOR, at=1), *leave):
            execute(client, write)
        assert list(claimants(client)) == ["ben"]


def test_what_was_said_before_the_user_changed_to_the_email_does_not_count(client, topology):
    client.flushall()
    change = writes.email_change(user_id="ann", new=EMAIL, old="x@example.com", at=BASE + 5)
    for write in (change, registration("ann", OPERATOR, at=1)):
        execute(client, acknowledged(write))
    assert claimants(client) == {"ann": f"{BASE + 5} 0 0 0"}
    assert execute(client, registration("ben", PROVIDER, at=9)).outcome == "applied"


@pytest.mark.parametrize("erased_last", [False, True])
def test_what_was_said_before_the_user_was_erased_does_not_count(client, topology, erased_last):
    client.flushall()
    erasure = writes.erasure_of_claim(user_id="ann", email=EMAIL, at=BASE + 5)
    again = acknowledged(registration("ann", NONE, at=7))
    execute(client, registration("ann", OPERATOR, at=1))
    for write in (again, erasure) if erased_last else (erasure, again):
        execute(client, write)
    assert owner(client) == "ann"
    assert execute(client, registration("ben", PROVIDER, at=9)).outcome == "applied"


histories = st.lists(
    st.one_of(
        st.builds(lambda origin, at: registration("ann", origin, at=at), st.sampled_from(Origin), st.integers(0, 5)),
        st.builds(
            lambda origin, at: writes.email_change(user_id="ann", new=EMAIL, old=EMAIL, origin=origin, at=BASE + at),
            st.sampled_from(Origin),
            st.integers(0, 5),
        ),
    ),
    min_size=1,
    max_size=6,
)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(data=st.data(), some=histories, back_at=st.integers(0, 5))
def test_what_is_said_of_an_email_commutes_also_with_a_change_to_it(client, topology, data, some, back_at):
    """What was said before the user changed to the email does not count."""
    back = writes.email_change(user_id="ann", new=EMAIL, old="x@example.com", at=BASE + back_at)
    every = [acknowledged(write) for write in (*some, back)]
    states = []
    for order in (every, data.draw(st.permutations(every)), [*data.draw(st.permutations(every)), *every[:2]]):
        client.flushall()
        for write in order:
            execute(client, write)
        states.append({key: value for key, value in state_of(client).items() if key.startswith("email:")})
        states[-1] = {key: value for key, value in states[-1].items() if not key.endswith(":claimedBy")}
    assert states[0] == states[1] == states[2]


def test_a_renewed_spelling_commutes_with_the_claims_before_and_after_it(client, topology):
    present, earlier = "a@xn--bcher-kva.example", "a@bücher.example"
    of_ann = {"user_id": "ann", "new": present}
    every = [
        acknowledged(without_origin(registration("ann", OPERATOR, email=earlier))),
        acknowledged(registration("ben", NONE, at=1, email=present)),
        acknowledged(writes.email_change(**of_ann, old=earlier, origin=OPERATOR, at=BASE + 2)),
        acknowledged(writes.email_release(user_id="ann", email=earlier, at=BASE + 2)),
        acknowledged(writes.email_change(**of_ann, old=present, origin=LINK, at=BASE + 3)),
    ]
    states = []
    for order in itertools.permutations(every):
        client.flushall()
        for write in (*order, order[0], every[3]):
            execute(client, write)
        kept = {key: value for key, value in state_of(client).items() if key.startswith("email:")}
        states.append({key: value for key, value in kept.items() if not key.endswith(":claimedBy")})
    assert all(state == states[0] for state in states)
    assert client.get(email_keys.claim(present)) == "ann"
    assert client.hgetall(email_keys.claimants(present)) == {
        "ann": f"{BASE + 2} {BASE + 3} 0 {BASE + 2}",
        "ben": "0 0 0 0",
    }


def sign_up():
    sessions.sign_up(email=EMAIL, password=PASSWORD)


def register(user_id, origin=OPERATOR):
    return services.register_user(user_id=user_id, email=EMAIL, origin=origin)


def test_a_waiting_claim_of_no_origin_is_not_in_the_way_of_a_stronger_one(valkey, keep):
    keep(writes.registration(user_id="ann", email=EMAIL, name="Ann", plan="", origin=NONE, at=now_ms()))
    with pytest.raises(Conflict):
        register("cleo", NONE)
    assert register("ben").receipt.outcome == "applied"
    assert drain().dead_letters == 0
    assert (claims.owner_of(EMAIL), valkey.client.hget("user:ann:profile", "email")) == ("ben", EMAIL)


def test_in_an_outage_both_claims_wait_and_the_stronger_one_gets_the_email(valkey, keep):
    for user_id, origin in (("ann", NONE), ("ben", OPERATOR)):
        keep(writes.registration(user_id=user_id, email=EMAIL, name="N", plan="", origin=origin, at=clock.now_ms()))
    assert drain().dead_letters == 0
    assert claims.claim_on(EMAIL) == claims.Claim(EMAIL, "ben", OPERATOR, ("ann",))


def test_a_lost_claim_of_no_origin_is_not_applied_again_before_a_stronger_one(valkey):
    sign_up()
    valkey.client.delete(*valkey.client.keys("email:*"), *valkey.client.keys("user:*"))
    assert register("ben").receipt.outcome == "applied"
    journal().flush()
    assert drain().dead_letters == 0
    assert claims.owner_of(EMAIL) == "ben"


def test_an_email_is_found_only_by_a_proven_claim_also_while_it_waits(valkey, keep):
    for user_id, origin in (("ann", NONE), ("ben", PROVIDER)):
        keep(writes.registration(
            user_id=user_id, email=f"{user_id}@example.com", name="N", plan="", origin=origin, at=now_ms()
        ))  # fmt: skip
    assert journal().rows.claimant("ann@example.com") is None
    assert journal().rows.claimant("ben@example.com") == "ben"


def test_a_claim_is_named_by_its_origin_and_the_operators_as_in_earlier_releases():
    assert claim_on(EMAIL, OPERATOR) == EMAIL
    for origin in Origin:
        claim = claim_on(EMAIL, origin)
        assert email_of(claim) == EMAIL
        assert {*in_the_way_of(claim)} == {claim_on(EMAIL, held) for held in Origin if not gives_way(held, origin)}
    assert NONE not in PROVEN
