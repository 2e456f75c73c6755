"""What belongs to a person is stored by nobody on its way."""

import contextlib

import pytest
from rest_framework.test import APIClient

from tests.support.people import TEXT, client_with, sign_up

MESSAGE = {"id": "1", "role": "user", "content": TEXT, "timestamp": "2026-11-23T08:00:00.000Z"}
DECIDING = {"authorization", "cookie", "x-user-id"}


def is_private(response):
    vary = {name.strip().lower() for name in response.get("Vary", "").split(",")}
    return response.get("Cache-Control") == "no-store" and vary >= DECIDING


@pytest.fixture
def ann(valkey):
    return sign_up("ann@example.com")


@pytest.mark.parametrize(
    "path",
    [
        "/api/dashboard",
        "/api/chat/save",
        "/api/mood",
        "/api/user/usage",
        "/api/user/plan?email=ann@example.com",
        "/api/v1/users/me",
        "/api/v1/users/me/export",
        "/api/v1/session/list",
        "/api/v1/conversations",
        "/api/v1/moods",
        "/api/v1/erasures/none",
    ],
)
def test_what_belongs_to_a_person_is_not_stored(ann, path):
    for client in (ann.client, APIClient(), client_with("no.such.token")):
        with contextlib.closing(client.get(path)) as response:
            assert is_private(response), response.status_code


def test_answers_to_changes_and_errors_are_not_stored(ann, valkey):
    saved = ann.client.post("/api/chat/save", {"messages": [MESSAGE]}, format="json")
    wrong = APIClient().post("/api/v1/session", {"email": ann.email, "password": "wrong password"}, format="json")
    other = ann.client.get("/api/dashboard?userId=u2")
    assert [answer.status_code for answer in (saved, wrong, other)] == [200, 401, 404]
    assert all(map(is_private, (saved, wrong, other)))
    valkey.stop()
    away = APIClient().post("/api/v1/session", {"email": ann.email, "password": "wrong password"}, format="json")
    assert (away.status_code, is_private(away)) == (503, True)


def test_the_answers_to_other_origins_vary_by_origin_as_well(ann, settings):
    settings.CORS_ALLOWED_ORIGINS = ["https://app.example"]
    answer = ann.client.get("/api/dashboard", headers={"Origin": "https://app.example"})
    assert is_private(answer)
    assert "origin" in answer["Vary"].lower()


@pytest.mark.parametrize("path", ["/api/v1/helplines", "/api/v1/plans", "/api/v1/openapi.json", "/api/v1/docs"])
def test_what_is_the_same_for_everybody_may_be_stored(client, path):
    answer = client.get(path)
    assert (answer.status_code, "Cache-Control" in answer) == (200, False)


def test_static_files_keep_their_own_headers(client):
    with contextlib.closing(client.get("/static/aira_site/docs.js")) as answer:
        assert "no-store" not in answer["Cache-Control"]
