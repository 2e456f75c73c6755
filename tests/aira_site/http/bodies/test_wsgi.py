"""The adapter for plain WSGI servers."""

import io
import json

import pytest

from aira_site.http.bodies.wsgi import bounded_wsgi
from tests.environment import SERVICE_KEY


def never(*_):
    raise AssertionError


def refused(**environ):
    started = []
    body = bounded_wsgi(never)({"PATH_INFO": "/api/chat/save"} | environ, lambda *answer: started.append(answer))
    return started[0][0], json.loads(b"".join(body))


def test_a_chunked_body_is_411():
    answer = refused(HTTP_TRANSFER_ENCODING="chunked")
    assert answer == ("411 Length Required", {"error": "A body needs a Content-Length"})


@pytest.mark.parametrize(("is_terminated", "left"), [(True, 0), (False, 9)])
def test_a_chunked_body_is_dropped_if_the_server_says_where_it_ends(is_terminated, left):
    body = io.BytesIO(b"123456789")
    refused(HTTP_TRANSFER_ENCODING="chunked", **{"wsgi.input": body, "wsgi.input_terminated": is_terminated})
    assert len(body.read()) == left


@pytest.mark.parametrize(("mib", "left_mib"), [(9, 0), (40, 24)])
def test_a_refused_body_is_read_and_dropped_up_to_16_mib(mib, left_mib):
    body = io.BytesIO(bytes(mib * 1024 * 1024))
    status, _ = refused(**{"CONTENT_LENGTH": str(mib * 1024 * 1024), "wsgi.input": body})
    assert status.startswith("413 ")
    assert len(body.read()) == left_mib * 1024 * 1024


def test_a_body_that_ends_early_is_no_error():
    assert refused(**{"CONTENT_LENGTH": "9000000", "wsgi.input": io.BytesIO(b"short")})[0].startswith("413 ")


def test_the_application_does_not_see_which_encoding_a_request_names():
    application = bounded_wsgi(lambda environ, _: [environ["CONTENT_TYPE"].encode()])
    assert application({"PATH_INFO": "/", "CONTENT_TYPE": "text/plain; charset=hex"}, None) == [b"text/plain"]


def test_a_length_that_is_no_number_is_400():
    assert refused(CONTENT_LENGTH="x")[0] == "400 Bad Request"


def test_a_large_body_without_a_credential_is_refused_and_dropped():
    body = io.BytesIO(bytes(70_000))
    status, found = refused(**{"CONTENT_LENGTH": "70000", "wsgi.input": body})
    assert (status, found) == ("401 Unauthorized", {"error": "A body above 64 KiB needs a credential"})
    assert body.read() == b""


def test_a_large_body_with_a_service_key_reaches_the_application():
    application = bounded_wsgi(lambda environ, _: [environ["CONTENT_LENGTH"].encode()])
    environ = {"PATH_INFO": "/", "CONTENT_LENGTH": "70000", "HTTP_AUTHORIZATION": f"Bearer {SERVICE_KEY}"}
    assert application(environ, None) == [b"70000"]


@pytest.mark.parametrize(("is_terminated", "left"), [(True, 0), (False, 5)])
def test_what_the_application_has_not_read_is_dropped_if_the_server_says_where_it_ends(is_terminated, left):
    body = io.BytesIO(b"123456789")
    environ = {"CONTENT_LENGTH": "9", "wsgi.input": body, "wsgi.input_terminated": is_terminated}
    assert bounded_wsgi(lambda environ, _: [environ["wsgi.input"].read(4)])(environ, None) == [b"1234"]
    assert len(body.read()) == left


def test_other_requests_reach_the_application():
    application = bounded_wsgi(lambda environ, _: [environ["PATH_INFO"].encode()])
    assert application({"PATH_INFO": "/"}, None) == [b"/"]
