"""Help in a crisis: phrases and helplines. Everything is read from files, so it works during any outage."""

from chat.safety.helplines import Country, Helpline, countries, country_of, helplines_of
from chat.safety.phrases import is_crisis

__all__ = ["Country", "Helpline", "countries", "country_of", "helplines_of", "is_crisis"]
