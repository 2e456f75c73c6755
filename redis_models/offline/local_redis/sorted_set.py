"""A sorted set: members ordered by score, and by their bytes if the scores are equal."""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable

Entry = tuple[float, bytes]


class SortedSet:
    """Members with their scores."""

    def __init__(self, members: Iterable[tuple[bytes, float]] = ()) -> None:
        self._scores = dict(members)
        self._entries = sorted((score, member) for member, score in self._scores.items())

    def __len__(self) -> int:
        return len(self._entries)

    def score(self, member: bytes) -> float | None:
        """Return the member's score; None if it is not in the set."""
        return self._scores.get(member)

    def add(self, member: bytes, score: float) -> bool:
        """Set the member's score; return whether the member is new."""
        is_new = not self.remove(member)
        self._scores[member] = score
        insort(self._entries, (score, member))
        return is_new

    def remove(self, member: bytes) -> bool:
        """Remove the member; return whether it was in the set."""
        score = self._scores.pop(member, None)
        if score is None:
            return False
        del self._entries[bisect_left(self._entries, (score, member))]
        return True

    def rank(self, member: bytes) -> int | None:
        """Return the number of members before this one; None if it is not in the set."""
        score = self._scores.get(member)
        return None if score is None else bisect_left(self._entries, (score, member))

    def between(self, first: int, last: int) -> list[Entry]:
        """Return the entries from one rank to another, inclusive; negative ranks count from the end."""
        size = len(self._entries)
        begin = max(0, first + size if first < 0 else first)
        end = last + size if last < 0 else last
        return self._entries[begin : max(begin, end + 1)]

    def by_score(self, lowest: bytes, highest: bytes) -> list[Entry]:
        """Return the entries between two scores, written as for ZRANGEBYSCORE: 5, (5 for exclusive, -inf, +inf."""
        return self._entries[self._place(lowest, is_end=False) : self._place(highest, is_end=True)]

    def _place(self, bound: bytes, *, is_end: bool) -> int:
        is_open = bound.startswith(b"(")
        score = float(bound[1:] if is_open else bound)
        place = bisect_left if is_open is is_end else bisect_right
        return place(self._entries, score, key=_score)

    @staticmethod
    def with_scores(entries: Iterable[Entry]) -> list[bytes]:
        """Return member, score, member, score, ... in the format of Redis."""
        return [text for score, member in entries for text in (member, written(score))]


def _score(entry: Entry) -> float:
    return entry[0]


def written(score: float) -> bytes:
    """Return a score in the format of Redis: whole numbers without a fraction."""
    return b"%d" % score if score.is_integer() and abs(score) < 1e17 else repr(score).encode()
