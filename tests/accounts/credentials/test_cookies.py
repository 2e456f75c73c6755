import pytest
from django.http import HttpResponse
from django.urls import set_script_prefix

from accounts.credentials import cookies, sessions
from redis_models.health.clock import now_ms
from tests.support.people import PASSWORD

NOW = "accounts.credentials.cookies.now_ms"


@pytest.fixture
def https(settings):
    settings.SESSION_COOKIE_SECURE = True


@pytest.fixture
def sub_path():
    set_script_prefix("/aira/")
    yield
    set_script_prefix("/")


@pytest.fixture
def before_2027(monkeypatch):
    monkeypatch.setattr(NOW, lambda: cookies.EARLIER_NAMES_UNTIL_MS - 1)


def kept(ann):
    response = HttpResponse()
    cookies.keep(response, sessions.sign_in(email=ann.email, password=PASSWORD))
    return {name: each for name, each in response.cookies.items() if each.value}


def test_over_https_only_this_host_can_set_the_cookies(ann, https):
    found = kept(ann)
    assert sorted(found) == ["__Host-aira_access", "__Host-aira_refresh"]
    for each in found.values():
        assert (each["path"], each["domain"], each["secure"], each["httponly"]) == ("/", "", True, True)
        assert each["samesite"] == "Lax"


def test_under_a_sub_path_the_cookies_are_sent_to_that_path_only(ann, https, sub_path):
    found = kept(ann)
    assert sorted(found) == ["__Secure-aira_access", "__Secure-aira_refresh"]
    assert {(each["path"], each["secure"]) for each in found.values()} == {("/aira/", True)}


def test_over_http_the_names_have_no_prefix(ann):
    assert {name: each["path"] for name, each in kept(ann).items()} == {"aira_access": "/", "aira_refresh": "/"}


def test_the_earlier_names_are_read_for_a_while_and_replaced(ann, https, before_2027, monkeypatch):
    assert cookies.read({"aira_access": "old"}, cookies.ACCESS) == "old"
    assert cookies.read({"aira_access": "old", "__Host-aira_access": "new"}, cookies.ACCESS) == "new"
    for response in (HttpResponse(), HttpResponse()):
        cookies.keep(response, ann.signed_in)
        assert response.cookies["aira_access"]["max-age"] == 0
        assert (response.cookies["aira_refresh"]["max-age"], response.cookies["aira_refresh"]["path"]) == (
            0,
            "/api/v1/session",
        )
    monkeypatch.setattr(NOW, lambda: cookies.EARLIER_NAMES_UNTIL_MS)
    assert cookies.read({"aira_access": "old"}, cookies.ACCESS) == ""


def test_over_http_the_names_stay(monkeypatch):
    monkeypatch.setattr(NOW, lambda: cookies.EARLIER_NAMES_UNTIL_MS)
    assert cookies.read({"aira_access": "one"}, cookies.ACCESS) == "one"
    assert cookies.read({}, cookies.ACCESS) == ""


def test_dropping_removes_the_session_and_leaves_the_browser(https):
    response = HttpResponse()
    cookies.keep_one(response, cookies.DEVICE, "name", life_s=60)
    cookies.drop(response)
    gone = {name for name, each in response.cookies.items() if each["max-age"] == 0}
    assert gone == {"__Host-aira_access", "__Host-aira_refresh", "aira_access", "aira_refresh"}
    assert response.cookies["__Host-aira_access"]["secure"]
    assert response.cookies["__Host-aira_device"].value == "name"


def test_the_clock_is_the_servers():
    assert cookies.now_ms is now_ms
