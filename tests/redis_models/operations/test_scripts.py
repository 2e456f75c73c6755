import ast
from pathlib import Path

import pytest

import redis_models
from redis_models.errors import ScriptFailed
from redis_models.operations import scripts


def test_a_script_comes_with_its_fragments_each_once():
    source = scripts.script("chat.save.1").source
    assert source.count("function clock.iso(") == 1
    assert source.index("function clock.iso(") < source.index("function stats.refresh(")


@pytest.mark.parametrize("name", ["chat.nothing.1", "nowhere.save.1", "chat", "chat.../secret", ""])
def test_a_name_without_a_script_is_refused(name):
    with pytest.raises(ScriptFailed, match="no script named"):
        scripts.script(name)


def test_every_script_says_what_it_takes_and_returns():
    assert len(scripts.names()) >= 15
    for name in scripts.names():
        own = scripts._file(name).read_text()
        assert "-- KEYS" in own, name
        assert "-- Returns" in own, name
        assert "cjson.encode" not in own, name
        assert not own.startswith("#!lua"), name


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
