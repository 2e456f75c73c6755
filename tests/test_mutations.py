"""Each mutation of `make mutants` names source text that occurs once, and a test that exists."""

import re
from pathlib import Path

import pytest

from aira_site.settings import BASE_DIR
from bench.mutations import MUTATIONS


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.protection)
def test_a_mutations_source_occurs_once_and_its_test_exists(mutation):
    assert Path(BASE_DIR, mutation.file).read_text().count(mutation.protected) == 1
    file, _, name = mutation.test.partition("::")
    function = name.partition("[")[0]
    assert re.search(rf"^def {function}", Path(BASE_DIR, file).read_text(), re.MULTILINE)
