"""What both APIs say alike: how long things may be, messages, help, and what is left of the day's messages."""

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


Title = Annotated[str, about("The title; a conversation that nobody named is named after its day.", "A slow Monday")]
Tags = Annotated[Sequence[str], about("Tags, each once.", ["work", "sleep"])]
Archived = Annotated[bool, about("Whether the user has put it away.", False)]


class MessageOut(Shape, frozen=True, kw_only=True):
    """A message, shown as it is stored."""

    id: Annotated[str, about("The message's id.", "msg_7h2k9d4f6g8j1l3z5x0c")]
    role: Annotated[Literal["user", "assistant"], about("Who said it: the user or Aira.", "user")]
    content: Annotated[str, about("What was said.", "I could not sleep again.")]
    timestamp: Annotated[Moment, about("When it was said.")]
    emotion: Annotated[str | UnsetType, about("The emotion that the client named.", "tired")] = UNSET
    reply_to: Annotated[str | UnsetType, about("Of Aira's: the message that it answers.", "msg_1")] = UNSET
    replaces: Annotated[str | UnsetType, about("Of Aira's: the reply that it replaces.", "reply_1")] = UNSET
    source: Annotated[str | UnsetType, about("Of Aira's: who wrote it: a model, the listener or help.", "help")] = UNSET
    ending: Annotated[
        Literal["stopped", "interrupted"] | UnsetType,
        about("Of Aira's: how it ended, if not by itself.", "stopped"),
    ] = UNSET


class HelpOut(Shape, frozen=True, kw_only=True):
    """Help for somebody in danger: a message, and the helplines that it names."""

    message: Annotated[str, about("The text to show.", "Please call somebody now.")]
    help: Annotated[bool, about("Always true: it is help, not a reply.", True)] = True
    helplines: Annotated[tuple[Country, ...], about("The country that was chosen, or all.")]

    @classmethod
    def of(cls, found: Help) -> Self:
        """Return help as it is shown."""
        return cls(message=found.text, helplines=found.countries)


class UsageOut(StaleOut, frozen=True, kw_only=True):
    """Messages to Aira today."""

    plan: Annotated[Plan, about("The user's plan.", "free")]
    used: Annotated[int, about("Messages that were sent today.", 2)]
    remaining: Annotated[int | None, about("Messages that are left today; null is no limit.", 3)]
    limit: Annotated[int | None, about("Messages a day; null is no limit.", 5)]
    allowed: Annotated[bool, about("Whether another message may be sent.", True)]
    resets_at: Annotated[Moment, about("The user's next midnight.")]
    plan_known: Annotated[bool | UnsetType, about("False if an outage hides the plan.", False)] = UNSET

    @classmethod
    def of(cls, found: Usage, answer: Answer, **more: Any) -> Self:
        """Return usage as it is shown."""
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
