"""What is sent to the dashboard's endpoints of the existing API, for the OpenAPI document; the views read it."""

from typing import Annotated

from msgspec import UNSET, Meta, UnsetType

from api.answers.shapes import Shape, about


class NotedMoodIn(Shape, frozen=True, kw_only=True):
    """How the user feels now."""

    score: Annotated[float, Meta(ge=0, le=10), about("From 0 (very low) to 10 (very good).", 7.5)]
    note: Annotated[str | UnsetType, about("The user's own words.", "slept well")] = UNSET


class AffirmationIn(Shape, frozen=True, kw_only=True):
    """A sentence that the user saw."""

    affirmation_text: Annotated[str, about("The sentence.", "You may take your time.")]


class PlanIn(Shape, frozen=True, kw_only=True):
    """A plan to change to."""

    plan: Annotated[str, about("Free, Plus or Premium.", "Plus")]
