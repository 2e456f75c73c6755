"""A new AIRA_SECRET_KEY: what was signed with the earlier one stays valid as long as that is a fallback."""

import pytest
from rest_framework.test import APIClient

from tests.support.people import client_with

NEW = "another secret key for tests, which is long enough, too"


@pytest.fixture
def renew(settings):
    def to(key, *fallbacks):
        settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = key, list(fallbacks)

    return to


def refreshed(token):
    return APIClient().post("/api/v1/session/refresh", {"refreshToken": token}, format="json")


def test_a_session_goes_on_with_a_new_secret_key(ann, settings, renew):
    renew(NEW, "short", settings.SECRET_KEY)
    assert ann.client.get("/api/dashboard").status_code == 200
    first = refreshed(ann.signed_in.refresh_token)
    assert first.status_code == 200
    renew(NEW)
    assert client_with(first.json()["accessToken"]).get("/api/dashboard").status_code == 200, "signed with the new key"
    second = refreshed(first.json()["refreshToken"])
    assert second.status_code == 200
    assert second.json()["refreshToken"] != first.json()["refreshToken"]


def test_a_refresh_that_is_sent_again_gets_the_same_token_with_a_new_key_too(ann, settings, renew):
    renew(NEW, settings.SECRET_KEY)
    body = {"refreshToken": ann.signed_in.refresh_token}
    key = {"Idempotency-Key": "a request that is sent again"}
    first, again = (
        APIClient(headers=key).post("/api/v1/session/refresh", body, format="json").json() for _ in range(2)
    )
    assert first["refreshToken"] == again["refreshToken"]


def test_without_the_earlier_key_everybody_signs_in_again(ann, renew):
    renew(NEW, "some other key")
    assert ann.client.get("/api/dashboard").status_code == 401
    assert refreshed(ann.signed_in.refresh_token).status_code == 401


def test_a_key_is_for_one_purpose(ann):
    assert client_with(ann.signed_in.refresh_token).get("/api/dashboard").status_code == 401
    assert refreshed(ann.signed_in.access_token).status_code == 401


def test_an_export_of_before_is_imported_and_one_of_an_unknown_key_is_not(ann, settings, renew, service):
    exported = b"".join(ann.client.get("/api/v1/users/me/export").streaming_content)

    def imported():
        path = f"/api/v1/users/me/import?userId={ann.id}"
        return service.post(path, exported, content_type="application/json").status_code

    renew(NEW, settings.SECRET_KEY)
    assert imported() == 200
    renew(NEW, "some other key")
    assert imported() == 400
