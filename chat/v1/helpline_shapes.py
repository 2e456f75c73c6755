"""Helplines, as /api/v1 answers."""

from typing import Annotated

from api.answers.shapes import Shape, about
from chat.safety.helplines import Country


class HelplinesOut(Shape, frozen=True, kw_only=True):
    """Helplines by country."""

    countries: Annotated[tuple[Country, ...], about("The chosen country, or all countries.")]
