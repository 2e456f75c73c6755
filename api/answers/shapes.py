"""The shapes of answers: each is a struct that encodes the answer and describes it in the OpenAPI document.

A field is in every answer, unless it may be UNSET. The types of fields that several apps use are here.
"""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType


def about(description: str, example: Any = UNSET) -> Meta:
    """Return the description and example of a field for the OpenAPI document; a field of shapes needs no example."""
    return Meta(description=description, examples=None if example is UNSET else [example])


Moment = Annotated[str, Meta(extra_json_schema={"format": "date-time"}, examples=["2026-11-23T08:00:00.000Z"])]
"""A moment, ISO 8601, UTC."""
Day = Annotated[str, Meta(extra_json_schema={"format": "date"}, examples=["2026-11-23"])]
"""A day of the user's calendar."""
Success = Annotated[bool, about("Whether the request worked.", True)]
State = Annotated[Literal["stored", "pending"], about("Stored, or only in this host's journal so far.", "stored")]
_LESS_DURABLE = {"oneOf": [{"type": "string", "const": "server"}, {"type": "boolean", "const": False}]}
Durable = Annotated[
    Any | UnsetType,
    Meta(
        description="Only if the write is less durable than usual: in Redis only (server), or on no disk (false).",
        extra_json_schema=_LESS_DURABLE,
    ),
]


class Shape(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The base of all shapes: clients see the fields in camelCase."""


class ErrorOut(Shape, frozen=True, kw_only=True):
    """An error of the existing API."""

    error: Annotated[str, about("What is wrong, for people.", "Chat not found")]


class SuccessOut(Shape, frozen=True, kw_only=True):
    """The first field of each answer of the existing API."""

    success: Success = True


class AcceptedOut(SuccessOut, frozen=True, kw_only=True):
    """A write of the existing API."""

    fallback: Annotated[bool | UnsetType, about("True if the write is only in this host's journal.", True)] = UNSET
    pending: Annotated[bool | UnsetType, about("True if the write is only in this host's journal.", True)] = UNSET
    durable: Durable = UNSET


class StateOut(Shape, frozen=True, kw_only=True):
    """A write: stored, or pending (202) if it is only in the journal so far."""

    state: State = "stored"
    durable: Durable = UNSET


class IdStateOut(StateOut, frozen=True, kw_only=True):
    """A write to one resource, and its id."""

    id: Annotated[str, about("The id of what was written.", "conv_0x5v9k2m7q1w8e3r6t4y")]


class StaleOut(Shape, frozen=True, kw_only=True):
    """Additional fields of an answer that does not come from Redis."""

    redis_healthy: Annotated[bool | UnsetType, about("False if the answer does not come from Redis.", False)] = UNSET
    stale: Annotated[bool | UnsetType, about("True if the answer may be older than what is stored.", True)] = UNSET
    pending: Annotated[int | UnsetType, about("How many pending writes of the user are in the journal.", 2)] = UNSET


class PageOut(StaleOut, frozen=True, kw_only=True):
    """A page, with the cursors of the next and the previous page."""

    next_cursor: Annotated[str | None, about("The cursor of the next page; null if there is none.", None)]
    previous_cursor: Annotated[str | None, about("The cursor of the previous page; null if there is none.", None)]


class WrongFieldOut(Shape, frozen=True, kw_only=True):
    """An invalid field, and what is wrong with it."""

    field: Annotated[str, about("The field of the body or the query.", "limit")]
    detail: Annotated[str, about("What is wrong with the field.", "limit must be a number from 1 to 100.")]


class ProblemOut(Shape, frozen=True, kw_only=True):
    """An error under /api/v1: a problem document (RFC 9457)."""

    type: Annotated[str, about("Always about:blank; use the code to distinguish errors.", "about:blank")] = (
        "about:blank"
    )
    title: Annotated[str, about("The phrase of the status.", "Not Found")]
    status: Annotated[int, about("The HTTP status.", 404)]
    detail: Annotated[str, about("What is wrong, for people.", "There is no such conversation")]
    code: Annotated[str | UnsetType, about("What is wrong, for programs; stable.", "not_found")] = UNSET
    errors: Annotated[tuple[WrongFieldOut, ...] | UnsetType, about("The fields that are not valid.")] = UNSET
