"""Each protection that `make mutants` switches off is where it says, once, and the test named for it exists."""

import re
from pathlib import Path

import pytest

from aira_site.settings import BASE_DIR
from bench.mutations import MUTATIONS


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.protection)
def test_a_protection_is_found_once_and_so_is_its_test(mutation):
    assert Path(BASE_DIR, mutation.file).read_text().count(mutation.protected) == 1
    file, _, name = mutation.test.partition("::")
    function = name.partition("[")[0]
    assert re.search(rf"^def {function}", Path(BASE_DIR, file).read_text(), re.MULTILINE)
