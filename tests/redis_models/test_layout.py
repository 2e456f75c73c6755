from pathlib import Path

import redis_models

LINES_AT_MOST = 200


def test_every_file_is_short_enough_to_say_one_thing():
    files = Path(redis_models.__file__).parent.rglob("*.py")
    assert {file.name: lines for file in files if (lines := len(file.read_text().splitlines())) > LINES_AT_MOST} == {}
