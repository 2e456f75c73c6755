"""Which commands a script calls."""

import re

import redis

from redis_models.operations.scripts import names, script

FUNCTION = re.compile(r"^(?:local )?function ([\w.]+)\(.*?^end$", re.MULTILINE | re.DOTALL)
CALLED = re.compile(r"([\w.]+)\(")
COMMAND = re.compile(r"\b(?:p?call|call)\('([A-Z]+)'")


def writing_scripts(client: redis.Redis) -> set[str]:
    """Return the names of the scripts that call a command of which the server says that it writes."""
    writing = {name.upper() for name, found in client.command().items() if "write" in found["flags"]}
    return {name for name in names() if writing & commands_of(script(name).source)}


def commands_of(source: str) -> set[str]:
    """Return the commands that a script may call, without those of functions that it does not call."""
    functions = {found[1]: found[0] for found in FUNCTION.finditer(source)}
    text, reached = FUNCTION.sub("", source), set()
    while new := {name for name in CALLED.findall(text) if name in functions} - reached:
        reached |= new
        text += "\n".join(functions[name].split("\n", 1)[1] for name in new)
    return set(COMMAND.findall(text))
