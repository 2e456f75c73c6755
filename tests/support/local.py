"""The in-process Redis with the interface of a client: a test can run the same commands on it and on a real server."""

from redis_models.journal.clock import now_ms
from redis_models.offline.local_redis import LocalRedis
from redis_models.operations.scripts import Script


class LocalClient:
    """The methods of a client that tests call, implemented on a LocalRedis."""

    def __init__(self):
        self.redis = LocalRedis(now_ms)

    def eval(self, source, count, *texts):
        return self.redis.run_script(Script("test", source, sha=source), texts[:count], texts[count:])

    def execute_command(self, *command):
        return self.eval("return redis.call(unpack(ARGV))", 0, *map(str, command))

    def flushall(self):
        self.redis.clear()

    def keys(self, pattern):
        assert pattern == "*"
        return [name for name, _, _ in self.redis.stored()]

    def type(self, key):
        return next((kind for name, kind, _ in self.redis.stored() if name == key), "none")

    def get(self, key):
        return self.execute_command("GET", key)

    def hgetall(self, key):
        pairs = self.execute_command("HGETALL", key)
        return dict(zip(pairs[::2], pairs[1::2], strict=True))

    def smembers(self, key):
        return set(self.execute_command("SMEMBERS", key))

    def lrange(self, key, first, last):
        return self.execute_command("LRANGE", key, first, last)

    def zrange(self, key, first, last, *, withscores):
        pairs = self.execute_command("ZRANGE", key, first, last, "WITHSCORES")
        return [(member, float(score)) for member, score in zip(pairs[::2], pairs[1::2], strict=True)]
