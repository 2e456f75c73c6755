"""The judge of a history: `python -m tests.protocol.history.checker FILE` prints what is wrong with it.

It knows the promises, and nothing of how they are kept: this file imports nothing of the project but the reader of
histories. What was answered with yes must be found exactly once, everything else at most once; counts are those of
distinct records; of two values the newer one stands; a place has one owner; what was removed does not come back, and an
erasure removes nothing that is newer.
"""

import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import permutations
from math import inf
from pathlib import Path
from typing import Final

from tests.protocol.history.history import Event, read

YES, NO, UNSURE = "yes", "no", "unsure"
PENDING: Final = "pending"
LOST: Final = "lost"
DOUBLED: Final = "doubled"
UNKNOWN: Final = "unknown"
MISCOUNTED: Final = "miscounted"
OUTDATED: Final = "outdated"
OWNERS: Final = "owners"
CAME_BACK: Final = "came back"


@dataclass(frozen=True, slots=True)
class Complaint:
    """A broken promise: its kind, and a sentence. `by` is the number of records that it concerns."""

    kind: str
    text: str
    by: int = 1


@dataclass(frozen=True, slots=True)
class Judgement:
    """How many operations were answered with yes and with anything else, and what is wrong."""

    acknowledged: int
    refused: int
    complaints: tuple[Complaint, ...]

    @property
    def is_clean(self) -> bool:
        """Return whether nothing is wrong."""
        return not self.complaints

    def count(self, kind: str) -> int:
        """Return how many records are concerned by complaints of this kind."""
        return sum(each.by for each in self.complaints if each.kind == kind)


@dataclass(slots=True)
class _Op:
    """An operation and its answer; without an answer, its caller was told nothing."""

    does: str
    place: str
    item: str
    at: int
    by: str
    asked: int
    answer: str = UNSURE
    answered: int = 0
    is_pending: bool = False
    until: float = inf

    @property
    def is_promised(self) -> bool:
        return self.answer == YES


@dataclass(slots=True)
class _Facts:
    """A history, sorted."""

    ops: dict[object, _Op] = field(default_factory=dict)
    found: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    kept: list[Event] = field(default_factory=list)
    counted: list[Event] = field(default_factory=list)
    shown: list[Event] = field(default_factory=list)
    settled: list[tuple[str, str, int]] = field(default_factory=list)

    def of_kind(self, *kinds: str) -> Iterator[_Op]:
        return (op for op in self.ops.values() if op.does in kinds)


def judge(events: Iterable[Event]) -> Judgement:
    """Return what is wrong with a history that ends with what was found."""
    facts = _sorted(events)
    answers = Counter(op.answer for op in facts.ops.values())
    rules = (_added, _unknown, _shown, _set, _claimed, _erased, _kept, _counted)
    complaints = tuple(complaint for rule in rules for complaint in rule(facts))
    return Judgement(answers[YES], sum(answers.values()) - answers[YES], complaints)


def _sorted(events: Iterable[Event]) -> _Facts:
    facts = _Facts()
    for number, event in enumerate(events):
        match event["event"]:
            case "asked":
                facts.ops[event["op"]] = _Op(*(event[name] for name in ("does", "place", "item", "at", "by")), number)
            case "answered":
                op = facts.ops[event["op"]]
                op.answer, op.answered, op.is_pending = event["answer"], number, event["reason"] == PENDING
                op.until = max(op.at, event["at"]) if op.is_promised or event["at"] else inf
            case "found":
                facts.found[event["place"]].update(event["items"])
            case "kept":
                facts.kept.append(event)
            case "counted":
                facts.counted.append(event)
            case "shown":
                facts.shown.append(event)
            case "settled":
                facts.settled.append((event["place"], event["by"], number))
    return facts


def _added(facts: _Facts) -> Iterator[Complaint]:
    """What was added is there as often as was promised."""
    for op in facts.of_kind("add"):
        times, least, most = facts.found[op.place][op.item], int(op.is_promised), 1
        for is_certain in _removals(facts, op):
            least, most = 0, 0 if is_certain else most
        name = f"{op.item} of {op.place}"
        if times < least:
            yield Complaint(LOST, f"{name} was acknowledged, and is not there.")
        if times > 1:
            yield Complaint(DOUBLED, f"{name} is there {times} times.", by=times - 1)
        elif times > most:
            yield Complaint(CAME_BACK, f"{name} was removed, and is there.")


def _removals(facts: _Facts, op: _Op) -> Iterator[bool]:
    """Yield for each operation that may have removed what the operation made whether it certainly has."""
    for other in facts.of_kind("remove", "erase"):
        if not (_is_inside(op.place, other.place) or _is_claim_of(op, other)):
            continue
        if other.does == "remove":
            yield other.is_promised and not _is_undone(facts, other, before=op.at)
        elif op.at <= other.until:
            yield other.is_promised and op.at <= other.at


def _is_undone(facts: _Facts, removal: _Op, *, before: int) -> bool:
    """Return whether an erasure after the removal, and before that time, may have removed its trace as well."""
    erasures = (each for each in facts.of_kind("erase") if _is_inside(removal.place, each.place))
    return any(removal.at <= each.until and each.at < before for each in erasures)


def _is_inside(place: str, other: str) -> bool:
    return place == other or place.startswith(f"{other}/")


def _is_claim_of(op: _Op, erased: _Op) -> bool:
    return (op.does, erased.does) == ("claim", "erase") and op.item == erased.place


