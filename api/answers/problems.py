"""Problem documents (RFC 9457): the body of every error under /api/v1."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus

from msgspec import UNSET

from api.answers.shapes import ProblemOut, WrongFieldOut

CONTENT_TYPE = "application/problem+json"


@dataclass(frozen=True, slots=True)
class Problem:
    """An error. `code` is stable, for programs; `fields` maps each invalid field to what is wrong with it."""

    status: int
    detail: str
    code: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)

    def document(self) -> ProblemOut:
        """Return the document. `type` is about:blank, so the RFC wants the status's phrase as `title`."""
        wrong = tuple(WrongFieldOut(field=name, detail=detail) for name, detail in self.fields.items())
        return ProblemOut(
            title=HTTPStatus(self.status).phrase,
            status=self.status,
            detail=self.detail,
            code=self.code or UNSET,
            errors=wrong or UNSET,
        )
