"""Running Django's handler and sending what it answers."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.http import HttpResponse, StreamingHttpResponse

from aira_site.http.rsgi.answers import KEPT_OPEN_S, Answer, answer_of, send
from tests.support.asking.loops import run
from tests.support.asking.rsgi import FakeProtocol
from tests.support.waiting import deadline, within


class Handler:
    """Answers each request with one response, as Django's handler does."""

    def __init__(self, response):
        self.response = response

    def __call__(self, _, start_response):
        start_response("status", list(self.response.items()))
        return self.response


def sent(response, protocol=None, *, then=None):
    """Send the response; return the protocol that has it."""

    async def sending():
        used = protocol or FakeProtocol()
        with ThreadPoolExecutor(1) as threads:
            answer = await asyncio.get_running_loop().run_in_executor(threads, answer_of, Handler(response), {})
            task = asyncio.create_task(send(used, answer, threads))
            if then is not None:
                await then(used)
            async with asyncio.timeout(deadline(promised_s=1)):
                await task
        if hasattr(answer.content, "fileno"):
            answer.content.close()
        return used

    return asyncio.run(sending())


def test_a_whole_answer_is_sent_at_once_and_closed():
    response = HttpResponse(b"text", status=201, headers={"X-A": "1"}, content_type="text/plain")
    status, headers, content = sent(response).answer
    assert (status, headers["X-A"], content, response.closed) == (201, "1", b"text", True)


def test_a_stream_that_does_not_wait_is_sent_from_a_file_with_its_length():
    response = StreamingHttpResponse(iter([b"one ", b"two"]))
    status, headers, content = sent(response).answer
    assert (status, headers["content-length"], content, response.closed) == (200, "7", b"one two", True)


def test_a_file_that_is_sent_stays_open_for_a_minute(tmp_path):
    async def run_for(seconds):
        file = (tmp_path / "file").open("wb+")
        await send(FakeProtocol(), Answer(200, [], file), threads=None)
        await asyncio.sleep(seconds)
        is_closed = file.closed
        file.close()
        return is_closed

    assert [run(run_for(seconds))[0] for seconds in (KEPT_OPEN_S - 1, KEPT_OPEN_S + 1)] == [False, True]


def test_a_length_that_a_stream_has_is_kept():
    response = StreamingHttpResponse(iter([b"12345"]), headers={"Content-Length": "5"})
    assert "content-length" not in sent(response).answer[1]


def test_an_error_in_a_stream_that_does_not_wait_is_no_answer():
    def pieces():
        yield b"one"
        raise LookupError

    response = StreamingHttpResponse(pieces())
    with pytest.raises(LookupError):
        answer_of(Handler(response), {})
    assert response.closed


def test_an_async_stream_is_sent_piece_by_piece_and_closed():
    async def pieces():
        yield b"one "
        yield b"two"

    response = StreamingHttpResponse(pieces())
    protocol = sent(response)
    assert (protocol.sent, response.closed) == ([b"one ", b"two"], True)


def test_an_async_stream_ends_when_its_client_is_gone_although_it_is_silent():
    begun = asyncio.Event()

    async def pieces():
        yield b"one"
        begun.set()
        await asyncio.Event().wait()

    async def leave(protocol):
        await begun.wait()
        protocol.gone.set()

    response = StreamingHttpResponse(pieces())
    with within(deadline(promised_s=1)):
        assert (sent(response, then=leave).sent, response.closed) == ([b"one"], True)


def test_a_stream_to_a_client_that_is_gone_is_no_error():
    async def pieces():
        yield b"one"

    async def sending():
        protocol = FakeProtocol(is_gone=True)
        response = StreamingHttpResponse(pieces())
        with ThreadPoolExecutor(1) as threads:
            await send(protocol, Answer(200, [], response), threads)
        return protocol.sent

    assert asyncio.run(sending()) == []


def test_an_error_in_an_async_stream_is_raised():
    async def pieces():
        yield b"one"
        raise LookupError

    with pytest.raises(LookupError):
        sent(StreamingHttpResponse(pieces()))


def test_cookies_are_among_the_headers(rf):
    environ = rf.get("/live").environ
    assert answer_of(WSGIHandler(), environ).status == 200
