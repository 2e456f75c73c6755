from pathlib import Path

import redis_models

LINES_AT_MOST = 200


def test_every_file_has_at_most_200_lines():
    files = Path(redis_models.__file__).parent.rglob("*.py")
    assert {file.name: lines for file in files if (lines := len(file.read_text().splitlines())) > LINES_AT_MOST} == {}
