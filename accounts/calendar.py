"""A user's own calendar: the local date of a moment, also across changes of the time zone."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from redis_models.errors import Invalid

DAY_MS = 24 * 60 * 60 * 1000
_CHANGE = "timeZone:"


def valid_time_zone(name: object) -> str:
    """Return the IANA name unchanged; raises Invalid if there is no such zone."""
    try:
        if isinstance(name, str) and 0 < len(name) <= 64:
            _zone(name)
            return name
    except (ZoneInfoNotFoundError, ValueError, OSError):
        pass
    raise Invalid("timeZone must be the name of a time zone, e.g. Europe/Berlin.")


@cache
def _zone(name: str) -> tzinfo:
    return ZoneInfo(name)


def _known_zone(name: str) -> tzinfo:
    """Return the zone; UTC for a stored name that this machine does not know."""
    try:
        return _zone(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return UTC


def change_field(at: int) -> str:
    """Return the name of the profile's field that records a change of the zone at `at` (ms)."""
    return f"{_CHANGE}{at}"


@dataclass(frozen=True, slots=True)
class Calendar:
    """The time zones a user has lived in, as (start in ms, zone), ascending. Before the first one, UTC applies.

    A new zone applies from the next UTC midnight, so travelling neither cuts a day short nor counts it twice.
    """

    changes: tuple[tuple[int, tzinfo], ...] = ()

    @classmethod
    def from_profile(cls, stored: Mapping[str, str]) -> "Calendar":
        """Read the calendar from a profile's hash; a `timeZone` without recorded changes applies to all times."""
        changes = {
            int(field.removeprefix(_CHANGE)): name for field, name in stored.items() if field.startswith(_CHANGE)
        }
        if not changes and "timeZone" in stored:
            return cls(((0, _known_zone(stored["timeZone"])),))
        return cls(tuple((_next_midnight(at), _known_zone(changes[at])) for at in sorted(changes)))

    def zone_at(self, ms: int) -> tzinfo:
        """Return the zone that applies at the moment (ms since the epoch)."""
        return next((zone for since, zone in reversed(self.changes) if since <= ms), UTC)

    def date_of(self, ms: int) -> date:
        """Return the user's date at the moment (ms since the epoch)."""
        return datetime.fromtimestamp(ms / 1000, tz=self.zone_at(ms)).date()

    def midnight_after(self, ms: int) -> int:
        """Return the first ms that has a later date than the moment (both in ms since the epoch)."""
        today = self.date_of(ms)
        tomorrow = datetime.combine(today + timedelta(days=1), datetime.min.time(), tzinfo=self.zone_at(ms))
        end = int(tomorrow.timestamp() * 1000)
        moves = [since for since, _ in self.changes if ms < since < end and self.date_of(since) > today]
        return min([end, *moves])


def _next_midnight(ms: int) -> int:
    return (ms // DAY_MS + 1) * DAY_MS
