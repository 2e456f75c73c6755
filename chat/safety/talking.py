"""Errors of the two routes that talk carry help, because nobody in danger is to be answered with an error alone.

They do if the message was not looked at (its body or its sender was refused), or if the caller is unknown.
"""

import re
from typing import Annotated, overload

import msgspec
from msgspec import UNSET, UnsetType

from api.answers.shapes import ErrorOut, ProblemOut, about
from chat.safety.help import help_for
from chat.shapes import HelpOut

_ROUTES = re.compile(r"/api/chat|/api/v1/conversations/[^/]+/replies")
_STATUSES = frozenset({401, 413})

OfHelp = Annotated[HelpOut | UnsetType, about("Help for somebody in danger, if the message was not answered.")]


class TalkErrorOut(ErrorOut, frozen=True, kw_only=True):
    """An error of the existing API's chat."""

    help: OfHelp = UNSET


class TalkProblemOut(ProblemOut, frozen=True, kw_only=True):
    """An error of a reply, under /api/v1."""

    help: OfHelp = UNSET


def is_talking(path: str) -> bool:
    """Return whether the path is that of a route that talks."""
    return _ROUTES.fullmatch(path) is not None


def carries_help(path: str, status: int) -> bool:
    """Return whether errors of this status, by a view at this path, carry help."""
    return status in _STATUSES and is_talking(path)


@overload
def with_help(error: ErrorOut, *, country: object = ...) -> TalkErrorOut: ...
@overload
def with_help(error: ProblemOut, *, country: object = ...) -> TalkProblemOut: ...
def with_help(error: ErrorOut | ProblemOut, *, country: object = None) -> ErrorOut | ProblemOut:
    """Return the error with the help for a country's code, or with that for all countries."""
    kind = TalkErrorOut if isinstance(error, ErrorOut) else TalkProblemOut
    return kind(**msgspec.structs.asdict(error), help=HelpOut.of(help_for(country)))
