"""Chats are decoded straight into their struct; the digest of a body is that of its whole tree."""

import hashlib
import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rest_framework.exceptions import ParseError

from api.errors import BodyTooLarge
from chat.contract.serializers import messages_in, request_key_in
from chat.contract.talk_serializers import said_in
from redis_models.errors import Invalid
from tests.support.people import TEXT

MESSAGE = {"id": "1", "role": "user", "content": TEXT, "timestamp": "2026-11-23T08:00:00.000Z"}
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=10,
)
MESSAGES = st.lists(
    st.dictionaries(st.text(max_size=3), VALUES, max_size=3).map(lambda more: more | MESSAGE), max_size=4
)
BODIES = st.dictionaries(
    st.sampled_from(["title", "tags", "userId", "a", "é", "\U0001f600", "\uffff"]), VALUES, max_size=4
)


def raw(messages):
    return msgspec.Raw(messages if isinstance(messages, bytes) else json.dumps(messages).encode())


def digest_of_tree(body):
    """Return the digest as it was made before messages stayed JSON; such digests are kept for a day."""
    whole = msgspec.json.decode(json.dumps(body).encode())
    return hashlib.sha256(msgspec.json.encode(whole, order="deterministic")).hexdigest()[:32]


@given(BODIES, st.none() | MESSAGES)
def test_the_digest_of_a_body_is_that_of_its_tree(body, messages):
    whole = body if messages is None else body | {"messages": messages}
    parsed = {name: raw(value) if name == "messages" else value for name, value in whole.items()}
    assert request_key_in("k", parsed).body_digest == digest_of_tree(whole)


@pytest.mark.parametrize("unknown", [b'"\xff"', b"1" * 5_000])
def test_unknown_fields_that_are_no_values_are_refused_only_if_their_digest_is_needed(unknown):
    body = {"messages": raw(b"[" + json.dumps(MESSAGE).encode()[:-1] + b', "more": ' + unknown + b"}]")}
    assert [each.id for each in messages_in(body)] == ["1"]
    assert request_key_in(None, body) is None
    with pytest.raises(ParseError, match="Invalid JSON"):
        request_key_in("k", body)


def test_a_message_with_too_many_values_has_no_digest():
    body = {"messages": raw([MESSAGE | {"more": [[]] * 100_000}])}
    assert len(messages_in(body)) == 1
    with pytest.raises(BodyTooLarge):
        request_key_in("k", body)
    assert request_key_in("k", {"messages": raw([MESSAGE | {"content": "x, " * 200_000}])})


@pytest.mark.parametrize(
    "messages",
    [None, {}, "a", 1, [[]], [1], [MESSAGE | {"role": "system"}], [MESSAGE | {"content": 1}], [MESSAGE | {"id": ""}]],
)
def test_what_is_no_list_of_messages_is_refused_with_the_contracts_text(messages):
    for body in ({"messages": raw(messages)}, {}):
        for parse in (messages_in, said_in):
            if parse is said_in and messages == [MESSAGE | {"id": ""}]:
                continue
            with pytest.raises(Invalid, match=r"^Invalid messages format$"):
                parse(body)


def test_an_empty_chat_has_a_text_of_its_own():
    with pytest.raises(Invalid, match=r"^Cannot save empty chat$"):
        messages_in({"messages": raw([])})


def test_a_text_that_is_no_unicode_is_no_json():
    for parse in (messages_in, said_in):
        with pytest.raises(ParseError, match="Invalid JSON"):
            parse({"messages": raw(b'[{"role": "user", "content": "\xff"}]')})