def _is_erased(facts: _Facts, place: str, item: str) -> bool:
    """Return whether everybody who made this the value, the owner or an item of the place made it before an erasure."""
    makers = [op for op in facts.of_kind("add", "set", "claim") if (op.place, op.item) == (place, item)]
    return bool(makers) and all(
        any(
            each.is_promised and op.at <= each.at and (_is_inside(place, each.place) or _is_claim_of(op, each))
            for each in facts.of_kind("erase")
        )
        for op in makers
    )


def _unknown(facts: _Facts) -> Iterator[Complaint]:
    """Nothing is there that nobody asked for."""
    asked = {(op.place, op.item) for op in facts.ops.values()}
    for place, items in facts.found.items():
        for item in items:
            if (place, item) not in asked:
                yield Complaint(UNKNOWN, f"{item} of {place} is there, and nobody asked for it.")


def _shown(facts: _Facts) -> Iterator[Complaint]:
    """What was shown on the way was asked for, and was there once."""
    asked = {(op.place, op.item) for op in facts.ops.values()}
    for event in facts.shown:
        for item, times in Counter(event["items"]).items():
            if times > 1:
                yield Complaint(DOUBLED, f"{item} of {event['place']} was shown {times} times.", by=times - 1)
            if (event["place"], item) not in asked:
                yield Complaint(UNKNOWN, f"{item} of {event['place']} was shown, and nobody asked for it.")


def _set(facts: _Facts) -> Iterator[Complaint]:
    """The value of a place is not older than one that was acknowledged."""
    by_place: dict[str, list[_Op]] = defaultdict(list)
    for op in facts.of_kind("set"):
        by_place[op.place].append(op)
    for place, ops in by_place.items():
        promised = [op for op in ops if op.is_promised and not list(_removals(facts, op))]
        newest = max((op.at for op in promised), default=None)
        stands = max((op.at for op in ops if facts.found[place][op.item]), default=None)
        if newest is not None and stands is None:
            yield Complaint(LOST, f"{place} was set, and has no value.")
        elif newest is not None and stands is not None and stands < newest:
            yield Complaint(OUTDATED, f"{place} has a value that is older than the one that was acknowledged last.")


def _claimed(facts: _Facts) -> Iterator[Complaint]:
    """A place that was claimed has one owner, if anybody was told yes; none if the one who got it was erased."""
    claims, erased = [], []
    for op in facts.of_kind("claim"):
        (erased if list(_removals(facts, op)) else claims).append(op)
    for place in dict.fromkeys(op.place for op in claims):
        owners = facts.found[place]
        if owners.total() > 1:
            yield Complaint(OWNERS, f"{place} belongs to {', '.join(sorted(owners))}.")
        heirs = {op.item for op in claims if op.place == place and op.is_promised}
        if not owners and heirs and heirs >= {op.item for op in erased if op.place == place and op.answer != NO}:
            yield Complaint(LOST, f"{place} was promised to somebody, and has no owner.")
    yield from _promised_twice(facts, [op for op in claims if op.is_promised], [*claims, *erased])


def _promised_twice(facts: _Facts, promised: Sequence[_Op], claims: Sequence[_Op]) -> Iterator[Complaint]:
    """No host promises a place to two, except as pending what it has stored before, and settled.

    What it has promised as pending may also be settled because another host had stored the place for a rival.
    """
    for one, other in permutations(promised, 2):
        is_same_place = (one.place, one.by) == (other.place, other.by) and one.item != other.item
        is_later = other.asked > one.answered
        is_forgotten = any(
            (place, by) == (one.place, one.by) and one.answered < number < other.answered
            for place, by, number in facts.settled
        )
        is_known = one.is_pending and not is_forgotten
        is_beaten = one.is_pending and is_forgotten and _has_rival(one, claims, before=other.asked)
        if is_same_place and is_later and not is_beaten and (not other.is_pending or is_known):
            yield Complaint(OWNERS, f"{one.place} was promised to {one.item}, and then to {other.item}.")


def _has_rival(claim: _Op, claims: Sequence[_Op], *, before: int) -> bool:
    """Return whether another host may have stored the place for somebody else before this event."""
    rivals = (each for each in claims if each.place == claim.place and each.item != claim.item)
    return any(each.by != claim.by and each.asked < before and each.answer != NO for each in rivals)


def _erased(facts: _Facts) -> Iterator[Complaint]:
    """No value and no owner from before an erasure is there; `_added` asks for items."""
    added = {op.place for op in facts.of_kind("add")}
    for place, items in facts.found.items():
        for item in items if place not in added else ():
            if _is_erased(facts, place, item):
                yield Complaint(CAME_BACK, f"{item} of {place} was erased, and is there.")


def _kept(facts: _Facts) -> Iterator[Complaint]:
    """No host keeps a copy of what was erased."""
    for event in facts.kept:
        for item in event["items"]:
            if _is_erased(facts, event["place"], item):
                yield Complaint(CAME_BACK, f"{item} of {event['place']} was erased, and host {event['by']} keeps it.")


def _counted(facts: _Facts) -> Iterator[Complaint]:
    """A count is the number of distinct records."""
    for event in facts.counted:
        if event["says"] != event["holds"]:
            text = f"{event['what']}: the count says {event['says']}, and there are {event['holds']}."
            yield Complaint(MISCOUNTED, text, by=abs(event["says"] - event["holds"]))


def main(arguments: list[str]) -> int:
    """Judge the files; return 1 if something is wrong with one of them."""
    judgements = [judge(read(Path(name))) for name in arguments]
    for name, found in zip(arguments, judgements, strict=True):
        sys.stdout.write(f"{name}: {found.acknowledged} acknowledged, {found.refused} not.\n")
        sys.stdout.writelines(f"  {each.kind}: {each.text}\n" for each in found.complaints)
    return int(not all(found.is_clean for found in judgements))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
