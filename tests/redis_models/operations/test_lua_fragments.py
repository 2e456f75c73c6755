"""The Lua fragments agree with the same rules in Python, on the real server."""

import json

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from redis_models.operations import scripts
from redis_models.schema import codec

often = settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])


def evaluated(valkey, fragment, expression, *args):
    return valkey.client.eval(f"{scripts.script(fragment).source}\nreturn {expression}", 0, *args)


@often
@given(ms=st.integers(0, 253_402_300_799_999))
def test_lua_writes_times_as_python_does(valkey, ms):
    assert evaluated(valkey, "redis_models.clock", "clock.iso(tonumber(ARGV[1]))", ms) == codec.iso_from_ms(ms)


@often
@given(text=st.text())
def test_lua_quotes_strings_so_that_json_reads_them_back(valkey, text):
    assert json.loads(evaluated(valkey, "redis_models.json", "json.quoted(ARGV[1])", text)) == text


@often
@given(one=st.tuples(st.integers(0, 3), st.text(max_size=3)), other=st.tuples(st.integers(0, 3), st.text(max_size=3)))
def test_the_newer_of_two_values_stands_and_of_equally_old_ones_the_bytewise_greater(valkey, one, other):
    replaces = "order.replaces(tonumber(ARGV[1]), ARGV[2], ARGV[3], ARGV[4]) and 1 or 0"
    expected = (one[0], one[1].encode()) > (other[0], other[1].encode())
    assert evaluated(valkey, "redis_models.order", replaces, *one, *other) == int(expected)


def test_a_value_replaces_a_missing_one(valkey):
    assert evaluated(valkey, "redis_models.order", "order.replaces(1, 'a', nil, nil) and 1 or 0") == 1


def test_a_time_far_ahead_of_the_server_is_clamped_to_a_minute_ahead(valkey):
    now = "(redis.call('TIME')[1] * 1000)"
    ahead = evaluated(valkey, "redis_models.clock", f"clock.clamp(9999999999999) - {now}")
    assert 59_000 <= ahead <= 61_001
    assert evaluated(valkey, "redis_models.clock", "clock.clamp('1795423341000')") == 1_795_423_341_000
