"""Bodies are made trees only within bounds, and large members stay JSON."""

import gc
import json
from io import BytesIO
from types import SimpleNamespace

import msgspec
import pytest
from rest_framework.exceptions import ParseError

from api.errors import BodyTooLarge
from api.requests import parsers
from api.requests.parsers import MAX_BODY_BYTES, MAX_DEPTH, MAX_VALUES, StrictJSONParser, tree

LARGE = SimpleNamespace(max_body_bytes=8 * 1024 * 1024)
RAW = SimpleNamespace(max_body_bytes=8 * 1024 * 1024, raw_member="messages")


def parsed(body, view=None):
    text = body if isinstance(body, bytes) else json.dumps(body).encode()
    return StrictJSONParser().parse(BytesIO(text), parser_context={"view": view})


def nested(depth):
    return b'{"a": ' + b"[" * (depth - 1) + b"]" * (depth - 1) + b"}"


def test_a_small_body_is_a_tree_however_many_values_it_has():
    body = {"a": [0] * 80_000}
    assert len(json.dumps(body).encode()) <= MAX_BODY_BYTES
    assert parsed(body) == body


def test_a_body_above_the_views_bound_is_refused():
    assert parsed({"a": "x" * (MAX_BODY_BYTES - 10)})
    with pytest.raises(BodyTooLarge):
        parsed({"a": "x" * MAX_BODY_BYTES})


def test_a_large_body_is_a_tree_only_if_it_has_few_values():
    text = "x" * MAX_BODY_BYTES
    assert parsed({"a": text, "b": [1] * (MAX_VALUES - 10)}, LARGE)["a"] == text
    for many in ([1] * MAX_VALUES, {str(n): n for n in range(MAX_VALUES)}, [[]] * MAX_VALUES):
        with pytest.raises(BodyTooLarge):
            parsed({"a": text, "b": many}, LARGE)


@pytest.mark.parametrize("view", [None, LARGE, RAW])
@pytest.mark.parametrize("body", [b"[]", b'"a"', b"null", b"1"])
def test_a_body_that_is_no_object_is_refused(view, body):
    with pytest.raises(ParseError, match="must be a JSON object"):
        parsed(body, view)


@pytest.mark.parametrize("view", [None, LARGE, RAW])
@pytest.mark.parametrize("body", [b"", b"{", b'{"a": }', b'{"a": "\xff"}', b'{"a": 1} x', nested(90_000)])
def test_a_body_that_is_no_json_is_refused(view, body):
    with pytest.raises(ParseError, match="Invalid JSON"):
        parsed(body, view)


@pytest.mark.parametrize("view", [None, LARGE, RAW])
def test_a_body_may_be_nested_32_deep(view):
    assert parsed(nested(MAX_DEPTH), view)
    assert parsed(b'{"a": "' + b"[" * 100 + b'"}', view)
    for deeper in (nested(MAX_DEPTH + 1), nested(500), b'{"messages": ' + nested(MAX_DEPTH) + b"}"):
        with pytest.raises(ParseError, match="nested too deeply"):
            parsed(deeper, view)


def test_the_depth_of_a_large_body_is_that_of_its_trees():
    large = b'"' + b"x" * MAX_BODY_BYTES + b'"'
    body = b'{"messages": [' + large + b', %s], "more": %s}'
    assert parsed(body % (b"[" * 500 + b"]" * 500, nested(MAX_DEPTH - 1)), RAW)
    for view, found in ((RAW, body % (b"[]", nested(MAX_DEPTH))), (LARGE, body % (nested(MAX_DEPTH), b"[]"))):
        with pytest.raises(ParseError, match="nested too deeply"):
            parsed(found, view)
    with pytest.raises(ParseError, match="nested too deeply"):
        tree(msgspec.Raw(nested(MAX_DEPTH + 1)))


def test_the_named_member_stays_json_and_the_others_are_values():
    found = parsed({"userId": "u1", "title": None, "tags": ["a"], "messages": [[1], {}]}, RAW)
    assert bytes(found.pop("messages")) == b"[[1], {}]"
    assert found == {"userId": "u1", "title": None, "tags": ["a"]}
    assert parsed({"userId": "u1"}, RAW) == {"userId": "u1"}


def test_the_members_beside_a_large_one_are_bounded_like_any_other_body():
    messages, others = ["x" * 4 * MAX_BODY_BYTES], {str(n): n for n in range(10_000)}
    assert parsed({"messages": messages} | others, RAW).keys() == {"messages", *others}
    hostile = b'{"messages": [' + b"[]," * 1_000_000 + b'[]], "messages": []}'
    for body in ({"messages": messages, "a": "x" * MAX_BODY_BYTES}, hostile):
        with pytest.raises(BodyTooLarge):
            parsed(body, RAW)


def test_no_object_is_made_of_a_member_that_stays_json():
    body = b'{"messages": [' + b"[]," * 100_000 + b"[]]}"
    gc.collect()
    before = len(gc.get_objects())
    found = parsed(body, RAW)
    assert len(gc.get_objects()) - before < 1_000
    assert len(bytes(found["messages"])) > 300_000


def test_a_tree_is_made_of_json_within_the_same_bounds():
    assert tree(msgspec.Raw(b'{"a": [1]}')) == {"a": [1]}
    with pytest.raises(BodyTooLarge):
        tree(b"[" + b"[]," * parsers.MAX_BODY_BYTES + b"[]]")
