"""The judge finds each kind of broken promise, and nothing in a history that is as it must be."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from tests.protocol.history import checker, history
from tests.protocol.history.checker import judge
from tests.protocol.history.history import History, read


def added(item="m1", place="u1/c1", at=10):
    return ("add", place, item, at)


def made(*ops, shown=(), found=(), kept=(), counts=()):
    """Return the history of these operations with their answers, and of what was found."""
    made = History()
    for number, ((does, place, item, at), answer) in enumerate(ops):
        made.asked(number, does, place, item=item, at=at)
        if answer:
            yes, _, reason = answer.partition(", ")
            made.answered(number, yes, reason=reason)
    for place, *items in shown:
        made.shown(place, items)
    for place, *items in found:
        made.found(place, items)
    for place, *items in kept:
        made.kept("a", place, items)
    for says, holds in counts:
        made.counted("a count", says=says, holds=holds)
    return made.events


REMOVED, ERASED = ("remove", "u1/c1", "", 20), ("erase", "u1", "", 20)
ANN_ERASED = ("erase", "ann", "", 20)
FREE, PLUS = ("set", "u1/plan", "free", 10), ("set", "u1/plan", "plus", 20)
ANN, BEN = ("claim", "email", "ann", 10), ("claim", "email", "ben", 11)


def rivals(*, by, asked_before=True, is_settled=True):
    """Return a history: an email pending for Ann, promised to Ben by a host, and then stored for Ben by Ann's host."""
    rival = [{**event, "op": 1, "by": by} for event in made((BEN, "yes"))]
    settled = [{"event": "settled", "place": "email", "by": ""}] * is_settled
    again = [{**event, "op": 2} for event in made((BEN, "yes"))]
    later = [*again, *rival] if not asked_before else [*rival, *settled, *again]
    return [
        *made((ANN, "yes, pending")),
        *(settled if not asked_before else []),
        *later,
        *made(found=[("email", "ben")]),
    ]


