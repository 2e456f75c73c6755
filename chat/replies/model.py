"""An OpenAI-compatible endpoint, called with the `openai` client, whose errors are translated here.

Each reply has its own connection in the caller's event loop, so cancelling the reply closes the connection at once.

The endpoint is a stranger, too: no redirect is followed, nothing compressed is accepted, and the text, each event and
the whole answer have bounds.
"""

import asyncio
import re
import ssl
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Final, cast

import httpx
from django.conf import settings

from chat.replies.errors import ModelBusy, ModelFailed, ModelRefused, ModelTooSlow, ModelUnreachable, NoReply

if TYPE_CHECKING:
    from openai import AsyncOpenAI, AsyncStream

CONNECT_TIMEOUT_S = 5.0
TEXT_MAX_BYTES = 64 * 1024
"""The most UTF-8 of a reply. What comes after it fails the reply, which keeps its text and can be gone on with."""
EVENT_MAX_BYTES = 512 * 1024
EVENT_MAX_LINES = 64
ANSWER_MAX_BYTES = 32 * 1024 * 1024
"""The most bytes of an answer; an endpoint may send some hundred for each token."""
ANSWER_MAX_LINES = 150_000
ERROR_MAX_BYTES = 256 * 1024
_BLANK_LINE: Final = re.compile(rb"\r\n\r\n|\n\n|\r\r")
_LINE_END: Final = re.compile(rb"\r\n|\n|\r")


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
    has_said_something, said_bytes = False, 0
    with _our_errors():
        async with asyncio.timeout(min(most_s, silence_s)) as patience, _client() as client:
            stream = await client.post(
                "/chat/completions",
                body={"model": settings.AIRA_MODEL, "messages": [_as_json(each) for each in said], "stream": True},
                cast_to=object,  # the client's own classes take 20 us for each value of an event
                stream=True,
                stream_cls=_stream_of_json(),
            )
            async with stream:
                async for chunk in stream:
                    text = _text_of(chunk)
                    said_bytes += len(text.encode(errors="surrogatepass"))
                    if said_bytes > TEXT_MAX_BYTES:
                        raise ModelFailed
                    has_said_something = has_said_something or bool(text.strip())
                    if text and has_said_something:
                        yield text
                    patience.reschedule(min(deadline, clock() + silence_s))
    if not has_said_something:
        raise NoReply


def _stream_of_json() -> "type[AsyncStream[object]]":
    from openai import AsyncStream

    return AsyncStream[object]


def _text_of(chunk: Any) -> str:
    """Return the text of a chunk, which is JSON; raises ModelFailed if it is not a chunk of a reply."""
    try:
        choices = chunk.get("choices")
        text = choices[0]["delta"].get("content") if choices else ""
    except (AttributeError, TypeError, KeyError):
        raise ModelFailed from None
    return text if isinstance(text, str) else ""


def _as_json(said: Said) -> dict[str, str]:
    return {"role": said.role, "content": said.content}


def _client() -> "AsyncOpenAI":
    from openai import AsyncOpenAI, DefaultAsyncHttpxClient

    timeout = httpx.Timeout(None, connect=min(CONNECT_TIMEOUT_S, settings.AIRA_MODEL_TIMEOUT_S))
    key = settings.AIRA_MODEL_KEY.get_secret_value() or "none"
    http = DefaultAsyncHttpxClient(
        verify=_certificates(), timeout=timeout, follow_redirects=False, event_hooks={"response": [_bound]}
    )
    return AsyncOpenAI(
        base_url=settings.AIRA_MODEL_URL,
        api_key=key,
        timeout=timeout,
        max_retries=0,
        http_client=http,
        default_headers={"Accept-Encoding": "identity"},
    )


async def _bound(response: httpx.Response) -> None:
    """Have the bytes of the response checked as they arrive, before anything is decompressed or searched for lines."""
    stream = cast("httpx.AsyncByteStream", response.stream)
    is_compressed = response.headers.get("Content-Encoding", "identity").strip().lower() not in ("", "identity")
    most = 0 if is_compressed else ANSWER_MAX_BYTES if response.is_success else ERROR_MAX_BYTES
    response.stream = _Bounded(stream, most=most)


class _Bounded(httpx.AsyncByteStream):
    """A stream that raises ModelFailed above `most` bytes or the other bounds of an answer and its events."""

    def __init__(self, stream: httpx.AsyncByteStream, *, most: int) -> None:
        self._stream = stream
        self._bytes_left, self._lines_left = most, ANSWER_MAX_LINES
        self._bytes = self._lines = 0
        self._before = b""

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for piece in self._stream:
            self._bytes_left -= len(piece)
            self._lines_left -= piece.count(b"\n") + piece.count(b"\r")
            if self._bytes_left < 0 or self._lines_left < 0:
                raise ModelFailed
            self._check_events(piece)
            yield piece

    def _check_events(self, piece: bytes) -> None:
        """Count bytes and lines since the last blank line, which may lie between two pieces."""
        self._bytes -= len(self._before)
        self._lines -= len(_LINE_END.findall(self._before))
        for number, part in enumerate(_BLANK_LINE.split(self._before + piece)):
            if number:
                self._bytes = self._lines = 0
            self._bytes += len(part)
            self._lines += len(_LINE_END.findall(part))
            if self._bytes > EVENT_MAX_BYTES or self._lines > EVENT_MAX_LINES:
                raise ModelFailed
        self._before = (self._before + piece)[-3:]

    async def aclose(self) -> None:
        await self._stream.aclose()


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
    except (openai.OpenAIError, ValueError, RecursionError) as error:
        raise ModelFailed from error
