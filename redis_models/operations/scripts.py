"""The apps' Lua scripts by name: `chat.save.1` is chat/lua/save.1.lua, with the fragments that it includes before it.

A line `-- include dashboard.stats` includes the fragment dashboard/lua/stats.lua. Fragments may include others; each is
included once. A script's name ends in a version: rows in a journal name it, so it must exist as long as such rows may.
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
    """A complete script: its source with all fragments, and the SHA-1 digest for EVALSHA."""

    name: str
    source: str = field(repr=False)
    sha: str


@cache
def script(name: str) -> Script:
    """Return the script of that name; raises ScriptFailed if no app has it."""
    parts = dict.fromkeys(_parts(name))
    source = "\n".join(file_of(part).read_text() for part in parts)
    return Script(name=name, source=source, sha=hashlib.sha1(source.encode(), usedforsecurity=False).hexdigest())


def names() -> list[str]:
    """Return the names of all scripts of all apps, without fragments."""
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
