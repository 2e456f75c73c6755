"""Bodies that are too large, too deeply nested, or without a length, sent to a served site, however it is served."""

import json
import socket

import pytest

from tests.support.waiting import PATIENCE_S


@pytest.fixture(params=["rsgi", "wsgi", "asgi"], scope="module")
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


def test_a_chunked_body_is_read_as_if_it_had_a_length_but_411_under_wsgi(site, interface, valkey):
    chunk = b'{"userId": "u1", "email": "a@example.com"}'
    body = b"".join(b"1\r\n%c\r\n" % each for each in chunk) + b"0\r\n\r\n"
    status, found, _ = raw(site, HEAD.format(path="/api/auth/register-user", more="Transfer-Encoding: chunked"), body)
    if interface == "wsgi":
        assert (status, found) == (411, {"error": "A body needs a Content-Length"})
        assert valkey.data_keys() == []
    else:
        assert (status, found["success"]) == (200, True)


def test_a_chunked_body_that_breaks_off_is_not_acted_upon(site, valkey):
    """What arrived is valid JSON, but the end of the body is missing."""
    chunk = b'{"userId": "u1", "email": "a@example.com"}'
    port = site.client.base_url.port
    head = HEAD.format(path="/api/auth/register-user", more="Transfer-Encoding: chunked").replace("\n", "\r\n")
    for ending in (b"", b"ZZ\r\n"):
        with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S) as connection:
            connection.sendall(head.encode() + b"%x\r\n%s\r\n" % (len(chunk), chunk) + ending)
            connection.shutdown(socket.SHUT_WR)
            assert b" 200 " not in connection.recv(65536)
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
