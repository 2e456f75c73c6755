"""Request bodies of the dashboard's existing API, for the OpenAPI document; the views parse them."""

from typing import Annotated

from msgspec import UNSET, Meta, UnsetType

from api.answers.shapes import Shape, about


class NotedMoodIn(Shape, frozen=True, kw_only=True):
    """A mood to record."""

    score: Annotated[float, Meta(ge=0, le=10), about("From 0 (very low) to 10 (very good).", 7.5)]
    note: Annotated[str | UnsetType, about("A note in the user's words.", "slept well")] = UNSET


class AffirmationIn(Shape, frozen=True, kw_only=True):
    """An affirmation that the user saw."""

    affirmation_text: Annotated[str, about("The sentence.", "You may take your time.")]


class PlanIn(Shape, frozen=True, kw_only=True):
    """The new plan."""

    plan: Annotated[str, about("Free, Plus or Premium.", "Plus")]
