"""The documentation matches the code: its tables are compared with it, and everything it names exists."""

import re
from collections import defaultdict
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
from tests.support.documents import (
    ALL,
    CHAPTERS,
    PACKAGES,
    PAGES,
    anchors,
    code_spans,
    functions,
    is_a_file,
    is_a_script,
    is_importable,
    named_by_tests,
    nodes,
    rows,
)

OPERATIONS = """
    create user stats, get user stats, delete user stats, increment conversations, increment days active,
    update mood score, add recent conversation, update plan, health check, register user, get user by email,
    get user profile, update user plan"""


def variables():
    return {field.validation_alias or f"AIRA_{name.upper()}": field for name, field in Environment.model_fields.items()}


def shown_default(field):
    """Return the default as the configuration table shows it."""
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


def test_the_readme_shows_the_requests_that_serve_prints():
    auth = '-H "Authorization: Bearer $(cat var/service-key)" '
    printed = READY.format_map(defaultdict(str, url="http://127.0.0.1:8000", auth=auth))
    requests = re.findall(r"^ *(curl .*?) *$", printed, re.MULTILINE)
    assert len(requests) == 3
    assert re.findall(r"^(curl .*)$", PAGES["README.md"], re.MULTILINE) == requests


def test_the_configuration_table_has_every_variable_with_its_default_and_no_others():
    shown = {code_spans(variable)[0]: default for variable, default, _ in rows("docs/configuration.md", "variable")}
    expected = {variable: shown_default(field) for variable, field in variables().items()}
    assert {name: "none" if default.startswith("none:") else default for name, default in shown.items()} == expected


def test_the_configuration_table_explains_every_choice():
    meanings = {code_spans(variable)[0]: meaning for variable, _, meaning in rows("docs/configuration.md", "variable")}
    for variable, field in variables().items():
        if get_origin(field.annotation) is Literal:
            assert set(get_args(field.annotation)) <= set(code_spans(meanings[variable])), variable


def test_every_operation_is_the_function_of_the_file_it_names():
    table = {
        operation: (code_spans(function)[0], code_spans(file)[0])
        for operation, function, file in rows("docs/architecture.md", "operation")
    }
    assert set(table) == {each.strip() for each in OPERATIONS.split(",")}
    for operation, (function, file) in table.items():
        assert function in functions(file), operation


def test_every_operation_is_called_in_the_tests_that_the_page_names():
    used = {getattr(node, "id", getattr(node, "attr", "")) for node in nodes("tests/flows/test_operations.py")}
    assert {code_spans(function)[0] for _, function, _ in rows("docs/architecture.md", "operation")} <= used


def test_the_commands_are_those_of_our_apps():
    ours = {config.name for config in apps.get_app_configs() if Path(config.path).parent == BASE_DIR}
    named = {code_spans(row[0])[0].split()[0] for row in rows("docs/commands.md", "command")}
    assert named == {command for command, app in get_commands().items() if app in ours}


def test_every_promise_names_tests_that_exist():
    for promise, shown_by in rows("docs/guarantees.md", "promised"):
        assert "::test_" in shown_by, promise


@pytest.mark.parametrize("endpoint", [code_spans(row[0])[0] for row in rows("docs/http-api.md", "endpoint")])
def test_every_endpoint_exists(endpoint):
    method, path = endpoint.split()
    assert method.lower() in resolve(path).func.actions


@pytest.mark.parametrize("page", PAGES)
def test_every_file_and_folder_that_a_page_names_exists(page):
    here = (BASE_DIR / page).parent
    named = set(re.findall(r"(?<![\w/.<>*{-])[\w./-]*\w\.(?:py|lua|md|toml|lock)\b(?!\.\w)", PAGES[page]))
    assert [name for name in sorted(named) if not is_a_file(name) and not (here / name).is_file()] == []
    whole = set(re.findall(rf"(?<![\w/.])(?:{PACKAGES})/[\w./-]*\w", PAGES[page]))
    assert [name for name in sorted(whole) if not (BASE_DIR / name).exists()] == []


def test_the_pages_name_many_files():
    assert len(set(re.findall(rf"(?<![\w/])(?:{PACKAGES})/[\w./-]+\.(?:py|lua|md)", ALL))) > 100


@pytest.mark.parametrize("page", PAGES)
def test_every_module_class_and_script_that_a_page_names_by_dots_exists(page):
    dotted = set(re.findall(rf"`((?:{PACKAGES}|{CHAPTERS})(?:\.\w+)+)[^`]*`", PAGES[page]))
    assert [name for name in sorted(dotted) if not is_importable(name) and not is_a_script(name)] == []


@pytest.mark.parametrize("page", PAGES)
def test_every_link_leads_somewhere(page):
    for link in re.findall(r"\]\(([^)]+)\)", PAGES[page]):
        if "://" in link:
            continue
        path, _, anchor = link.partition("#")
        target = ((BASE_DIR / page).parent / path).resolve() if path else BASE_DIR / page
        assert target.exists(), link
        assert not anchor or anchor in anchors(target.read_text()), link


@pytest.mark.parametrize("page", PAGES)
def test_every_test_that_a_page_names_exists(page):
    for file, function in re.findall(r"([\w/]+\.py)::(\w+)", PAGES[page]):
        assert function in functions(file), f"{file}::{function}"
    alone = {name for name in re.findall(r"`(test_\w+)…?`", PAGES[page]) if name not in named_by_tests()}
    assert [name for name in sorted(alone) if not any(each.startswith(name) for each in named_by_tests())] == []


@pytest.mark.parametrize("name", ["writer.pyx", "no_such_folder/writer.py", "riter.py"])
def test_a_file_that_does_not_exist_is_detected(name):
    assert not is_a_file(name)


@pytest.mark.parametrize("name", ["redis_models.no_such_module", "connection.bounded.NoSuchClass", "accounts.requests"])
def test_a_module_or_class_that_does_not_exist_is_detected(name):
    assert not is_importable(name)


def test_every_make_target_exists():
    targets = set(re.findall(r"^([\w-]+):", (BASE_DIR / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"`make ([a-z-]+)[` ]", ALL)) <= targets


def test_every_command_that_a_page_runs_exists():
    assert set(re.findall(r"manage\.py ([a-z_]+)", ALL)) <= set(get_commands())
