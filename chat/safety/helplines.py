"""Helplines by country, from a file. The user chooses the country; it is never guessed."""

from functools import cache
from pathlib import Path
from typing import Annotated

import msgspec

from api.answers.shapes import Day, about
from texts.typed_json import decoder

_FILE = Path(__file__).with_name("helplines.json")


class Helpline(msgspec.Struct, frozen=True, rename="camel"):
    """A helpline. `checked_on` (YYYY-MM-DD) is the day on which its entry was last checked."""

    name: Annotated[str, about("Who answers.", "TelefonSeelsorge")]
    phone: Annotated[str, about("The number to call.", "0800 111 0 111")]
    hours: Annotated[str, about("The opening hours.", "24/7")]
    checked_on: Annotated[Day, about("The day on which the entry was last checked.")]
    website: Annotated[str | None, about("Its website; null if it has none.", "https://www.telefonseelsorge.de")] = None


class Country(msgspec.Struct, frozen=True):
    """A country (ISO 3166 code) with its emergency number and its helplines, general ones first."""

    code: Annotated[str, about("The country's code.", "DE")]
    name: Annotated[str, about("The country's name.", "Germany")]
    emergency: Annotated[str, about("The emergency number.", "112")]
    lines: Annotated[tuple[Helpline, ...], about("The helplines, general ones first.")]


class _File(msgspec.Struct):
    about: str
    countries: tuple[Country, ...]


@cache
def countries() -> tuple[Country, ...]:
    """Return all countries of the file, sorted by name."""
    found = decoder(_File).decode(_FILE.read_bytes()).countries
    return tuple(sorted(found, key=lambda country: country.name))


def country_of(code: object) -> Country | None:
    """Return the country with the code, in upper or lower case; None if the file does not have it."""
    wanted = code.upper() if isinstance(code, str) else ""
    return next((country for country in countries() if country.code == wanted), None)


def helplines_of(code: object) -> tuple[Country, ...]:
    """Return only the country with the code; all countries if the file does not have it."""
    chosen = country_of(code)
    return (chosen,) if chosen else countries()
