"""Limits that keep the code easy to navigate: files in a folder, and the length of functions."""

import ast
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from aira_site.settings import BASE_DIR

OURS = ("aira_site", "chat", "dashboard", "accounts", "api", "redis_models", "texts")
FILES_AT_MOST = 14
LINES_AT_MOST = 30
LINES_OF_MOST = 12
"""The most lines that nine functions in ten may have, without docstrings."""


def files(*folders: str) -> Iterator[Path]:
    for folder in folders:
        yield from (file for file in (BASE_DIR / folder).rglob("*.py") if file.name != "__init__.py")


def functions() -> Iterator[tuple[str, int]]:
    """Yield each function's name and its number of lines without the docstring."""
    for file in files(*OURS):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                begin = node.body[1 if ast.get_docstring(node) and len(node.body) > 1 else 0].lineno
                yield f"{file.name}:{node.name}", node.end_lineno - begin + 1


def test_no_folder_has_too_many_files():
    beside_each_other = Counter(str(file.parent.relative_to(BASE_DIR)) for file in files(*OURS, "tests", "bench"))
    assert {folder: count for folder, count in beside_each_other.items() if count > FILES_AT_MOST} == {}


def private_names(file: Path) -> Iterator[str]:
    """Yield the places where a test file uses a private name of a module or object that it does not own."""
    for node in ast.walk(ast.parse(file.read_text())):
        match node:
            case ast.Attribute(value=ast.Name(id="self" | "cls")):
                names = []
            case ast.Attribute(attr=name):
                names = [name]
            case ast.ImportFrom(names=aliases):
                names = [alias.name for alias in aliases]
            case ast.Call(func=ast.Attribute(attr="setattr" | "delattr") | ast.Name(id="getattr" | "setattr")):
                texts = [each.value for each in node.args if isinstance(each, ast.Constant)]
                names = [text.rpartition(".")[2] for text in texts if isinstance(text, str)]
            case _:
                continue
        if any(re.match("_[a-z]", name, re.IGNORECASE) and name != "_exit" for name in names):
            yield f"{file.relative_to(BASE_DIR)}:{node.lineno}: {ast.unparse(node)}"


def test_no_test_uses_a_private_name():
    assert [line for file in files("tests") for line in private_names(file)] == []


@pytest.mark.parametrize(
    "line",
    ["view._last", "view.open()._last", "from a import _b", 'monkeypatch.setattr(a, "_b", 1)', 'getattr(a, "_b")'],
)
def test_a_private_name_is_found(tmp_path, monkeypatch, line):
    monkeypatch.setattr("tests.test_layout.BASE_DIR", tmp_path)
    (tmp_path / "test_it.py").write_text(line)
    assert len(list(private_names(tmp_path / "test_it.py"))) == 1


def test_functions_are_short():
    lengths = dict(functions())
    assert {name: length for name, length in lengths.items() if length > LINES_AT_MOST} == {}
    assert sorted(lengths.values())[int(len(lengths) * 0.9)] <= LINES_OF_MOST