RIVALS = {
    "by another host": rivals(by="another"),
    "not settled": rivals(by="another", is_settled=False),
    "too late": rivals(by="another", asked_before=False),
}
WRONG = {
    "acknowledged and not there": (made((added(), "yes")), "lost"),
    "there twice": (made((added(), "yes"), found=[("u1/c1", "m1", "m1")]), "doubled"),
    "not acknowledged, and there twice": (made((added(), ""), found=[("u1/c1", "m1", "m1")]), "doubled"),
    "in another place": (made((added(), "unsure"), found=[("u1/c2", "m1")]), "unknown"),
    "of nobody": (made(found=[("u1/c1", "m1")]), "unknown"),
    "shown twice": (made((added(), ""), shown=[("u1/c1", "m1", "m1")]), "doubled"),
    "shown, and of nobody": (made(shown=[("u1/c1", "m1")]), "unknown"),
    "miscounted": (made(counts=[(2, 1)]), "miscounted"),
    "removed, and there": (made((added(), "yes"), (REMOVED, "yes"), found=[("u1/c1", "m1")]), "came back"),
    "newer than the removal of its place, and there": (
        made((added(at=30), "unsure"), (REMOVED, "yes"), found=[("u1/c1", "m1")]),
        "came back",
    ),
    "erased, and there": (made((added(), "yes"), (ERASED, "yes"), found=[("u1/c1", "m1")]), "came back"),
    "newer than the erasure, and not there": (made((added(at=30), "yes"), (ERASED, "yes")), "lost"),
    "not erased, because nobody asked in time": (
        made((added(at=10), "yes"), (("erase", "u1", "", 5), "yes"), found=[]),
        "lost",
    ),
    "newer than the answer of an erasure that is not certain, and not there": (
        [
            {**event, "at": 25} if "answer" in event else event
            for event in made((added(at=30), "yes"), (ERASED, "unsure"))
        ],
        "lost",
    ),
    "of another person than the erased one": (made((added(place="u11"), "yes"), (ERASED, "yes")), "lost"),
    "an old value": (made((PLUS, "yes"), (FREE, "yes"), found=[("u1/plan", "free")]), "outdated"),
    "no value": (made((PLUS, "yes")), "lost"),
    "two owners": (made((ANN, "yes"), (BEN, "unsure"), found=[("email", "ann", "ben")]), "owners"),
    "no owner": (made((ANN, "yes")), "lost"),
    "no owner, although the other one was refused, and erased": (
        made((ANN, "no"), (ANN_ERASED, "yes"), (BEN, "yes")),
        "lost",
    ),
    "an erased value, and there": (made((FREE, "yes"), (ERASED, "yes"), found=[("u1/plan", "free")]), "came back"),
    "an erased owner, and there": (made((ANN, "yes"), (ANN_ERASED, "yes"), found=[("email", "ann")]), "came back"),
    "erased, and kept by a host": (made((added(), "yes"), (ERASED, "yes"), kept=[("u1/c1", "m1")]), "came back"),
    "pending to be erased, and there": (
        made((added(), "yes"), (ERASED, "yes, pending"), found=[("u1/c1", "m1")]),
        "came back",
    ),
    "stored for one, and then for another": (made((ANN, "yes"), (BEN, "yes"), found=[("email", "ann")]), "owners"),
    "pending for one, and then stored for another": (
        made((ANN, "yes, pending"), (BEN, "yes"), found=[("email", "ben")]),
        "owners",
    ),
    "pending for one, not settled, and then stored for a rival": (RIVALS["not settled"], "owners"),
    "pending for one, then stored for another, who asked another host later": (RIVALS["too late"], "owners"),
    "pending for two": (made((ANN, "yes, pending"), (BEN, "yes, pending"), found=[("email", "ann")]), "owners"),
}
RIGHT = {
    "acknowledged and there": made((added(), "yes"), found=[("u1/c1", "m1")], counts=[(1, 1)]),
    "not acknowledged, and there": made((added(), "unsure"), found=[("u1/c1", "m1")]),
    "shown, and removed": made((added(), "yes"), (REMOVED, "yes"), shown=[("u1/c1", "m1")]),
    "not answered, and not there": made((added(), "")),
    "refused, and not there": made((added(), "no")),
    "removed": made((added(), "yes"), (REMOVED, "yes")),
    "perhaps removed": made((added(), "yes"), (REMOVED, "unsure")),
    "perhaps not removed": made((added(), "yes"), (REMOVED, "unsure"), found=[("u1/c1", "m1")]),
    "erased": made((added(), "yes"), (ERASED, "yes")),
    "newer than the erasure": made((added(at=30), "yes"), (ERASED, "yes"), found=[("u1/c1", "m1")]),
    "newer than the question of an erasure that was not answered": made((added(at=30), "yes"), (ERASED, "")),
    "removed before an erasure, and made after it": made(
        (("remove", "u1/c1", "", 15), "yes"), (ERASED, "yes"), (added(at=30), "yes"), found=[("u1/c1", "m1")]
    ),
    "the newest value": made((PLUS, "yes"), (FREE, "yes"), found=[("u1/plan", "plus")]),
    "a newer value that nobody was told of": made((FREE, "yes"), (PLUS, ""), found=[("u1/plan", "plus")]),
    "a value that nobody was told of": made((FREE, "unsure")),
    "perhaps erased, and kept by a host": made((added(), ""), (ERASED, "unsure"), kept=[("u1/c1", "m1")]),
    "newer than the erasure, and kept by a host": made((added(at=30), ""), (ERASED, "yes"), kept=[("u1/c1", "m1")]),
    "removed, and kept by a host, whose copy is older": made((added(), ""), (REMOVED, "yes"), kept=[("u1/c1", "m1")]),
    "an erased value that was set again": made(
        (FREE, "yes"), (ERASED, "yes"), (("set", "u1/plan", "free", 30), "yes"), found=[("u1/plan", "free")]
    ),
    "an email that was claimed again after an erasure": made(
        (ANN, "yes"), (ANN_ERASED, "yes"), (("claim", "email", "ann", 30), "yes"), found=[("email", "ann")]
    ),
    "an email that came to another one, who was erased": made((ANN, "yes, pending"), (ANN_ERASED, "yes"), (BEN, "yes")),
    "an erased value": made((FREE, "yes"), (ERASED, "yes")),
    "one owner": made((ANN, "yes"), (BEN, "no"), found=[("email", "ann")]),
    "stored for one, and then pending for another": made((ANN, "yes"), (BEN, "yes, pending"), found=[("email", "ann")]),
    "pending for one, and after that was settled pending for another": [
        *made((ANN, "yes, pending")),
        {"event": "settled", "place": "email", "by": ""},
        *({**event, "op": 1} for event in made((BEN, "yes, pending"))),
        *made(found=[("email", "ann")]),
    ],
    "pending for one, but stored for a rival by another host, who is told so again": RIVALS["by another host"],
    "pending for one, but stored for a rival by another host, who was erased": [
        *made((ANN, "yes, pending")),
        *({**event, "op": 1, "by": "another"} for event in made((BEN, "yes, pending"))),
        *({**event, "op": 2} for event in made((("erase", "ben", "", 20), "yes"))),
        {"event": "settled", "place": "email", "by": ""},
        *({**event, "op": 3} for event in made((("claim", "email", "cid", 30), "yes"))),
        *made(found=[("email", "cid")]),
    ],
    "promised to two by two hosts": [
        *made((ANN, "yes")),
        *({**event, "op": 1, "by": "another"} for event in made((BEN, "yes"))),
        *made(found=[("email", "ann")]),
    ],
    "an owner whose claim is not certain": made((ANN, "unsure"), (BEN, "yes"), found=[("email", "ann")]),
    "no owner, and none promised": made((ANN, "unsure")),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_broken_promise_is_found(name):
    events, kind = WRONG[name]
    found = judge(events)
    assert [each.kind for each in found.complaints] == [kind]
    assert (found.is_clean, found.count(kind)) == (False, 1)


@pytest.mark.parametrize("name", RIGHT)
def test_a_history_as_it_must_be_is_clean(name):
    assert judge(RIGHT[name]).complaints == ()


def test_the_judgement_counts_answers():
    found = judge(made((added(), "yes"), (added("m2"), "unsure"), (added("m3"), ""), found=[("u1/c1", "m1")]))
    assert (found.acknowledged, found.refused) == (1, 2)


def test_a_history_in_a_file_is_the_same(tmp_path):
    kept = History(tmp_path / "history")
    for event in RIGHT["acknowledged and there"]:
        kept.add(event)
    assert [*read(tmp_path / "history")] == kept.events == RIGHT["acknowledged and there"]
    assert [*read(tmp_path / "nothing")] == []


@pytest.mark.parametrize(("events", "status"), [(RIGHT["one owner"], 0), (WRONG["two owners"][0], 1)])
def test_the_command_prints_what_is_wrong(tmp_path, events, status):
    file = tmp_path / "history"
    file.write_text("".join(map(history.line_of, events)))
    command = [sys.executable, "-m", "tests.protocol.history.checker", str(file)]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ended.returncode == status
    assert ("email belongs to ann, ben." in ended.stdout) == bool(status)


def imported(module):
    """Yield the names of the modules that a module imports."""
    for node in ast.walk(ast.parse(Path(module.__file__).read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module


def test_the_judge_imports_nothing_of_the_project():
    names = {name.partition(".")[0] for name in imported(history)}
    names |= {name.partition(".")[0] for name in imported(checker) if name != history.__name__}
    assert names <= sys.stdlib_module_names
