"""Tags of a conversation, derived from the words of its messages. Source: the existing API."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice
from typing import Final

from chat.models import Message
from texts.normal_form import each_once

KEPT_AT_MOST: Final = 200
"""The most tags of a conversation: they are part of each list of conversations."""

WORDS_OF_TAG: dict[str, tuple[str, ...]] = {
    "anxiety": ("anxious", "anxiety", "worried"),
    "depression": ("sad", "depression", "depressed"),
    "anger": ("angry", "anger", "furious"),
    "grief": ("grief", "loss", "died"),
    "panic": ("panic",),
    "sleep": ("sleep", "insomnia", "tired"),
    "stress": ("stress",),
    "loneliness": ("lonely", "loneliness"),
    "breathing_exercise": ("breath",),
    "grounding": ("grounding", "5-4-3-2-1"),
    "celebration": ("celebrate", "happy", "great"),
}


def tags_of(messages: Iterable[Message], *, given: Sequence[str] = ()) -> tuple[str, ...]:
    """Return the given tags, then for each message its tags and its emotion; each once, and at most 200 in all.

    Case and normal form make no difference; a tag stays as it was first written.
    """
    return tuple(islice(each_once(chain(given, chain.from_iterable(map(_tags_of, messages)))), KEPT_AT_MOST))


def _tags_of(message: Message) -> Iterator[str]:
    text = message.content.lower()
    yield from (tag for tag, words in WORDS_OF_TAG.items() if any(word in text for word in words))
    if message.emotion:
        yield message.emotion
