"""The Lua interpreter of a process: compiles each script once, and runs one script at a time on its caller's keys."""

import json
import threading
from collections.abc import Sequence
from functools import cache
from typing import Any

from lupa.lua51 import LuaError, LuaRuntime, lua_type

from redis_models.errors import ScriptFailed
from redis_models.offline.local_redis.commands import COMMANDS
from redis_models.offline.local_redis.keyspace import CommandError, Keyspace
from redis_models.offline.local_redis.reply import Reply, Status
from redis_models.operations.scripts import Script

_PRELUDE = """
local call, pcall, decode = ...
redis = { call = call, pcall = pcall }
cjson = { decode = decode }
KEYS, ARGV, python = {}, {}, nil
setmetatable(_G, { __newindex = function(_, name) error('a script made the global ' .. name) end })
return function(keys, argv) KEYS, ARGV = keys, argv end
"""
_NULL = object()
"""The value in Lua of a null in JSON, which must not be nil."""


class Interpreter:
    """Runs scripts. As in Redis, a script cannot create globals, and its time does not advance."""

    def __init__(self) -> None:
        self._lua = LuaRuntime(encoding=None, register_eval=False, register_builtins=False)
        self._give_arguments = self._lua.execute(_PRELUDE, self._call, self._pcall, self._decoded)
        self._compiled: dict[str, Any] = {}
        self._keyspace = Keyspace()
        self._lock = threading.Lock()

    def run(self, script: Script, keys: Sequence[str], args: Sequence[str], keyspace: Keyspace, *, now_us: int) -> Any:
        """Run the script on the keyspace and return its reply; raises ScriptFailed."""
        with self._lock:
            self._keyspace = keyspace
            keyspace.now_us = now_us
            self._give_arguments(self._texts(keys), self._texts(args))
            try:
                return _reply(self._function(script)())
            except (LuaError, CommandError) as error:
                raise ScriptFailed(f"The script {script.name} failed: {error}") from error

    def _function(self, script: Script) -> Any:
        if script.sha not in self._compiled:
            self._compiled[script.sha] = self._lua.compile(script.source.encode())
        return self._compiled[script.sha]

    def _texts(self, texts: Sequence[str]) -> Any:
        return self._lua.table_from([text.encode() for text in texts])

    def _call(self, name: bytes, *args: Any) -> Any:
        command = COMMANDS.get(name)
        if command is None:
            raise CommandError(f"ERR unknown command {name.decode()}")
        try:
            return self._in_lua(command(self._keyspace, *map(_argument, args)))
        except (TypeError, ValueError) as error:
            raise CommandError(f"ERR wrong arguments for {name.decode()}") from error

    def _pcall(self, name: bytes, *args: Any) -> Any:
        try:
            return self._call(name, *args)
        except CommandError as error:
            return self._lua.table_from({b"err": str(error).encode()})

    def _in_lua(self, reply: Reply) -> Any:
        if reply is None:
            return False
        if isinstance(reply, list):
            return self._lua.table_from([False if element is None else element for element in reply])
        return self._lua.table_from({b"ok": reply.text}) if isinstance(reply, Status) else reply

    def _decoded(self, text: bytes) -> Any:
        try:
            return self._of_json(json.loads(text))
        except (TypeError, ValueError) as error:
            raise CommandError("ERR not valid JSON") from error

    def _of_json(self, value: Any) -> Any:
        match value:
            case None:
                return _NULL
            case str():
                return value.encode()
            case list():
                return self._lua.table_from([self._of_json(element) for element in value])
            case dict():
                return self._lua.table_from({name.encode(): self._of_json(each) for name, each in value.items()})
        return value


def _argument(value: Any) -> bytes:
    """Return a Lua value as a command's argument; as in Redis, only strings and numbers are allowed."""
    if isinstance(value, bytes):
        return value
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError("Command arguments must be strings or numbers")
    return repr(value).encode()


def _reply(value: Any) -> Any:
    """Return a script's result as a client gets it: numbers are integers, false is None, a table ends at the first nil.

    Raises CommandError if the result is an error that `redis.pcall` returned.
    """
    if isinstance(value, bytes):
        return value.decode(errors="replace")
    if lua_type(value) != "table":
        return None if value is None or value is False else int(value)
    if (error := value[b"err"]) is not None:
        raise CommandError(_reply(error))
    if (status := value[b"ok"]) is not None:
        return _reply(status)
    elements: list[Any] = []
    while (element := value[len(elements) + 1]) is not None:
        elements.append(_reply(element))
    return elements


interpreter = cache(Interpreter)
"""Return the process's interpreter."""
