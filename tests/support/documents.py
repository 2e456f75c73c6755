"""The pages of the documentation, and checks that the names on them exist."""

import ast
import re
from functools import cache
from pathlib import Path

from aira_site.settings import BASE_DIR

PAGES = {
    page.relative_to(BASE_DIR).as_posix(): page.read_text()
    for page in (BASE_DIR / "README.md", BASE_DIR / "CHANGELOG.md", *sorted((BASE_DIR / "docs").rglob("*.md")))
}
ALL = "\n".join(PAGES.values())
PACKAGES = "aira_site|chat|dashboard|accounts|api|redis_models|texts|tests|bench|docs"
CHAPTERS = "|".join(path.name for path in (BASE_DIR / "redis_models").iterdir() if (path / "__init__.py").is_file())
FILES = {
    path.relative_to(BASE_DIR).as_posix()
    for top in BASE_DIR.iterdir()
    if top.is_file() or top.name in PACKAGES.split("|")
    for path in (top, *top.rglob("*"))
    if path.is_file()
}


def rows(page, heading):
    """Return the cells of the page's table whose first column has this heading, without the two header lines."""
    table = PAGES[page].partition(f"\n| {heading} |")[2].partition("\n\n")[0]
    found = [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in table.splitlines()[2:]]
    assert found, f"{page} has no table {heading!r}"
    return found


def nodes(file):
    """Return the nodes of a Python file's syntax tree."""
    return ast.walk(ast.parse((BASE_DIR / file).read_text()))


@cache
def functions(file):
    """Return the names of a Python file's functions."""
    return {node.name for node in nodes(file) if isinstance(node, ast.FunctionDef)}


def code_spans(cell):
    """Return the texts between backticks."""
    return re.findall(r"`([^`]+)`", cell)


def is_a_file(name):
    """Return whether the file exists; its leading folders may be omitted: `journal/rows.py`."""
    return any(f"/{file}".endswith(f"/{name}") for file in FILES)


def is_importable(name):
    """Return whether the name is a module or a name in one; `redis_models` may be omitted before its chapters."""
    parts = name.split(".")
    if parts[0] in CHAPTERS.split("|"):
        parts.insert(0, "redis_models")
    for count in range(len(parts), 0, -1):
        path = BASE_DIR.joinpath(*parts[:count])
        module = next((each for each in (path.with_suffix(".py"), path / "__init__.py") if each.is_file()), None)
        if module is not None:
            return all(re.search(rf"\b{part}\b", module.read_text()) for part in parts[count:])
    return False


def is_a_script(name):
    """Return whether a script has this name, such as `chat.save.1`."""
    app, _, stem = name.partition(".")
    return (BASE_DIR / app / "lua" / f"{stem}.lua").is_file()


def anchors(text):
    """Return the fragments that a link to the page may use after its #."""
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading).strip().lower().replace(" ", "-") for heading in headings}


@cache
def named_by_tests():
    """Return the names of all test files and test functions."""
    files = [file for file in FILES if re.fullmatch(r"tests/(.+/)?test_\w+\.py", file)]
    return {Path(file).stem for file in files}.union(*(functions(file) for file in files))
