"""What is refused by the head of a request, and the answers."""

import json

import pytest

from aira_site.http.bodies.limits import (
    BUSY,
    KEYS_UNKNOWN,
    LARGEST_OF_PATH,
    TOO_LARGE,
    TOO_SLOW,
    BodyRefused,
    Head,
    encoded,
    require_acceptable,
)


def status_of(head):
    try:
        require_acceptable(head)
    except BodyRefused as refused:
        return refused.problem.status
    return None


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
        (None, "chunked", None),
        (None, " Chunked", None),
        (None, "gzip, chunked", 400),
        (None, "identity", 400),
    ],
)
def test_a_body_is_refused_by_its_head(length, encoding, status):
    assert status_of(Head("/api/chat/save", length, encoding)) == status


def test_a_path_has_its_own_bound():
    path, bound = next(iter(LARGEST_OF_PATH.items()))
    assert status_of(Head(path, str(bound))) is None
    assert status_of(Head(path, str(bound + 1))) == 413


def test_the_answer_has_the_shape_of_the_api_that_was_called():
    body, headers = encoded(TOO_LARGE, Head("/api/chat/save", None))
    assert (json.loads(body), headers["content-type"]) == ({"error": "The body is too large"}, "application/json")
    body, headers = encoded(TOO_SLOW, Head("/api/v1/session", None))
    assert (json.loads(body)["code"], headers["content-type"]) == ("body_too_slow", "application/problem+json")
    assert headers["content-length"] == str(len(body))


def headers_of(problem, **fields):
    return encoded(problem, Head("/", None, **fields))[1]


def test_only_an_answer_that_will_change_says_when_to_try_again():
    assert "retry-after" in headers_of(BUSY)
    assert "retry-after" in headers_of(KEYS_UNKNOWN)
    assert "retry-after" not in headers_of(TOO_LARGE)


def test_a_page_of_an_allowed_origin_sees_the_answer(settings):
    settings.AIRA_CORS_ORIGINS = ("https://app.example",)
    allowed = headers_of(TOO_LARGE, origin="https://app.example")
    assert allowed["access-control-allow-origin"] == "https://app.example"
    assert "access-control-allow-origin" not in headers_of(TOO_LARGE, origin="https://evil.example")
    assert "access-control-allow-origin" not in headers_of(TOO_LARGE)


@pytest.mark.parametrize("path", ["/api/chat", "/api/v1/conversations/c1/replies"])
def test_a_refused_body_of_a_route_that_talks_carries_help(path):
    for problem in (TOO_LARGE, TOO_SLOW, BUSY):
        found = json.loads(encoded(problem, Head(path, None))[0])
        assert found["help"]["helplines"], "nobody in danger is answered with an error alone"
    assert "help" not in json.loads(encoded(TOO_LARGE, Head(f"{path}/save", None))[0])
