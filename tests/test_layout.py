"""The house stays easy to find one's way in: few files side by side, and short functions."""

import ast
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from aira_site.settings import BASE_DIR

OURS = ("aira_site", "chat", "dashboard", "accounts", "api", "redis_models", "texts")
FILES_AT_MOST = 14
LINES_AT_MOST = 30
LINES_OF_MOST = 12
"""How long nine functions in ten are at most, their docstrings aside."""


def files(*folders: str) -> Iterator[Path]:
    for folder in folders:
        yield from (file for file in (BASE_DIR / folder).rglob("*.py") if file.name != "__init__.py")


def functions() -> Iterator[tuple[str, int]]:
    """Yield each function's name and length without its docstring."""
    for file in files(*OURS):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                begin = node.body[1 if ast.get_docstring(node) and len(node.body) > 1 else 0].lineno
                yield f"{file.name}:{node.name}", node.end_lineno - begin + 1


def test_no_folder_has_more_files_than_one_takes_in_at_a_glance():
    beside_each_other = Counter(str(file.parent.relative_to(BASE_DIR)) for file in files(*OURS, "tests", "bench"))
    assert {folder: count for folder, count in beside_each_other.items() if count > FILES_AT_MOST} == {}


def test_functions_are_short():
    lengths = dict(functions())
    assert {name: length for name, length in lengths.items() if length > LINES_AT_MOST} == {}
    assert sorted(lengths.values())[int(len(lengths) * 0.9)] <= LINES_OF_MOST
