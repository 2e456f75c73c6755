"""Pages of mood entries, newest first."""

from dataclasses import dataclass

from api.answers.pages import PageRequest, Place
from api.errors import WrongFields
from dashboard.models import MoodEntry, mood_entries
from dashboard.selectors import moods_question, shown_moods
from redis_models import reader
from redis_models.health.clock import now_ms
from redis_models.reader import Answer
from redis_models.schema.model import pairs

SAME_MOMENT_AT_MOST = 50
"""The number of entries with the same ms that a page may have to skip."""


@dataclass(frozen=True, slots=True)
class MoodPage:
    """Entries, newest first.

    `after` is the place from which older ones follow; None if there are none. `days` is the number of days that the
    plan shows; None is all.
    """

    entries: tuple[MoodEntry, ...]
    after: Place | None
    days: int | None
    answer: Answer


def mood_page(*, user_id: str, page: PageRequest, since_ms: int | None = None, until_ms: int | None = None) -> MoodPage:
    """Return a page of the entries from `since_ms` to `until_ms`, inclusive (None: no bound); raises WrongFields."""
    place = _place(page)
    ends = [moment for moment in (until_ms, place[0] if place else None) if moment is not None]
    question = moods_question(
        user_id,
        since_ms=since_ms or 0,
        until_ms=min(ends, default=None),
        most=page.limit + 1 + (SAME_MOMENT_AT_MOST if place else 0),
    )
    answer = reader.answer(question)
    profile, found = answer.reply
    shown = shown_moods(_after(mood_entries(found), place), pairs(profile), now=now_ms())
    entries = shown.entries[: page.limit]
    last = entries[-1] if len(shown.entries) > page.limit else None
    return MoodPage(entries, (last.moment_ms, last.id) if last else None, shown.days, answer)


def _place(page: PageRequest) -> tuple[int, str] | None:
    if page.cursor is None:
        return None
    match page.cursor.way, page.cursor.place:
        case "next", (int(moment), str(mood_id)):
            return moment, mood_id
    raise WrongFields({"cursor": "cursor must be the nextCursor of a page."})


def _after(entries: tuple[MoodEntry, ...], place: tuple[int, str] | None) -> tuple[MoodEntry, ...]:
    """Return the entries after the place. If its entry was deleted, those of the same ms are returned again."""
    if place is None:
        return entries
    position = next((number for number, entry in enumerate(entries) if (entry.moment_ms, entry.id) == place), -1)
    return entries[position + 1 :]
