"""The companion: its instructions, the context it is given, and its source (a model or the built-in listener)."""

from collections.abc import AsyncGenerator, Sequence
from functools import cache
from pathlib import Path

from chat.replies import listener, model
from chat.replies.model import Said

TURNS_TOLD = 40
CHARACTERS_TOLD = 24_000
_VOICE = "\n\nThis is spoken aloud: one or two short sentences, and nothing that cannot be read out."
_CONTINUE = "\n\nYour last answer was cut off. Go on exactly where it ends, without repeating any of it."


@cache
def instructions() -> str:
    """Return the companion's instructions, from `instructions.md`."""
    return Path(__file__).with_name("instructions.md").read_text(encoding="utf-8")


def answerer() -> str:
    """Return the name of the model, or that of the built-in listener."""
    return model.name() if model.is_configured() else listener.NAME


def pieces(said: Sequence[Said], *, most_s: float, is_spoken: bool = False) -> AsyncGenerator[str]:
    """Yield the reply to a conversation (oldest turn first) piece by piece; raises ModelError.

    If the last turn is the companion's own, that reply was cut off and is continued.
    """
    if not model.is_configured():
        return listener.pieces(said)
    is_cut_off = bool(said) and said[-1].role == "assistant"
    added = (_VOICE if is_spoken else "") + (_CONTINUE if is_cut_off else "")
    return model.pieces([Said("system", instructions() + added), *_told(said)], most_s=most_s)


def _told(said: Sequence[Said]) -> list[Said]:
    """Return the last turns, as many as the model is given."""
    told: list[Said] = []
    characters = 0
    for each in reversed(said[-TURNS_TOLD:]):
        characters += len(each.content)
        if told and characters > CHARACTERS_TOLD:
            break
        told.append(each)
    return told[::-1]
