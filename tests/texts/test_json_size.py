"""The size of a JSON document as a tree, against trees that were made."""

import json
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from texts.json_size import has_more_values, is_deeper

AWKWARD = st.text(st.sampled_from([*'[]{},:"\\ a', "\n", "é"]), max_size=8)
TREES = st.recursive(
    st.none() | st.booleans() | st.integers() | AWKWARD,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(AWKWARD, inner, max_size=4),
    max_leaves=30,
)
MIB = 1024 * 1024
LARGE = {
    "empty lists": lambda: b"[" + b"[]," * (8 * MIB // 3) + b"[]]",
    "empty texts": lambda: b"[" + b'"",' * (8 * MIB // 3) + b'""]',
    "deep lists": lambda: b"[" + b",".join([b"[" * 31 + b"]" * 31] * (8 * MIB // 63)) + b"]",
    "lists as deep as a decoder takes": lambda: b"[" + b",".join([b"[" * 900 + b"]" * 900] * (8 * MIB // 1801)) + b"]",
    "escapes": lambda: b'["' + b'\\"' * 4 * MIB + b'"]',
}
LINEAR_AT_MOST_S = 5
"""Five times what 8 MiB take at most."""


def depth(tree):
    if not isinstance(tree, dict | list):
        return 0
    return 1 + max(map(depth, tree.values() if isinstance(tree, dict) else tree), default=0)


def values(tree):
    if not isinstance(tree, dict | list):
        return 1
    return 1 + sum(map(values, tree.values() if isinstance(tree, dict) else tree))


def containers(tree):
    if not isinstance(tree, dict | list):
        return 0
    return 1 + sum(map(containers, tree.values() if isinstance(tree, dict) else tree))


@settings(deadline=None)
@given(TREES, st.integers(0, 6), st.booleans(), st.sampled_from([None, 1]))
def test_depth_and_number_of_values_are_those_of_the_tree(tree, most, is_ascii, indent):
    document = json.dumps(tree, ensure_ascii=is_ascii, indent=indent).encode()
    assert is_deeper(document, most) is (depth(tree) > most)
    assert has_more_values(document, values(tree) - 1)
    assert not has_more_values(document, values(tree) + containers(tree))


def test_brackets_within_texts_do_not_count():
    document = json.dumps({"a": "[" * 100, "b\\": '"[,' * 100, "c": "\\" * 7}).encode()
    assert not is_deeper(document, 1)
    assert has_more_values(document, 3)
    assert not has_more_values(document, 4)


@pytest.mark.parametrize("made", LARGE.values(), ids=list(LARGE))
def test_measuring_8_mib_is_linear(made):
    document = made()
    begun_s = time.thread_time()
    has_more_values(document, 10_000)
    is_deeper(document, 32)
    assert time.thread_time() - begun_s < LINEAR_AT_MOST_S
