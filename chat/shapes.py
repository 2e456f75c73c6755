"""Limits on lengths, and answers that both APIs share: messages, help, and the messages left today."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal, Self

from msgspec import UNSET, UnsetType

from accounts.models import Plan
from api.answers.shapes import Moment, Shape, StaleOut, about
from api.answers.staleness import staleness
from chat.safety.help import Help
from chat.safety.helplines import Country
from chat.usage import Usage
from redis_models.reader import Answer
from redis_models.schema.codec import iso_from_ms

TITLE_MAX_LENGTH = 200
TAG_MAX_LENGTH = 64
TAGS_AT_MOST = 50
MESSAGE_MAX_LENGTH = 32_000


Title = Annotated[str, about("The title; by default, the day on which the conversation began.", "A slow Monday")]
Tags = Annotated[Sequence[str], about("Tags, each once.", ["work", "sleep"])]
Archived = Annotated[bool, about("Whether it is archived.", False)]


class MessageOut(Shape, frozen=True, kw_only=True):
    """A message, shown as it is stored."""

    id: Annotated[str, about("The message's id.", "msg_7h2k9d4f6g8j1l3z5x0c")]
    role: Annotated[Literal["user", "assistant"], about("Who wrote it: the user or Aira.", "user")]
    content: Annotated[str, about("The text.", "I could not sleep again.")]
    timestamp: Annotated[Moment, about("When it was written.")]
    emotion: Annotated[str | UnsetType, about("The emotion that the client sent with it.", "tired")] = UNSET
    reply_to: Annotated[str | UnsetType, about("Aira's only: the message it answers.", "msg_1")] = UNSET
    replaces: Annotated[str | UnsetType, about("Aira's only: the reply it replaces.", "reply_1")] = UNSET
    source: Annotated[str | UnsetType, about("Aira's only: its source: a model, the listener or help.", "help")] = UNSET
    ending: Annotated[
        Literal["stopped", "interrupted"] | UnsetType,
        about("Aira's only: why it is incomplete, if it was cut off.", "stopped"),
    ] = UNSET


class HelpOut(Shape, frozen=True, kw_only=True):
    """Help for somebody in danger: a message and helplines."""

    message: Annotated[str, about("The text to show.", "Please call somebody now.")]
    help: Annotated[bool, about("Always true: the answer is help, not a reply.", True)] = True
    helplines: Annotated[tuple[Country, ...], about("The chosen country, or all countries.")]

    @classmethod
    def of(cls, found: Help) -> Self:
        """Return the answer for help."""
        return cls(message=found.text, helplines=found.countries)


class UsageOut(StaleOut, frozen=True, kw_only=True):
    """Messages to Aira today."""

    plan: Annotated[Plan, about("The user's plan.", "free")]
    used: Annotated[int, about("The number of messages sent today.", 2)]
    remaining: Annotated[int | None, about("The number of messages left today; null means no limit.", 3)]
    limit: Annotated[int | None, about("Messages per day; null means no limit.", 5)]
    allowed: Annotated[bool, about("Whether another message may be sent.", True)]
    resets_at: Annotated[Moment, about("The next midnight in the user's time zone.")]
    plan_known: Annotated[bool | UnsetType, about("False if the plan is not known because of an outage.", False)] = (
        UNSET
    )

    @classmethod
    def of(cls, found: Usage, answer: Answer, **more: Any) -> Self:
        """Return the answer for usage."""
        return cls(
            plan=found.plan,
            used=found.used,
            remaining=found.remaining,
            limit=found.limit,
            allowed=found.is_allowed,
            resets_at=iso_from_ms(found.resets_ms),
            plan_known=UNSET if found.is_plan_known else False,
            **staleness(answer),
            **more,
        )
