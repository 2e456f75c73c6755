import pytest
from django.conf import settings

from redis_models.connection.source import Source
from redis_models.errors import RedisUnavailable


def test_a_source_reads_keys_of_each_type_and_nothing_if_the_type_is_wrong(valkey):
    valkey.client.hset("h", "a", "1")
    valkey.client.set("t", "text")
    valkey.client.sadd("s", "m")
    valkey.client.zadd("z", {"m": 5})
    source = Source(settings.REDIS_ENDPOINT, timeout_s=30)
    assert (source.hash("h"), source.text("t"), source.members("s"), source.scored("z")) == (
        {"a": "1"},
        "text",
        {"m"},
        [("m", 5.0)],
    )
    assert (source.hash("t"), source.text("h"), source.members("z"), source.scored("s")) == ({}, None, set(), [])
    assert sorted(source.keys("*")) == ["aira:database", "h", "s", "t", "z"]


def test_a_source_that_is_away_is_reported(valkey):
    valkey.stop()
    source = Source(settings.REDIS_ENDPOINT, timeout_s=30)
    with pytest.raises(RedisUnavailable, match="does not answer"):
        list(source.keys("*"))
    with pytest.raises(RedisUnavailable, match="does not answer"):
        source.hash("h")
