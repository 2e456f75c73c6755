import ast

import pytest

from redis_models.operations.beside_journal import REASONS
from redis_models.operations.scripts import file_of, names
from tests.redis_models.operations.lua_commands import commands_of, writing_scripts

PACKAGES = ("redis_models", "accounts", "api", "chat", "dashboard", "aira_site")
PROBE = "redis_models.probe.1"
"""Run by the connection itself."""


def calls_of(name, root):
    """Yield the arguments of all calls of the function or class in the project's files."""
    for package in PACKAGES:
        for path in (root / package).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Call) and ast.unparse(node.func) == name:
                    yield path, node


def script_of(node):
    """Return the script that a call of Read names, as its second argument or by keyword."""
    named = {each.arg: each.value for each in node.keywords}
    return (named["script"] if "script" in named else node.args[1]).value


def test_each_script_without_a_row_has_a_reason_and_writes(valkey):
    assert REASONS.keys() <= writing_scripts(valkey.client)
    assert all(REASONS.values())


def test_what_is_sent_as_a_read_writes_nothing_or_has_a_reason(valkey, pytestconfig):
    asked = {script_of(node) for _, node in calls_of("Read", pytestconfig.rootpath)}
    assert {"api.limit.1", "dashboard.dashboard.1"} < asked
    assert asked & writing_scripts(valkey.client) <= REASONS.keys()


def test_every_other_script_that_writes_is_that_of_a_write(valkey):
    others = writing_scripts(valkey.client) - REASONS.keys()
    assert {name for name in others if "\n-- ARGV at, acknowledged" not in file_of(name).read_text()} == set()
    assert PROBE in REASONS.keys() & set(names())


def test_only_the_writer_sends_writes(pytestconfig):
    root = pytestconfig.rootpath
    senders = {str(path.relative_to(root)) for path, _ in calls_of("gateway.apply", root)}
    assert senders == {"redis_models/writer.py"}


@pytest.mark.parametrize(
    ("source", "commands"),
    [
        ("redis.call('SET', 'a', 'b')", {"SET"}),
        ("local function put(key)\n  redis.pcall('SET', key)\nend\nredis.call('GET', 'a')", {"GET"}),
        ("local function put(key)\n  call('SET', key)\nend\nfunction a.b()\n  put('x')\nend\na.b()", {"SET"}),
    ],
)
def test_functions_that_a_script_does_not_call_do_not_count(source, commands):
    assert commands_of(source) == commands
