"""Help before anything else: crisis phrases and helplines, from files alone: it works while all else is away."""

from chat.safety.helplines import Country, Helpline, countries, country_of, helplines_of
from chat.safety.phrases import is_crisis

__all__ = ["Country", "Helpline", "countries", "country_of", "helplines_of", "is_crisis"]
