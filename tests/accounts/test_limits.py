import pytest
from rest_framework.test import APIClient

from api.limits import Limit
from tests.support.people import PASSWORD, sign_up

SMALL = Limit("small", permits=3, per_s=30)


@pytest.fixture
def small(monkeypatch, frozen_limits):
    def make(name):
        monkeypatch.setattr(f"accounts.limits.{name}", SMALL)

    return make


def post(path, body):
    return APIClient().post(path, body, format="json")


def sign_in(email, password, client=None):
    body = {"email": email, "password": password}
    return (client or APIClient()).post("/api/v1/session", body, format="json")


@pytest.mark.parametrize("name", ["SIGN_IN_OF_ADDRESS", "SIGN_IN_OF_EMAIL"])
def test_sign_in_attempts_are_limited_even_with_the_right_password(ann, small, name):
    small(name)
    assert [sign_in(ann.email, "wrong password").status_code for _ in range(3)] == [401] * 3
    refused = sign_in(ann.email, PASSWORD)
    assert (refused.status_code, refused.json()["code"], refused["Retry-After"]) == (429, "too_many_requests", "10")


def test_only_the_limit_of_the_address_tells_how_much_is_left(ann, small):
    small("SIGN_IN_OF_EMAIL")
    answers = [sign_in(ann.email, "wrong password") for _ in range(4)]
    assert [answer["RateLimit-Policy"] for answer in answers] == ['"sign-in";q=60;w=300'] * 4
    small("SIGN_IN_OF_ADDRESS")
    answers = [sign_in("somebody@example.com", "wrong password") for _ in range(4)]
    assert [answer["RateLimit"] for answer in answers][2:] == ['"small";r=0;t=10'] * 2
    assert answers[3]["RateLimit-Policy"] == '"small";q=3;w=30'


@pytest.mark.parametrize(
    ("email", "spellings"),
    [
        ("alice@example.com", ["ａlice@example.com", "ALICE@example.com", " alice@example.com ", "alice@EXAMPLE.com"]),
        ("alice@bücher.example", ["alice@xn--bcher-kva.example", "alice@bu\u0308cher.example", "Alice@BÜCHER.example"]),
    ],
)
def test_all_spellings_of_an_email_share_its_tries(valkey, small, email, spellings):
    sign_up(email)
    small("SIGN_IN_OF_EMAIL")
    assert [sign_in(email, "wrong password").status_code for _ in range(3)] == [401] * 3
    assert {sign_in(spelling, PASSWORD).status_code for spelling in spellings} == {429}


def test_a_password_of_a_signed_in_user_has_tries_of_the_user(ann, small):
    small("PASSWORD_OF_USER")
    body = {"password": "wrong password"}
    answers = [ann.client.post("/api/v1/session/confirm", body, format="json") for _ in range(4)]
    assert [answer.status_code for answer in answers] == [401] * 3 + [429]
    assert answers[3]["RateLimit"] == '"small";r=0;t=10', "these are the user's own"
    assert sign_in(ann.email, PASSWORD).status_code == 200


def test_a_server_is_not_told_how_many_tries_a_user_has_left(ann, service):
    body = {"email": "ann@else.example"}
    changed = service.put(f"/api/v1/users/me/email?userId={ann.id}", body, format="json")
    assert (changed.status_code, changed["RateLimit-Policy"]) == (200, '"sign-in";q=60;w=300')


# --- browsers that were used before


@pytest.fixture
def browser():
    """A browser of the site's own pages, which keeps its cookies."""
    client = APIClient()
    client.credentials(HTTP_ORIGIN="http://testserver")
    return client


def lock_out(email):
    answers = {sign_in(email, "wrong password").status_code for _ in range(12)}
    assert 429 in answers


def test_others_cannot_lock_an_owner_out_of_a_browser_that_was_used_before(ann, browser, frozen_limits):
    opened = sign_in(ann.email, PASSWORD, browser)
    cookie = opened.cookies["aira_device"]
    assert (cookie["max-age"], cookie["httponly"], cookie["samesite"]) == (31_536_000, True, "Lax")
    browser.post("/api/v1/session/sign-out", {"refreshToken": opened.json()["refreshToken"]}, format="json")
    lock_out(ann.email)
    for _ in range(70):
        sign_in(f"nobody{_}@example.com", "wrong password")  # the address is used up as well
    assert sign_in(ann.email, PASSWORD).status_code == 429
    assert [sign_in(ann.email, "wrong password", browser).status_code for _ in range(9)] == [401] * 9
    assert sign_in(ann.email, PASSWORD, browser).status_code == 200
    refused = sign_in(ann.email, PASSWORD, browser)
    assert (refused.status_code, "RateLimit" in refused) == (429, False)


def test_a_browser_has_no_tries_of_its_own_for_somebody_else(ann, browser, frozen_limits):
    sign_up("eve@example.com")
    sign_in("eve@example.com", PASSWORD, browser)
    lock_out(ann.email)
    assert sign_in(ann.email, PASSWORD, browser).status_code == 429


def test_a_browser_that_knew_an_earlier_owner_of_an_email_has_no_tries_for_the_present_one(
    ann, browser, service, frozen_limits
):
    sign_in(ann.email, PASSWORD, browser)
    service.put(f"/api/v1/users/me/email?userId={ann.id}", {"email": "ann@else.example"}, format="json")
    sign_up(ann.email)
    lock_out(ann.email)
    assert sign_in(ann.email, PASSWORD, browser).status_code == 429
    assert sign_in("ann@else.example", PASSWORD, browser).status_code == 200


@pytest.mark.parametrize("origin", [None, "https://evil.example"])
def test_a_page_of_another_site_cannot_give_a_browser_away(ann, origin):
    client = APIClient(headers={"Origin": origin} if origin else {})
    assert "aira_device" not in sign_in(ann.email, PASSWORD, client).cookies


def test_sign_in_attempts_are_limited_per_process_while_redis_is_away(ann, small, valkey):
    small("SIGN_IN_OF_ADDRESS")
    valkey.stop()
    statuses = [post("/api/v1/session", {"email": ann.email, "password": PASSWORD}).status_code for _ in range(4)]
    assert statuses == [503] * 3 + [429]


def test_signing_up_is_limited(valkey, small):
    small("SIGN_UP")
    bodies = [{"email": f"a{n}@example.com", "password": PASSWORD} for n in range(4)]
    assert [post("/api/v1/session/sign-up", body).status_code for body in bodies] == [200] * 3 + [429]
    assert len(valkey.client.keys("email:*:userId")) == 3


def test_registering_is_limited_and_the_old_api_keeps_its_shape(ann, valkey, small):
    small("REGISTER")
    body = {"email": ann.email}
    responses = [ann.client.post("/api/auth/register-user", body, format="json") for _ in range(4)]
    assert [response.status_code for response in responses] == [200] * 3 + [429]
    assert responses[3].json() == {"error": "Too many requests. Please try again later."}
    assert responses[0]["RateLimit"].startswith('"small";r=2')
