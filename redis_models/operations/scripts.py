"""The apps' Lua files, by name: `chat.save.1` is chat/lua/save.1.lua, with the fragments it names joined before it.

A script names a fragment by a line `-- include dashboard.stats`, which is dashboard/lua/stats.lua; fragments may
include others, each is joined once. A script's name carries a version and outlives the longest-lived row of a journal.
"""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from django.apps import apps

from redis_models.errors import ScriptFailed

INCLUDE = re.compile(r"^-- include (.*)$", re.MULTILINE)
_NAME = re.compile(r"[a-z_]+(\.[a-z_]+)+(\.\d+)?")


@dataclass(frozen=True, slots=True)
class Script:
    """A whole script: what the server runs and the digest by which it knows it."""

    name: str
    source: str = field(repr=False)
    sha: str


@cache
def script(name: str) -> Script:
    """Return the script of that name; raise ScriptFailed where no app has it."""
    parts = dict.fromkeys(_parts(name))
    source = "\n".join(file_of(part).read_text() for part in parts)
    return Script(name=name, source=source, sha=hashlib.sha1(source.encode(), usedforsecurity=False).hexdigest())


def names() -> list[str]:
    """Return the names of all scripts (not of fragments) of all apps."""
    return sorted(
        f"{config.label}.{path.stem}"
        for config in apps.get_app_configs()
        for path in Path(config.path).glob("lua/*.*.lua")
    )


def _parts(name: str) -> Iterator[str]:
    for included in INCLUDE.findall(file_of(name).read_text()):
        yield from _parts(included)
    yield name


def file_of(name: str) -> Path:
    """Return the file of a script or fragment; raises ScriptFailed if no app has it."""
    label, _, stem = name.partition(".")
    if _NAME.fullmatch(name) and apps.is_installed(label):
        path = Path(apps.get_app_config(label).path, "lua", f"{stem}.lua")
        if path.is_file():
            return path
    raise ScriptFailed(f"There is no script named {name!r}.")
