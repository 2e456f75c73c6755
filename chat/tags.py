"""Tags of a conversation, derived from the words of its messages. Source: the existing API."""

from collections.abc import Iterable, Sequence

from chat.models import Message

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
    """Return the given tags, then for each message its tags and its emotion; without repetitions."""
    found = dict.fromkeys(given)
    for message in messages:
        text = message.content.lower()
        found |= dict.fromkeys(tag for tag, words in WORDS_OF_TAG.items() if any(word in text for word in words))
        if message.emotion:
            found[message.emotion] = None
    return tuple(found)
