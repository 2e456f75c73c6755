"""The answer to somebody who may be in danger: helplines first, in plain words."""

from dataclasses import dataclass

from chat.safety.helplines import Country, country_of, helplines_of

_OPENING = (
    "I am glad you told me. I am a program and cannot keep you safe, but people can, and they are there right now. "
    "If you are in danger, please call {emergency}."
)
_EMERGENCY_ANYWHERE = "your country's emergency number (112 in Europe, 911 in North America, 000 in Australia)"
_CLOSING = "If calling is too much, tell somebody near you what you told me. You do not have to be alone with this."


@dataclass(frozen=True, slots=True)
class Help:
    """The text to show, and the countries with their helplines; all countries if none was chosen."""

    text: str
    countries: tuple[Country, ...]


def help_for(country: object) -> Help:
    """Return the help for a country's code. For an unknown code, the text names the first line of every country."""
    chosen = country_of(country)
    found = helplines_of(country)
    opening = _OPENING.format(emergency=chosen.emergency if chosen else _EMERGENCY_ANYWHERE)
    lines = [
        f"{line.name}: {line.phone}" if chosen else f"{each.name}: {line.name}, {line.phone}"
        for each in found
        for line in (each.lines if chosen else each.lines[:1])
    ]
    return Help("\n".join([opening, "", *lines, "", _CLOSING]), found)
