"""The application of `serve`, called as granian calls it."""

import asyncio
import json

import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.http import HttpResponse, StreamingHttpResponse

from aira_site.http.rsgi.application import Application
from aira_site.logs import LineFormatter
from tests.support.asking.rsgi import FakeProtocol, scope


@pytest.fixture
def answered():
    """Answer a request with these pieces of a body; return status, headers and the JSON of the answer."""

    def ask(*pieces, **fields):
        async def run():
            protocol = FakeProtocol(*pieces)
            application = Application(WSGIHandler())
            await application.__rsgi__(scope(**{"headers": [("host", "localhost")]} | fields), protocol)
            return protocol.answer

        status, headers, content = asyncio.run(run())
        return status, headers, json.loads(content or "null")

    return ask


def post(path, *headers):
    return {"path": path, "method": "POST", "headers": [("host", "localhost"), *headers]}


def test_open_streams_hold_no_thread():
    gate = asyncio.Event()

    async def pieces():
        await gate.wait()
        yield b"piece"

    def handler(environ, start_response):
        is_stream = environ["PATH_INFO"] == "/stream"
        response = StreamingHttpResponse(pieces()) if is_stream else HttpResponse(b"{}")
        start_response("200 OK", list(response.items()))
        return response

    async def run():
        application = Application(handler, threads=1)
        streams = [FakeProtocol() for _ in range(5)]
        open_streams = [asyncio.create_task(application.__rsgi__(scope("/stream"), each)) for each in streams]
        beside = FakeProtocol()
        await application.__rsgi__(scope("/live"), beside)
        assert beside.answer[0] == 200
        gate.set()
        await asyncio.gather(*open_streams)
        return [each.sent for each in streams]

    assert asyncio.run(run()) == [[b"piece"]] * 5


def test_a_request_without_a_body_is_answered_by_django(answered):
    status, headers, found = answered(path="/live")
    assert (status, "X-Request-ID" in headers, found) == (200, True, {"status": "live"})


def test_a_chunked_body_is_read_whole(answered):
    fields = post("/api/v1/session", ("transfer-encoding", "chunked"))
    status, _, found = answered(b'{"email":', b"1}", b"", **fields)
    assert (status, found["code"]) == (400, "wrong_fields")


def test_a_body_that_is_refused_by_its_head_is_answered_and_logged(answered, caplog):
    caplog.set_level("INFO")
    fields = post("/api/v1/session", ("content-length", "9000000"), ("x-request-id", "abcdefgh"))
    status, headers, found = answered(bytes(9_000_000), **fields)
    assert (status, found["code"], headers["X-Request-ID"]) == (413, "body_too_large", "abcdefgh")
    (line,) = [LineFormatter().format(record) for record in caplog.records if record.name == "aira.request"]
    assert "method=POST route=- status=413" in line
    assert "request=abcdefgh" in line


def test_a_body_that_is_not_complete_is_not_given_to_django(answered):
    chunked = post("/api/chat/save", ("transfer-encoding", "chunked"))
    assert answered(b"{}", b"", b"", **chunked)[0::2] == (400, {"error": "The body is not complete"})
    known = post("/api/chat/save", ("content-length", "5"))
    assert answered(b"{}", b"", b"", **known) == (400, {}, None)
