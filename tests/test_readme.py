"""The README says what is true: its tables are compared with the code they describe."""

import ast
import re
from collections import defaultdict
from functools import cache
from pathlib import Path
from typing import Literal, get_args, get_origin

import pydantic_core
import pytest
from django.apps import apps
from django.core.management import get_commands
from django.urls import resolve
from pydantic import SecretStr

from aira_site.management.commands.serve import READY
from aira_site.settings import BASE_DIR, Environment

TEXT = (BASE_DIR / "README.md").read_text()
OPERATIONS = """
    create user stats, get user stats, delete user stats, increment conversations, increment days active,
    update mood score, add recent conversation, update plan, health check, register user, get user by email,
    get user profile, update user plan"""


def rows(title, heading):
    """Return the cells of the section's table whose first column has this heading, without its two heading lines."""
    section = TEXT.partition(f"\n## {title}\n")[2].partition("\n## ")[0]
    table = section.partition(f"\n| {heading} |")[2].partition("\n\n")[0]
    found = [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in table.splitlines()[2:]]
    assert found, f"the README has no table {heading!r} in {title!r}"
    return found


def nodes(file):
    return ast.walk(ast.parse((BASE_DIR / file).read_text()))


@cache
def functions(file):
    return {node.name for node in nodes(file) if isinstance(node, ast.FunctionDef)}


def in_code(cell):
    return re.findall(r"`([^`]+)`", cell)


def variables():
    return {field.validation_alias or f"AIRA_{name.upper()}": field for name, field in Environment.model_fields.items()}


def shown_default(field):
    """Return how the configuration table writes the default."""
    match field.default:
        case pydantic_core.PydanticUndefined:
            return "one a core"
        case None:
            text = ""
        case SecretStr() as secret:
            text = secret.get_secret_value()
        case Path() as path:
            text = f"{path.relative_to(BASE_DIR)}/"
        case list() as parts:
            text = ",".join(parts)
        case float() as number:
            text = f"{number:g}"
        case other:
            text = str(other).lower()
    return f"`{text}`" if text else "none"


def test_the_requests_are_those_that_serve_prints():
    auth = '-H "Authorization: Bearer $(cat var/service-key)" '
    printed = READY.format_map(defaultdict(str, url="http://127.0.0.1:8000", auth=auth))
    requests = re.findall(r"^ *(curl .*?) *$", printed, re.MULTILINE)
    assert len(requests) == 3
    assert re.findall(r"^(curl .*)$", TEXT, re.MULTILINE) == requests


def test_the_configuration_table_has_every_variable_with_its_default_and_no_others():
    shown = {in_code(variable)[0]: default for variable, default, _ in rows("Configuration", "variable")}
    expected = {variable: shown_default(field) for variable, field in variables().items()}
    assert {name: "none" if default.startswith("none:") else default for name, default in shown.items()} == expected


def test_the_configuration_table_explains_every_choice():
    meanings = {in_code(variable)[0]: meaning for variable, _, meaning in rows("Configuration", "variable")}
    for variable, field in variables().items():
        if get_origin(field.annotation) is Literal:
            assert set(get_args(field.annotation)) <= set(in_code(meanings[variable])), variable


def test_every_operation_is_the_function_of_the_file_it_names():
    table = {
        operation: (in_code(function)[0], in_code(file)[0])
        for operation, function, file in rows("The asked-for operations", "operation")
    }
    assert set(table) == {each.strip() for each in OPERATIONS.split(",")}
    for operation, (function, file) in table.items():
        assert function in functions(file), operation


def test_every_operation_is_called_where_the_readme_says():
    used = {getattr(node, "id", getattr(node, "attr", "")) for node in nodes("tests/flows/test_operations.py")}
    assert {in_code(function)[0] for _, function, _ in rows("The asked-for operations", "operation")} <= used


def test_the_commands_are_those_of_our_apps():
    ours = {config.name for config in apps.get_app_configs() if Path(config.path).parent == BASE_DIR}
    named = {in_code(row[0])[0].split()[0] for row in rows("Commands", "command")}
    assert named == {command for command, app in get_commands().items() if app in ours}


def test_every_promise_names_tests_that_exist():
    for promise, shown_by in rows("Guarantees", "promised"):
        assert "::test_" in shown_by, promise
    for file, function in re.findall(r"(tests/[\w/]+\.py)::(\w+)", TEXT):
        assert function in functions(file), f"{file}::{function}"


@pytest.mark.parametrize("endpoint", [in_code(row[0])[0] for row in rows("Endpoints", "endpoint")])
def test_every_endpoint_exists(endpoint):
    method, path = endpoint.split()
    assert method.lower() in resolve(path).func.actions


def test_every_file_and_link_exists():
    floors = "aira_site|chat|dashboard|accounts|api|redis_models|texts|tests|docs"
    files = set(re.findall(rf"(?<![\w/])(?:{floors})/[\w./-]+\.(?:py|lua|md)", TEXT))
    links = {link for link in re.findall(r"\]\(([^)#]+)\)", TEXT) if "://" not in link}
    assert len(files) > 20
    assert [name for name in sorted(files | links) if not (BASE_DIR / name).exists()] == []


def test_every_make_target_exists():
    targets = set(re.findall(r"^(\w+):", (BASE_DIR / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"`make (\w+)`", TEXT)) <= targets
