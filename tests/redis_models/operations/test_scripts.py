import ast
import re
from pathlib import Path

import pytest
from django.apps import apps

import redis_models
from redis_models.errors import ScriptFailed
from redis_models.operations import scripts

LUA_FILES = sorted(Path(redis_models.__file__).parent.parent.glob("*/lua/*.lua"))
_KEY_NAMES = re.compile(r"^local (\w+_key(?:, \w+_key)*) = (KEYS\[\d+\](?:, KEYS\[\d+\])*)$", re.MULTILINE)
_LOOP_OVER_KEYS = re.compile(r"^for i = \d+, #KEYS do .*$", re.MULTILINE)
_ARGUMENT = re.compile(r"ARGV\[\d+\]")
_DECLARATION = re.compile(r"^(?:local (.*?) =|(?:local )?function [\w.]+\((.*?)\))", re.MULTILINE)
_KEY_NAME = re.compile(r"\w+_key\b")


def without_comments(text):
    return re.sub(r"--.*", "", text)


def keys_of_header(text):
    """Return the keys in the header, without remarks in brackets; "as in" refers to a fragment's header."""
    keys = re.search(r"^-- KEYS (.*)$", text, re.MULTILINE)[1]
    if fragment := re.fullmatch(r"as in (\S+)", keys):
        return keys_of_header(scripts.file_of(fragment[1]).read_text())
    return re.sub(r" \([^)]*\)", "", keys).split(", ")


def named_keys(code):
    """Return (name, index in KEYS) for each named key, such as ("stats_key", 2)."""
    return [
        (name, int(place))
        for names, keys in _KEY_NAMES.findall(code)
        for name, place in zip(names.split(", "), re.findall(r"\d+", keys), strict=True)
    ]


def test_a_script_comes_with_its_fragments_each_once():
    source = scripts.script("chat.save.1").source
    assert source.count("function clock.iso(") == 1
    assert source.index("function clock.iso(") < source.index("function stats.refresh(")


@pytest.mark.parametrize("name", ["chat.nothing.1", "nowhere.save.1", "chat", "chat.../secret", ""])
def test_an_unknown_script_is_refused(name):
    with pytest.raises(ScriptFailed, match="no script named"):
        scripts.script(name)


def test_every_script_documents_its_arguments_and_return_values():
    assert len(scripts.names()) >= 15
    for name in scripts.names():
        own = scripts.file_of(name).read_text()
        assert "-- KEYS" in own, name
        assert "-- Returns" in own, name
        assert "cjson.encode" not in own, name
        assert not own.startswith("#!lua"), name


def test_every_include_names_a_fragment():
    for path in LUA_FILES:
        named = re.findall(r"^-- include (.*)$", path.read_text(), re.MULTILINE)
        assert named == scripts.INCLUDE.findall(path.read_text()), path
        assert all(scripts.script(name).source for name in named), path


def test_a_script_names_each_key_once_as_its_header_does():
    assert len(LUA_FILES) >= len(scripts.names())
    for path in LUA_FILES:
        text = path.read_text()
        code = without_comments(text)
        named = named_keys(code)
        places = {place for _, place in named}
        assert len(named) == len(places), path
        assert all(name == f"{keys_of_header(text)[place - 1]}_key" for name, place in named), path
        assert "KEYS[" not in _LOOP_OVER_KEYS.sub("", _KEY_NAMES.sub("", code)), path


def test_a_script_names_each_argument_once():
    for path in LUA_FILES:
        code = without_comments(path.read_text())
        arguments = _ARGUMENT.findall(code)
        assert len(arguments) == len(set(arguments)), path
        assert all(line.startswith("local ") for line in code.splitlines() if _ARGUMENT.search(line)), path


def test_a_script_uses_only_names_of_keys_that_it_declares():
    for name in scripts.names():
        code = without_comments(scripts.script(name).source)
        declared = " ".join(map(" ".join, _DECLARATION.findall(code)))
        assert set(_KEY_NAME.findall(code)) <= set(_KEY_NAME.findall(declared)), name


def test_every_script_that_the_code_names_exists():
    floors = [Path(config.path) for config in apps.get_app_configs() if "site-packages" not in config.path]
    sources = [path.read_text() for floor in floors for path in floor.rglob("*.py") if "tests" not in path.parts]
    named = {name for source in sources for name in re.findall(r'"((?!aira\.)[a-z_]+(?:\.[a-z_]+)+\.\d+)"', source)}
    assert len(named) >= 15
    assert sorted(named - set(scripts.names())) == []


def test_every_script_loads_on_the_server(valkey):
    for name in scripts.names():
        found = scripts.script(name)
        assert valkey.client.script_load(found.source) == found.sha


def test_redis_models_knows_no_http():
    for path in Path(redis_models.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            assert not any(name.startswith(("django.http", "rest_framework")) for name in names), path
