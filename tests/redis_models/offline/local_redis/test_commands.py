"""Each command gives the same reply and leaves the same data as on a real server."""

import fakeredis
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from redis.exceptions import ResponseError

from redis_models.errors import ScriptFailed
from tests.support.local import LocalClient

KEYS = st.sampled_from(["a", "b", "c"])
TEXTS = st.sampled_from(["", "x", "y", "z", "1", "10", "ü\n"])
SCORES = st.sampled_from(["0", "1", "2.5", "-3", "10", "1795423341000", "1e3"])
BOUNDS = st.one_of(SCORES, SCORES.map(lambda score: f"({score}"), st.sampled_from(["-inf", "+inf"]))
PLACES = st.integers(-6, 6).map(str)
WITH_SCORES = st.sampled_from([(), ("WITHSCORES",)])
LIMIT = st.sampled_from([(), ("LIMIT", "1", "2"), ("LIMIT", "0", "10")])
UNORDERED = ("HGETALL", "HKEYS", "SMEMBERS")


def command(name, *arguments):
    """Generate calls of a command; a tuple stands for several arguments."""
    return st.tuples(*arguments).map(lambda given: (name, *(text for each in given for text in flat(each))))


def flat(given):
    return given if isinstance(given, tuple) else (given,)


def some(*arguments):
    return st.lists(st.tuples(*arguments), min_size=1, max_size=3).map(
        lambda pairs: tuple(text for pair in pairs for text in pair)
    )


COMMANDS = st.one_of(
    command("GET", KEYS),
    command("SET", KEYS, TEXTS, st.sampled_from([(), ("NX",), ("PX", "60000"), ("PX", "60000", "NX")])),
    command("SETNX", KEYS, TEXTS),
    command("EXISTS", some(KEYS)),
    command("TYPE", KEYS),
    command("DEL", some(KEYS)),
    command("UNLINK", some(KEYS)),
    command("PEXPIRE", KEYS, st.just("60000")),
    command("HSET", KEYS, some(TEXTS, TEXTS)),
    command("HSET", KEYS),
    command("HSET", KEYS, TEXTS),
    command("HSETNX", KEYS, TEXTS, TEXTS),
    command("HGET", KEYS, TEXTS),
    command("HMGET", KEYS, some(TEXTS)),
    command("HGETALL", KEYS),
    command("HKEYS", KEYS),
    command("HEXISTS", KEYS, TEXTS),
    command("HLEN", KEYS),
    command("HDEL", KEYS, some(TEXTS)),
    command("SADD", KEYS, some(TEXTS)),
    command("SMEMBERS", KEYS),
    command("RPUSH", KEYS, some(TEXTS)),
    command("LLEN", KEYS),
    command("LRANGE", KEYS, PLACES, PLACES),
    command("ZADD", KEYS, st.sampled_from([(), ("NX",), ("LT",)]), some(SCORES, TEXTS)),
    command("ZADD", KEYS, st.just("much"), TEXTS),
    command("ZSCORE", KEYS, TEXTS),
    command("ZCARD", KEYS),
    command("ZCOUNT", KEYS, BOUNDS, BOUNDS),
    command("ZREVRANK", KEYS, TEXTS),
    command("ZREM", KEYS, some(TEXTS)),
    command("ZREMRANGEBYSCORE", KEYS, BOUNDS, BOUNDS),
    command("ZRANGE", KEYS, PLACES, PLACES, WITH_SCORES),
    command("ZREVRANGE", KEYS, PLACES, PLACES, WITH_SCORES),
    command("ZRANGEBYSCORE", KEYS, BOUNDS, BOUNDS, WITH_SCORES, LIMIT),
    command("ZREVRANGEBYSCORE", KEYS, BOUNDS, BOUNDS, WITH_SCORES, LIMIT),
)


def answer(client, call):
    """Return the reply that a script gets; sorted if the server promises no order."""
    try:
        reply = client.eval("return redis.call(unpack(ARGV))", 0, *call)
    except (ResponseError, ScriptFailed):
        return "an error"
    return sorted(reply) if call[0] in UNORDERED else reply


def told(client, calls):
    client.flushall()
    return [answer(client, call) for call in calls]


def assert_same(client, calls):
    assert told(LocalClient(), calls) == told(client, calls)


@settings(max_examples=1000)
@given(calls=st.lists(COMMANDS, min_size=3, max_size=25))
def test_fakeredis_answers_the_same(calls):
    assert_same(fakeredis.FakeRedis(server=fakeredis.FakeServer(), decode_responses=True), calls)


@settings(max_examples=500, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(calls=st.lists(COMMANDS, min_size=3, max_size=25))
def test_a_real_server_answers_the_same(valkey, calls):
    assert_same(valkey.client, calls)


def test_a_key_expires():
    redis = LocalClient()
    assert redis.eval("redis.call('SET', 'a', '1', 'PX', 0) return redis.call('GET', 'a')", 0) is None
    redis.eval("redis.call('HSET', 'b', 'f', '1') redis.call('PEXPIRE', 'b', -1)", 0)
    assert (redis.execute_command("EXISTS", "b"), redis.keys("*")) == (0, [])


def test_a_command_that_no_script_uses_is_an_error():
    with pytest.raises(ScriptFailed, match="unknown command KEYS"):
        LocalClient().execute_command("KEYS", "*")
