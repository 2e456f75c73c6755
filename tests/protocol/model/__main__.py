"""Write the tables of docs/protocol.md again: `.venv/bin/python -m tests.protocol.model`."""

from pathlib import Path

from tests.protocol.model.report import updated

PAGE = Path(__file__).parents[3] / "docs" / "protocol.md"

if __name__ == "__main__":
    PAGE.write_text(updated(PAGE.read_text()))
