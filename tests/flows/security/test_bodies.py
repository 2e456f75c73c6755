"""Bodies that are too large, too deeply nested, or without a length, sent to a served site."""

import asyncio
import json
import socket

import pytest

from aira_site.http import body_limits
from tests.support.waiting import PATIENCE_S


@pytest.fixture(params=["wsgi", "asgi"], scope="module")
def interface(request):
    return request.param


@pytest.fixture
def site(interface, serve):
    return serve(interface=interface, AIRA_AUTH="trusted")


def raw(site, head, body=b""):
    """Send bytes over a new connection; return the status and the body's JSON."""
    port = site.client.base_url.port
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S) as connection:
        connection.sendall(head.replace("\n", "\r\n").encode() + b"\r\n" + body)
        received = b""
        while chunk := connection.recv(65536):
            received += chunk
            if b"\r\n\r\n" in received and received.endswith((b"}", b"}\n")):
                break
    lines, _, found = received.partition(b"\r\n\r\n")
    return int(lines.split()[1]), json.loads(found[found.index(b"{") : found.rindex(b"}") + 1]), lines.decode().lower()


HEAD = "POST {path} HTTP/1.1\nHost: localhost\nContent-Type: application/json\n{more}\n"


def test_a_chunked_body_without_a_length_is_411_and_nothing_is_read(site, valkey):
    chunk = b'{"userId": "u1", "email": "a@example.com"}'
    body = b"%x\r\n%s\r\n0\r\n\r\n" % (len(chunk), chunk)
    for path, shape in (("/api/auth/register-user", "error"), ("/api/v1/session", "detail")):
        status, found, _ = raw(site, HEAD.format(path=path, more="Transfer-Encoding: chunked"), body)
        assert (status, found[shape]) == (411, "A body needs a Content-Length")
    assert valkey.data_keys() == []


def test_a_body_with_a_too_large_content_length_is_413_before_it_is_sent(site):
    more = f"Content-Length: {9 * 1024 * 1024}"
    assert raw(site, HEAD.format(path="/api/chat/save", more=more))[:2] == (413, {"error": "The body is too large"})
    status, found, head = raw(site, HEAD.format(path="/api/v1/session", more=more))
    assert (status, found["code"]) == (413, "body_too_large")
    assert "content-type: application/problem+json" in head


def test_a_body_of_257_kib_is_too_large_except_for_a_chat(site):
    body = {"userId": "u1", "email": "a@example.com", "name": "x" * 263_000}
    response = site.client.post("/api/auth/register-user", json=body)
    assert (response.status_code, response.json()) == (413, {"error": "The body is too large"})


@pytest.mark.parametrize(("depth", "status"), [(31, 400), (32, 400), (90_000, 400)])
def test_a_body_nested_deeper_than_the_limit_is_refused(site, depth, status):
    body = '{"userId": "u1", "messages": ' + "[" * depth + "]" * depth + "}"
    response = site.client.post("/api/chat/save", content=body.encode())
    text = {31: "Invalid messages format", 32: "The body is nested too deeply", 90_000: "Invalid JSON"}[depth]
    assert (response.status_code, response.json()) == (status, {"error": text})


@pytest.mark.parametrize(
    ("length", "encoding", "status"),
    [
        (None, None, None),
        ("0", None, None),
        ("8388608", None, None),
        ("8388609", None, 413),
        ("99999999999999999999", None, 400),
        ("-1", None, 400),
        ("٣", None, 400),
        (None, "chunked", 411),
        ("5", "chunked", 411),
    ],
)
def test_a_body_is_refused_by_its_headers(length, encoding, status):
    problem = body_limits.refusal("/api/chat/save", length=length, transfer_encoding=encoding)
    assert (problem.status if problem else None) == status


def test_refused_requests_do_not_reach_the_application():
    def never(*_):
        raise AssertionError

    started = []
    environ = {"PATH_INFO": "/api/chat/save", "HTTP_TRANSFER_ENCODING": "chunked"}
    body = body_limits.bounded_wsgi(never)(environ, lambda *answer: started.append(answer))
    assert (started[0][0], json.loads(b"".join(body))) == (
        "411 Length Required",
        {"error": "A body needs a Content-Length"},
    )
    sent = []

    async def send(message):
        sent.append(message)

    scope = {"path": "/api/v1/session", "headers": [(b"content-length", b"x")]}
    asyncio.run(body_limits.bounded_asgi(never)(scope, None, send))
    assert (sent[0]["status"], json.loads(sent[1]["body"])["code"]) == (400, "bad_request")


def test_other_requests_reach_the_application():
    assert body_limits.bounded_wsgi(lambda environ, _: [environ["PATH_INFO"].encode()])({"PATH_INFO": "/"}, None) == [
        b"/"
    ]
    reached = []

    async def application(scope, *_):
        reached.append(scope["path"])

    asyncio.run(body_limits.bounded_asgi(application)({"path": "/live", "headers": []}, None, None))
    assert reached == ["/live"]
