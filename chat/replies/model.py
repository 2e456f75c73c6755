"""An OpenAI-compatible endpoint, called with the `openai` client, whose errors are translated here.

Each reply has its own connection in the caller's event loop, so cancelling the reply closes the connection at once.
"""

import asyncio
import ssl
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, cast

import httpx
from django.conf import settings

from chat.replies.errors import ModelBusy, ModelFailed, ModelRefused, ModelTooSlow, ModelUnreachable, NoReply

if TYPE_CHECKING:
    from openai import AsyncOpenAI

CONNECT_TIMEOUT_S = 5.0


@dataclass(frozen=True, slots=True)
class Said:
    """One turn; `role` is user, assistant, or system for instructions."""

    role: str
    content: str


def is_configured() -> bool:
    """Return whether a model is configured."""
    return bool(settings.AIRA_MODEL_URL)


def name() -> str:
    """Return the model's name."""
    return str(settings.AIRA_MODEL)


async def pieces(said: Sequence[Said], *, most_s: float) -> AsyncGenerator[str]:
    """Yield the reply piece by piece as it arrives; raises ModelError.

    The model may be silent for AIRA_MODEL_TIMEOUT_S (keep-alive comments count as silence), and take `most_s` seconds
    in total. There are no retries: the caller decides about them.
    """
    clock = asyncio.get_running_loop().time
    deadline, silence_s = clock() + most_s, settings.AIRA_MODEL_TIMEOUT_S
    has_said_something = False
    with _our_errors():
        async with asyncio.timeout(min(most_s, silence_s)) as patience, _client() as client:
            stream = await client.chat.completions.create(
                model=settings.AIRA_MODEL, messages=cast("Any", [_as_json(each) for each in said]), stream=True
            )
            async with stream:
                async for chunk in stream:
                    text = _text_of(chunk)
                    has_said_something = has_said_something or bool(text.strip())
                    if text and has_said_something:
                        yield text
                    patience.reschedule(min(deadline, clock() + silence_s))
    if not has_said_something:
        raise NoReply


def _text_of(chunk: Any) -> str:
    """Return the chunk's text; raises ModelFailed if it is not a chunk of a reply."""
    try:
        text = chunk.choices[0].delta.content if chunk.choices else ""
    except (AttributeError, TypeError, KeyError):
        raise ModelFailed from None
    return text if isinstance(text, str) else ""


def _as_json(said: Said) -> dict[str, str]:
    return {"role": said.role, "content": said.content}


def _client() -> "AsyncOpenAI":
    from openai import AsyncOpenAI, DefaultAsyncHttpxClient

    timeout = httpx.Timeout(None, connect=min(CONNECT_TIMEOUT_S, settings.AIRA_MODEL_TIMEOUT_S))
    key = settings.AIRA_MODEL_KEY.get_secret_value() or "none"
    http = DefaultAsyncHttpxClient(verify=_certificates(), timeout=timeout)
    return AsyncOpenAI(base_url=settings.AIRA_MODEL_URL, api_key=key, timeout=timeout, max_retries=0, http_client=http)


@cache
def _certificates() -> ssl.SSLContext:
    """Return the certificates for verifying the model's server. They are cached: reading them takes 20 ms."""
    return httpx.create_ssl_context()


@contextmanager
def _our_errors() -> Iterator[None]:
    import openai

    try:
        yield
    except TimeoutError as error:
        raise ModelTooSlow from error
    except (openai.AuthenticationError, openai.PermissionDeniedError) as error:
        raise ModelRefused from error
    except openai.RateLimitError as error:
        raise ModelBusy from error
    except (openai.APIConnectionError, httpx.HTTPError) as error:
        raise ModelUnreachable from error
    except (openai.OpenAIError, ValueError) as error:
        raise ModelFailed from error
