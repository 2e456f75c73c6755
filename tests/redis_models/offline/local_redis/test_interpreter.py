"""Running Lua scripts as Redis does."""

import pytest

from redis_models.errors import ScriptFailed
from redis_models.journal.clock import now_ms
from redis_models.offline.local_redis import LocalRedis
from tests.support.local import LocalClient


@pytest.fixture
def run():
    client = LocalClient()
    return lambda source, *args: client.eval(source, 0, *args)


@pytest.mark.parametrize(
    ("source", "reply"),
    [
        ("return 'ü'", "ü"),
        ("return 2.9", 2),
        ("return true", 1),
        ("return false", None),
        ("return nil", None),
        ("return {1, 'a', {'b', false}, nil, 'never'}", [1, "a", ["b", None]]),
        ("return '\\255'", "\ufffd"),
        ("return redis.call('HMGET', 'h', 'a')[1] == false and 1 or 0", 1),
        ("redis.call('SET', 'a', 0.5) return redis.call('GET', 'a')", "0.5"),
        ("redis.call('SET', 'a', 0.1) return redis.call('GET', 'a')", "0.1"),
        ("redis.call('SET', 'a', 2^60) return redis.call('GET', 'a')", "1152921504606846976"),
        ("redis.call('SET', 'a', 1795423341000) return redis.call('GET', 'a')", "1795423341000"),
        ("return redis.call('SET', 'a', '1').ok", "OK"),
        ("return redis.call('TYPE', 'a').ok", "none"),
        ("return redis.pcall('HGET', 'a', 'b') == false and 1 or 0", 1),
        ("redis.call('SET', 'a', '1') return redis.pcall('HGET', 'a', 'b').err:sub(1, 9)", "WRONGTYPE"),
        ("return redis.pcall('SET', 'a', true).err:sub(1, 3)", "ERR"),
        ("local a = cjson.decode('{\"a\":[1,null,\"x\",true]}').a return {a[1], a[3], a[4]}", [1, "x", 1]),
        ("return cjson.decode('[null]')[1] and 'a value' or 'nothing'", "a value"),
        ("local is_json = pcall(cjson.decode, '{') return is_json and 1 or 0", 0),
    ],
)  # fmt: skip
def test_a_script_answers_as_it_does_in_redis(run, valkey, source, reply):
    assert run(source) == reply
    if "255" not in source:
        valkey.client.flushall()
        assert valkey.client.eval(source, 0) == reply


@pytest.mark.parametrize(
    "source",
    [
        "a = 1",
        "return nothing.here",
        "return redis.call('HGET', 'a')",
        "redis.call('SET', 'a', 'text') return redis.call('HGET', 'a', 'b')",
        "return cjson.decode('{')",
        "return python.eval('1')",
        "this is not Lua",
        "return redis.pcall('HGET', 'a')",
    ],
)
def test_an_error_names_its_script_and_does_not_affect_others(run, source):
    with pytest.raises(ScriptFailed, match="test failed"):
        run(source)
    assert run("return 1") == 1


def test_a_scripts_time_stands_still(run):
    begun_ms = now_ms()
    first, later = run("local first = redis.call('TIME') for _ = 1, 10000 do end return {first, redis.call('TIME')}")
    assert first == later
    assert begun_ms <= int(first[0]) * 1000 + int(first[1]) // 1000 <= now_ms()


def test_two_in_process_redis_do_not_share_keys():
    one, other = LocalRedis(now_ms), LocalRedis(now_ms)
    one.load("a", "string", ["1"])
    assert list(one.stored()) == [("a", "string", ["1"])]
    assert (len(one), len(other)) == (1, 0)


@pytest.mark.parametrize(
    ("kind", "elements"),
    [
        ("hash", ["a", "1", "b", "2"]),
        ("zset", ["a", "1", "b", "2.5"]),
        ("set", ["a"]),
        ("list", ["b", "a"]),
        ("string", ["x"]),
    ],
)
def test_loaded_keys_are_stored(kind, elements):
    redis = LocalRedis(now_ms)
    redis.load("k", kind, elements)
    assert list(redis.stored()) == [("k", kind, elements)]
