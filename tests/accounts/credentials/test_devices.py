import pytest
from django.http import HttpResponse
from rest_framework.request import Request
from rest_framework.test import APIRequestFactory

from accounts.credentials import devices

LATER = "django.core.signing.time.time"


def request_with(cookie):
    return Request(APIRequestFactory().get("/", headers={"Cookie": f"aira_device={cookie}"}))


def after(*user_ids):
    """Return the cookie of a browser in which these users signed in, one after another."""
    cookie = ""
    for user_id in user_ids:
        response = HttpResponse()
        devices.keep(request_with(cookie), response, user_id=user_id)
        cookie = response.cookies["aira_device"].value
    return cookie


def test_a_browser_keeps_its_name_for_a_user():
    first = after("u1")
    name = devices.device_of(request_with(first), "u1")
    assert len(name) == 16
    assert devices.device_of(request_with(first), "u2") == ""
    again = after("u1", "u2", "u1")
    assert len(devices.devices_in(request_with(again))) == 2
    assert "u1" not in first


def test_signing_in_again_keeps_the_name_and_begins_a_new_year(monkeypatch):
    cookie = after("u1")
    name = devices.device_of(request_with(cookie), "u1")
    now_s = devices.signing.time.time()
    monkeypatch.setattr(LATER, lambda: now_s + devices.LIFE_S - 60)
    response = HttpResponse()
    devices.keep(request_with(cookie), response, user_id="u1")
    monkeypatch.setattr(LATER, lambda: now_s + devices.LIFE_S + 60)
    assert devices.device_of(request_with(cookie), "u1") == ""
    assert devices.device_of(request_with(response.cookies["aira_device"].value), "u1") == name


def test_the_last_people_of_a_browser_are_known():
    people = [f"u{number}" for number in range(devices.PEOPLE_AT_MOST + 1)]
    request = request_with(after(*people))
    assert [bool(devices.device_of(request, user_id)) for user_id in people] == [False] + [True] * 4
    assert len(after(*people)) < 500


def test_the_cookie_of_somebody_else_in_the_same_browser_does_not_live_longer(monkeypatch):
    cookie = after("u1")
    now_s = devices.signing.time.time()
    monkeypatch.setattr(LATER, lambda: now_s + devices.LIFE_S - 60)
    response = HttpResponse()
    devices.keep(request_with(cookie), response, user_id="u2")
    both = response.cookies["aira_device"].value
    assert devices.device_of(request_with(both), "u1")
    monkeypatch.setattr(LATER, lambda: now_s + devices.LIFE_S + 60)
    assert not devices.device_of(request_with(both), "u1")


@pytest.mark.parametrize("cookie", ["", "~", "abc", "abc:def:ghi", "~" * 5000])
def test_a_cookie_that_is_not_ours_names_nobody(cookie):
    assert devices.devices_in(request_with(cookie)) == []


def test_a_cookie_that_was_changed_names_nobody(settings):
    cookie = after("u1")
    assert devices.devices_in(request_with("0" + cookie[1:])) == []
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another secret key, which is long enough, too"
    assert devices.device_of(request_with(cookie), "u1"), "an earlier key still verifies it"
    settings.SECRET_KEY_FALLBACKS = []
    assert devices.devices_in(request_with(cookie)) == []
