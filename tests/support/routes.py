"""Every route of the URLconf for each of its methods, with the rule of its action."""

import re
from dataclasses import dataclass

from django.urls import URLPattern, get_resolver


@dataclass(frozen=True)
class Route:
    method: str
    path: str
    action: str
    rule: str | None
    view: type

    def __str__(self):
        return f"{self.method} {self.path}"


def routes(patterns=None, prefix="/"):
    """Return all routes; the rule of a plain view is None."""
    found = []
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        path = prefix + re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", str(pattern.pattern))
        if isinstance(pattern, URLPattern):
            found += _of(pattern.callback, path)
        else:
            found += routes(pattern.url_patterns, path)
    return found


def _of(callback, path):
    actions = getattr(callback, "actions", None)
    if not actions:
        return [Route("GET", path, "", getattr(callback, "rule", None), callback)]
    view = callback.cls
    return [
        Route(method.upper(), path, action, getattr(view, "rules", {}).get(action), view)
        for method, action in actions.items()
        if method != "head"  # DRF adds HEAD to readable actions at the first request
    ]
