import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rest_framework.request import Request
from rest_framework.test import APIRequestFactory

from api.answers.pages import Cursor, PageRequest, cursors, encoded, page_in
from api.answers.shapes import PageOut
from api.errors import WrongFields


def asked(**query):
    return page_in(Request(APIRequestFactory().get("/", query)))


class Numbers(PageOut, frozen=True, kw_only=True):
    items: tuple[int, ...]


def page_out(items, **places):
    return msgspec.to_builtins(Numbers(items=items, **cursors(**places)))


def test_without_a_query_it_is_the_first_page_of_twenty():
    assert asked() == PageRequest(limit=20)


@given(way=st.sampled_from(["next", "previous"]), place=st.tuples(st.integers(-(2**62), 2**62), st.text(max_size=30)))
def test_a_cursor_comes_back_as_it_was(way, place):
    assert asked(cursor=encoded(Cursor(way, place)), limit=100) == PageRequest(100, Cursor(way, place))


def test_a_page_says_how_to_go_on_both_ways():
    page = page_out([1, 2], after=(5, "b"), before=(9, "a"))
    assert page["items"] == [1, 2]
    assert asked(cursor=page["nextCursor"]).cursor == Cursor("next", (5, "b"))
    assert asked(cursor=page["previousCursor"]).cursor == Cursor("previous", (9, "a"))
    assert page_out([]) == {"items": [], "nextCursor": None, "previousCursor": None}


@pytest.mark.parametrize("limit", ["0", "101", "-1", "1.5", "", "x", "٣", "1000000000000000000000"])
def test_a_limit_out_of_range_is_refused(limit):
    with pytest.raises(WrongFields):
        asked(limit=limit)


@pytest.mark.parametrize("cursor", ["", "x", "%%%", "bnVsbA", "WyJuZXh0Iiwge31d", "ü", "A" * 5000])
def test_an_invalid_cursor_is_refused(cursor):
    with pytest.raises(WrongFields):
        asked(cursor=cursor)
