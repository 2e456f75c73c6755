"""Queries and forms are UTF-8, whatever encoding the Content-Type names: the request is answered as without one."""

import asyncio

import pytest
from django.core.handlers.wsgi import WSGIHandler

from aira_site.http.content_type import without_parameters
from aira_site.http.rsgi.application import Application
from tests.environment import SERVICE_KEY
from tests.support.asking.rsgi import FakeProtocol, scope

ENCODINGS = ["hex", "base64", "undefined", "punycode", "idna", "cp037", "utf-16", "utf-7", "no-such-encoding", "\x00"]
"""Python has most of them; some are none of text, some fail on everything, some read another text."""
FORM = "application/x-www-form-urlencoded"


def status_of(path, content_type, body, *, query=""):
    async def run():
        protocol = FakeProtocol(body)
        names = {"host": "localhost", "content-length": str(len(body)), "content-type": content_type}
        headers = (names | {"authorization": f"Bearer {SERVICE_KEY}"}).items()
        asked = scope(path, method="POST", headers=list(headers), query_string=query)
        await Application(WSGIHandler()).__rsgi__(asked, protocol)
        return protocol.answer[0]

    return asyncio.run(run())


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_query_is_utf_8(valkey, encoding):
    content_type = f"text/plain; charset={encoding}"
    assert status_of("/api/v1/moods", content_type, b'{"score":5}', query="userId=u1&x=%C3%BC") == 201
    assert valkey.client.zcard("user:u1:mood_history") == 1


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_form_is_utf_8(valkey, encoding):
    content_type = f"{FORM}; charset={encoding}"
    assert status_of("/forgotten", content_type, b"email=ann%40example.com") == 200
    assert status_of("/forgotten", content_type, b"email=b%C3%BCcher") == 400


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (f"{FORM}; charset=hex", FORM),
        ("a/b;x;charset=hex, c/d", "a/b"),
        ("application/json", "application/json"),
        ("", ""),
    ],
)
def test_only_the_type_is_kept(given, kept):
    assert without_parameters(given) == kept
