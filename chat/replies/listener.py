"""The built-in listener: a few careful open questions, for trying the product before a model is connected.

It understands nothing, and every reply says so.
"""

from collections.abc import AsyncGenerator, Sequence

from chat.replies.model import Said

NAME = "built-in listener"
LABEL = "[Built-in listener: no AI model is connected.]"
_QUESTIONS = (
    "Thank you for telling me. What about it weighs most right now?",
    "I am listening. When did you first notice it today?",
    "What would make the next hour a little easier?",
    "Where in your body do you feel it?",
    "Who knows about this, and whom would you like to tell?",
    "What did you do the last time it was like this?",
    "If it had a name, what would you call it?",
    "What do you wish somebody would ask you?",
)


async def pieces(said: Sequence[Said]) -> AsyncGenerator[str]:
    """Yield the label, then the next question word by word."""
    turn = sum(each.role == "user" for each in said) - 1
    yield LABEL
    for word in _QUESTIONS[max(0, turn) % len(_QUESTIONS)].split():
        yield f" {word}"
