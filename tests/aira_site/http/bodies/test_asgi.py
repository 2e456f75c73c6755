"""The adapter for plain ASGI servers."""

import asyncio
import json

from accounts.credentials import cookies, tokens
from aira_site.http.bodies.asgi import bounded_asgi
from redis_models.health.clock import now_ms
from tests.environment import SERVICE_KEY

PIECE = bytes(200_000)
KEY = (b"Authorization", f"Bearer {SERVICE_KEY}".encode())


def ask(*messages, headers=(), application=None):
    """Return what the application was called with (its scope and its body), and what was sent."""
    called, sent, left = [], [], list(messages)

    async def receive():
        return left.pop(0)

    async def send(message):
        sent.append(message)

    async def keeps(scope, receive, send):
        message = {"more_body": True}
        body = b""
        while message["more_body"]:
            message = await receive()
            body += message["body"]
        called.append((scope, body, receive))

    scope = {"type": "http", "path": "/api/v1/session", "headers": list(headers)}
    asyncio.run(bounded_asgi(application or keeps)(scope, receive, send))
    return called, sent


def request(body=b"", *, more_body=False):
    return {"type": "http.request", "body": body, "more_body": more_body}


def test_the_application_is_called_once_the_body_is_whole():
    messages = request(PIECE, more_body=True), request(b"", more_body=True), request(PIECE)
    (called,), sent = ask(*messages, headers=[KEY])
    assert (called[1], sent) == (PIECE * 2, [])


def test_a_request_without_a_body_reaches_the_application():
    (called,), _ = ask(request())
    assert called[1] == b""


def test_after_the_body_the_application_hears_of_a_disconnection():
    async def listens(_, receive, __):
        assert (await receive())["type"] == "http.request"
        assert (await receive())["type"] == "http.disconnect"

    ask(request(b"x"), {"type": "http.disconnect"}, application=listens)


def test_header_names_with_an_underscore_are_dropped():
    (called,), _ = ask(request(), headers=[(b"x_forwarded_for", b"1.2.3.4"), (b"X-Forwarded-For", b"5.6.7.8")])
    assert called[0]["headers"] == [(b"x-forwarded-for", b"5.6.7.8"), (b"content-length", b"0")]


def test_the_application_does_not_see_which_encoding_a_request_names():
    (called,), _ = ask(request(), headers=[(b"Content-Type", b"text/plain; charset=hex")])
    assert called[0]["headers"] == [(b"content-type", b"text/plain"), (b"content-length", b"0")]


def test_a_body_that_came_without_a_length_has_one():
    (called,), _ = ask(request(b"12345"), headers=[(b"transfer-encoding", b"chunked"), (b"host", b"localhost")])
    assert called[0]["headers"] == [(b"host", b"localhost"), (b"content-length", b"5")]


def test_a_client_that_is_gone_before_its_body_is_whole_calls_nothing():
    assert ask(request(b"{", more_body=True), {"type": "http.disconnect"}) == ([], [])


def test_a_refused_body_is_answered_and_then_dropped():
    called, sent = ask(request(PIECE), headers=[(b"content-length", b"9000000")])
    assert (called, sent[0]["status"]) == ([], 413)
    assert json.loads(sent[1]["body"])["code"] == "body_too_large"


def test_a_body_without_a_length_is_accepted_up_to_its_bound():
    called, sent = ask(*[request(PIECE, more_body=True)] * 50, {"type": "http.disconnect"}, headers=[KEY])
    assert (called, sent[0]["status"]) == ([], 413)


def test_a_large_body_without_a_credential_is_refused_once_it_has_64_kib():
    called, sent = ask(request(PIECE, more_body=True), {"type": "http.disconnect"})
    assert (called, sent[0]["status"]) == ([], 401)


def test_a_credential_may_be_in_any_of_several_cookies():
    token = tokens.access_token(tokens.new_session("u1", at=now_ms()), at=now_ms())
    headers = [(b"cookie", b"theme=dark"), (b"cookie", f"{cookies.ACCESS}={token}".encode())]
    (called,), _ = ask(request(PIECE), headers=headers)
    assert called[1] == PIECE
