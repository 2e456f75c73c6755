"""All writes of a user commute and may run twice: in any order, with any repetitions, on both servers, one state."""

import json
import random
from dataclasses import replace

import fakeredis
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts import writes as account_writes
from chat import writes as chat_writes
from chat.models import Message
from dashboard import writes as dashboard_writes
from redis_models import keys
from redis_models.scripts import script
from redis_models.write import Outcome, Receipt

USER = "u1"
BASE = 1_795_423_341_000
TIMES = st.integers(0, 4).map(lambda step: BASE + step * 7 * 3_600_000)
CONVERSATIONS = st.sampled_from(["c1", "c2", "c3", "c4"])
MESSAGES = [Message(f"m{n}", "user", f'text {n} "ü\\\n\x01', f"2026-11-23T08:0{n}:00.000Z") for n in range(4)]

saves = st.builds(
    chat_writes.save,
    user_id=st.just(USER),
    conversation_id=CONVERSATIONS,
    title=st.sampled_from(["One", "Two", 'Quoted "title"']),
    tags=st.sampled_from([("anxiety",), ("sleep", "stress"), ()]),
    messages=st.lists(st.sampled_from(MESSAGES), min_size=1, max_size=3, unique=True),
    request_key=st.just(chat_writes.RequestKey()),
    at=TIMES,
)
deletions = st.builds(chat_writes.deletion, user_id=st.just(USER), conversation_id=CONVERSATIONS, at=TIMES)
moods = st.builds(
    dashboard_writes.mood,
    user_id=st.just(USER),
    mood_id=st.sampled_from(["a", "b"]),
    score=st.sampled_from(["0", "6.5", "10"]),
    note=st.sampled_from(["", "slept\nwell"]),
    at=TIMES,
)
touches = st.builds(
    dashboard_writes.touch, user_id=st.just(USER), activity=st.sampled_from(["active", "idle"]), at=TIMES
)
records = st.builds(
    dashboard_writes.conversation,
    user_id=st.just(USER),
    conversation_id=CONVERSATIONS,
    summary=st.sampled_from(["One", "Two"]),
    at=TIMES,
)
plans = st.builds(
    account_writes.plan_change, user_id=st.just(USER), plan=st.sampled_from(["free", "plus", "premium"]), at=TIMES
)
registrations = st.builds(
    account_writes.registration,
    user_id=st.just(USER),
    email=st.just("u1@example.com"),
    name=st.sampled_from(["Ann", "Änn"]),
    plan=st.just(""),
    at=TIMES,
)
writes = st.one_of(saves, deletions, moods, touches, records, plans, registrations)


def erasure(at):
    return [
        account_writes.erasure_begin(user_id=USER, at=at),
        account_writes.erasure_of_conversations(user_id=USER, ids=["c1", "c2", "c3", "c4"], at=at),
        account_writes.erasure_end(user_id=USER, email="u1@example.com", at=at),
    ]


def state_after(client, in_order):
    client.flushall()
    for write in in_order:
        carried_out(client, write)
    return state_of(client)


def carried_out(client, write):
    def run(step, argv):
        outcome, *reply = client.eval(script(step.script).source, len(step.keys), *step.keys, *argv)
        return Receipt(Outcome(outcome), tuple(reply))

    return write.carried_out(run)


def state_of(client):
    return {key: contents(client, key) for key in client.keys("*")}


def contents(client, key):
    match client.type(key):
        case "hash":
            return client.hgetall(key)
        case "set":
            return client.smembers(key)
        case "zset":
            return client.zrange(key, 0, -1, withscores=True)
        case "list":
            return sorted(client.lrange(key, 0, -1))
        case _:
            return client.get(key)


@pytest.fixture
def _as_on_a_cluster(settings):
    settings.REDIS_ENDPOINT = replace(settings.REDIS_ENDPOINT, nodes=(("127.0.0.1", 1),))


@pytest.fixture(params=["valkey", "shadow", "as on a cluster"])
def store(request):
    """A real server, the in-process one that answers while that is away, and writes as a cluster gets them."""
    if request.param == "as on a cluster":
        request.getfixturevalue("_as_on_a_cluster")
    if request.param != "shadow":
        return request.getfixturevalue("valkey").client
    return fakeredis.FakeRedis(server=fakeredis.FakeServer(), decode_responses=True)


thoroughly = settings(
    max_examples=500, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


@thoroughly
@given(data=st.data(), some=st.lists(writes, min_size=2, max_size=8))
def test_writes_in_any_order_with_repetitions_leave_one_state(store, data, some):
    expected = state_after(store, some)
    shuffled = data.draw(st.permutations(some))
    repeated = data.draw(st.lists(st.sampled_from(some), max_size=4))
    assert state_after(store, shuffled + repeated) == expected
    assert state_after(store, repeated + shuffled) == expected


@thoroughly
@given(data=st.data(), some=st.lists(writes, min_size=1, max_size=8))
def test_what_the_drain_applies_again_later_changes_nothing_and_is_refused_by_nothing(store, data, some):
    expected = state_after(store, some)
    again = [replace(write, acknowledged=True) for write in data.draw(st.permutations(some))]
    outcomes = {carried_out(store, write).outcome for write in again}
    assert state_of(store) == expected
    assert outcomes <= {Outcome.DUPLICATE, Outcome.GONE}


@thoroughly
@given(some=st.lists(writes, min_size=1, max_size=8))
def test_both_servers_come_to_the_same_state(valkey, some):
    shadow = fakeredis.FakeRedis(server=fakeredis.FakeServer(), decode_responses=True)
    assert state_after(shadow, some) == state_after(valkey.client, some)


@thoroughly
@given(some=st.lists(writes, min_size=1, max_size=8), seed=st.integers(0, 1000))
def test_a_write_from_before_an_erasure_changes_nothing_after_it(store, some, seed):
    erased_at = BASE + 10 * 24 * 3_600_000
    late = random.Random(seed).sample(some, k=random.Random(seed).randint(0, len(some)))
    state = state_after(store, [*some, *erasure(erased_at), *late])
    assert state == {keys.erased(USER): str(erased_at)}


@thoroughly
@given(some=st.lists(writes, min_size=1, max_size=10))
def test_counts_are_the_numbers_of_distinct_records(store, some):
    state = state_after(store, some)
    index = state.get(keys.conversations(USER), [])
    stats = state.get(keys.stats(USER))
    if stats is not None:
        assert stats["conversations"] == str(len(index))
        assert stats["days_active"] == str(len(state.get(keys.active_days(USER), ())))
        newest = [json.loads(state[keys.summaries(USER)][cid])["title"] for cid, _ in reversed(index)][:3]
        assert [entry["summary"] for entry in json.loads(stats["recent_conversations"])] == newest
    for cid, _ in index:
        _, messages, ids = keys.of_conversation(USER, cid)
        assert len(state.get(ids, {})) == len(state.get(messages, []))
