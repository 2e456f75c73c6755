"""From RSGI to a WSGI environ."""

import asyncio
import io

import pytest

from aira_site.http.bodies.limits import BodyRefused, ClientGone
from aira_site.http.rsgi.environ import environ_of, pieces_of
from tests.support.asking.rsgi import FakeProtocol, scope


def environ(**fields):
    return environ_of(scope(**fields), io.BytesIO(b"{}"), size=2)


def pieces(*given, is_gone=False, **fields):
    """Return the pieces of a body, or how it failed."""

    async def outcome():
        try:
            return [piece async for piece in pieces_of(scope(**fields), FakeProtocol(*given, is_gone=is_gone))]
        except ClientGone:
            return "gone"
        except BodyRefused as refused:
            return refused.problem.status

    return asyncio.run(outcome())


def test_an_environ_has_what_django_reads():
    found = environ(
        path="/a b/é",
        method="POST",
        headers=[("host", "aira.example"), ("content-type", "application/json"), ("x-user-id", "u1")],
        query_string="a=%20b",
        client="192.0.2.7:4711",
    )
    expected = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": "/a b/é".encode().decode("latin-1"),
        "QUERY_STRING": "a=%20b",
        "REMOTE_ADDR": "192.0.2.7",
        "HTTP_HOST": "aira.example",
        "CONTENT_TYPE": "application/json",
        "CONTENT_LENGTH": "2",
        "HTTP_X_USER_ID": "u1",
        "SERVER_PORT": "8000",
        "SERVER_PROTOCOL": "HTTP/1.1",
    }
    assert expected.items() <= found.items()
    assert found["wsgi.input"].read() == b"{}"


def test_an_address_of_ipv6_has_no_brackets_and_no_port():
    assert environ(client="[2001:db8::7]:4711")["REMOTE_ADDR"] == "2001:db8::7"


@pytest.mark.parametrize("name", ["x_forwarded_for", "X_Forwarded_For", "x-forwarded_for"])
def test_header_names_with_an_underscore_are_dropped(name):
    found = environ(headers=[(name, "1.2.3.4"), ("x-forwarded-for", "5.6.7.8")])
    assert found["HTTP_X_FORWARDED_FOR"] == "5.6.7.8"
    assert "HTTP_X_FORWARDED_FOR" not in environ(headers=[(name, "1.2.3.4")])


def test_headers_that_come_twice_are_joined():
    found = environ(headers=[("x-forwarded-for", "a"), ("x-forwarded-for", "b"), ("cookie", "a=1"), ("cookie", "b=2")])
    assert (found["HTTP_X_FORWARDED_FOR"], found["HTTP_COOKIE"]) == ("a,b", "a=1; b=2")


def test_the_body_says_its_own_length():
    found = environ(headers=[("transfer-encoding", "chunked"), ("content-length", "7")])
    assert ("HTTP_TRANSFER_ENCODING" in found, found["CONTENT_LENGTH"]) == (False, "2")


def test_the_host_of_http_2_is_the_authority_unless_a_header_says_it():
    assert environ(version="2", authority="aira.example")["HTTP_HOST"] == "aira.example"
    assert environ(version="2", authority="a", headers=[("host", "b")])["HTTP_HOST"] == "b"


CHUNKED = [("transfer-encoding", "chunked")]
FIVE = [("content-length", "5")]


@pytest.mark.parametrize(
    ("given", "fields", "outcome"),
    [
        ([b"", b"never read"], {}, []),
        ([b"12", b"345", b"", b""], {"headers": FIVE}, [b"12", b"345"]),
        ([b"12", b"", b""], {"headers": FIVE}, "gone"),
        ([b"12", b""], {"headers": CHUNKED}, [b"12"]),
        ([b"12", b"", b""], {"headers": CHUNKED}, 400),
        ([b"12", b""], {"version": "2"}, [b"12"]),
        ([b"12", b"", b""], {"version": "2"}, [b"12"]),
        ([b""], {"version": "2"}, []),
    ],
)
def test_a_body_is_whole_or_fails(given, fields, outcome):
    assert pieces(*given, **fields) == outcome


def test_a_stream_of_http_2_that_was_reset_is_not_whole():
    assert pieces(b"12", b"", b"", version="2", is_gone=True) == "gone"
