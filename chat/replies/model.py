"""An OpenAI-compatible endpoint, asked by the `openai` client; its errors become ours here."""

import time
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, cast

import httpx
from django.conf import settings

from chat.replies.errors import ModelBusy, ModelFailed, ModelRefused, ModelUnreachable, NoReply

if TYPE_CHECKING:
    from openai import OpenAI

CONNECT_TIMEOUT_S = 5.0


@dataclass(frozen=True, slots=True)
class Said:
    """Something that was said, by `user` or `assistant`; instructions are said by `system`."""

    role: str
    content: str


def is_configured() -> bool:
    """Return whether there is a model to ask."""
    return bool(settings.AIRA_MODEL_URL)


def name() -> str:
    """Return the model's name."""
    return str(settings.AIRA_MODEL)


def pieces(said: Sequence[Said], *, most_s: float) -> Generator[str]:
    """Yield the reply piece by piece as it arrives, for at most `most_s` seconds; raises ModelError.

    Closing the iterator ends the request. Nothing is asked twice: that is for the caller to decide.
    """
    deadline = time.monotonic() + most_s
    has_said_something = False
    with _our_errors():
        stream = _client().chat.completions.create(
            model=settings.AIRA_MODEL, messages=cast("Any", [_as_json(each) for each in said]), stream=True
        )
        with stream:
            for chunk in stream:
                text = _text_of(chunk)
                if text:
                    has_said_something = True
                    yield text
                if time.monotonic() > deadline:
                    raise ModelUnreachable
    if not has_said_something:
        raise NoReply


def _text_of(chunk: Any) -> str:
    """Return the piece's text; raises ModelFailed where the chunk is none."""
    try:
        text = chunk.choices[0].delta.content if chunk.choices else ""
    except (AttributeError, TypeError, KeyError):
        raise ModelFailed from None
    return text if isinstance(text, str) else ""


def _as_json(said: Said) -> dict[str, str]:
    return {"role": said.role, "content": said.content}


def _client() -> "OpenAI":
    key = settings.AIRA_MODEL_KEY.get_secret_value()
    return _client_of(settings.AIRA_MODEL_URL, key, settings.AIRA_MODEL_TIMEOUT_S)


@cache
def _client_of(url: str, key: str, timeout_s: float) -> "OpenAI":
    from openai import OpenAI

    timeout = httpx.Timeout(timeout_s, connect=min(CONNECT_TIMEOUT_S, timeout_s))
    return OpenAI(base_url=url, api_key=key or "none", timeout=timeout, max_retries=0)


@contextmanager
def _our_errors() -> Iterator[None]:
    import openai

    try:
        yield
    except (openai.AuthenticationError, openai.PermissionDeniedError) as error:
        raise ModelRefused from error
    except openai.RateLimitError as error:
        raise ModelBusy from error
    except (openai.APIConnectionError, httpx.HTTPError) as error:
        raise ModelUnreachable from error
    except (openai.OpenAIError, ValueError) as error:
        raise ModelFailed from error
