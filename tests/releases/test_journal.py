"""This release applies the rows in the journals of earlier ones. Each release adds a folder with its journal."""

import shutil

import pytest

from redis_models.journal.clock import now_ms
from redis_models.journal.store import FILE_NAME
from redis_models.replay import drain
from redis_models.replay.result import DrainResult
from tests.redis_models import journal_file
from tests.releases import earlier


@pytest.mark.parametrize("folder", earlier.FOLDERS, ids=lambda folder: folder.name)
def test_the_journal_of_a_release_is_drained(valkey, settings, tmp_path, folder):
    settings.AIRA_DATA_DIR = tmp_path
    shutil.copy(folder / earlier.JOURNAL, tmp_path / FILE_NAME)
    journal_file.change("UPDATE rows SET appended_ms = ?", now_ms())
    assert drain.drain() == DrainResult(applied=7, fenced=7)
    profile = valkey.client.hgetall("user:u1:profile")
    assert (profile["email"], profile["plan"]) == ("ann@example.com", "plus")
    assert set(valkey.client.zrange("user:u1:conversations", 0, -1)) == {"c1", "c3", "c4"}
    assert valkey.client.zrange("user:u1:deleted", 0, -1) == ["c2"]
    assert valkey.client.hget("user:u1:stats", "conversations") == "3"
