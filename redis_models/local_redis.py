"""A Redis within this process that runs the very same scripts: fakeredis with Lua."""

from collections.abc import Sequence
from functools import cache
from typing import Any

import fakeredis

from redis_models.scripts import script


def local_redis() -> fakeredis.FakeRedis:
    """Return a client of an empty Redis of its own, as thread-safe as its caller makes it."""
    return fakeredis.FakeRedis(server=fakeredis.FakeServer(), decode_responses=True, encoding_errors="replace")


def run_script(client: Any, name: str, keys: Sequence[str], args: Sequence[str]) -> Any:
    """Return the reply of the script of that name; raises ScriptFailed where there is none."""
    return client.execute_command("EVAL", _compiled(name), len(keys), *keys, *args)


@cache
def _compiled(name: str) -> bytes:
    """Return the script as Lua's bytecode: to compile its text would take as long as seven of its commands."""
    compiler = fakeredis.FakeRedis(server=fakeredis.FakeServer())
    compiled: bytes = compiler.eval("return string.dump(loadstring(ARGV[1]))", 0, script(name).source)
    return compiled
