"""Whether a step of a killed process happened is read from the lines after it."""

import pytest

from redis_models import trace
from redis_models.journal.file.watching import OPENED
from tests.protocol.traces.lines import lines_of


def step(says, *, was="", row=1, transaction="1-1"):
    about = {"was": was, "row": row, "transaction": transaction}
    return {"host": "h", "at": 0, "by": "1/1", "step": "f", "says": says, **about}


def opening(*, highest):
    return {"host": "h", "at": 0, "by": "2/1", "step": OPENED, "says": "ahead", "row": highest}


def end(says):
    return {"host": "h", "at": 0, "by": "1/1", "step": trace.TRANSACTION, "says": says, "transaction": "1-1"}


def of_the_killed(found):
    return [line.is_certain for line in lines_of(found) if line.facts.get("transaction") == "1-1"]


@pytest.mark.parametrize(
    ("later", "certain"),
    [
        ([], [False, False]),
        ([opening(highest=1)], []),
        ([step("", was="pending", transaction="2-1")], [True, True]),
        ([step("", was="in flight", transaction="2-1")], []),
        ([step("in flight", row=2, transaction="2-1")], []),
        ([opening(highest=2)], [True, True]),
        ([end(trace.COMMITTED)], [True, True]),
        ([end(trace.ROLLED_BACK)], []),
    ],
    ids=["nothing", "is not there", "as left", "as before", "born later", "is there", "told", "told otherwise"],
)
def test_a_killed_transaction_happened_whole_if_a_later_line_shows_one_of_its_rows(later, certain):
    killed = [step("pending", was="in flight"), step("in flight", row=2)]
    begun = [opening(highest=0), step("in flight", transaction="0-1")]
    assert of_the_killed([*begun, *killed, *later]) == certain
