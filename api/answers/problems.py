"""Problem documents (RFC 9457): the body of every error under /api/v1."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

CONTENT_TYPE = "application/problem+json"


@dataclass(frozen=True, slots=True)
class Problem:
    """What went wrong. `code` is for programs and stays the same; `fields` is field name -> what is wrong with it."""

    status: int
    detail: str
    code: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)

    def document(self) -> dict[str, Any]:
        """Return the document; `type` is about:blank, so `title` is the status's phrase, as the RFC asks."""
        found: dict[str, Any] = {
            "type": "about:blank",
            "title": HTTPStatus(self.status).phrase,
            "status": self.status,
            "detail": self.detail,
        }
        if self.code:
            found["code"] = self.code
        if self.fields:
            found["errors"] = [{"field": name, "detail": detail} for name, detail in self.fields.items()]
        return found
