"""Changes that pages of other sites make a browser send, in trusted mode. With cookies: tests/accounts/v1."""

import pytest
from rest_framework.test import APIClient

from tests.support.people import TEXT

MESSAGE = {"id": "1", "role": "user", "content": TEXT, "timestamp": "2026-11-23T08:00:00.000Z"}


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Sec-Fetch-Site": "same-origin"}, 200),
        ({"Sec-Fetch-Site": "none"}, 200),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Origin": "http://testserver"}, 200),
        ({"Origin": "https://aira.example"}, 200),
        ({"Origin": "https://app.example"}, 200),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "https://testserver"}, 403),
        ({"Origin": "http://testserver:8000"}, 403),
        ({"Sec-Fetch-Site": "same-origin", "Origin": "https://rewritten.example"}, 200),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"}, 403),
        ({"Sec-Fetch-Site": "same-site", "Origin": "https://other.aira.example"}, 403),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "http://testserver"}, 403),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "https://app.example"}, 200),
    ],
)
def test_a_change_of_another_site_is_refused_in_trusted_mode(valkey, settings, headers, status):
    settings.AIRA_AUTH = "trusted"
    settings.AIRA_PUBLIC_URL, settings.AIRA_CORS_ORIGINS = "https://aira.example", ("https://app.example",)
    client = APIClient(headers=headers)
    body = {"userId": "u1", "messages": [MESSAGE]}
    assert client.post("/api/chat/save", body, format="json").status_code == status
    assert client.patch("/api/mood?userId=u1", {"score": 5}, format="json").status_code == status
    assert client.delete("/api/chat/save?userId=u1&chatId=c1").status_code == status
    assert client.get("/api/dashboard?userId=u1").status_code == 200
    assert valkey.client.exists("user:u1:mood_history") == (status == 200)


def test_without_a_public_url_an_empty_origin_is_not_listed(valkey, trusted):
    headers = {"Sec-Fetch-Site": "cross-site", "Origin": ""}
    answer = APIClient(headers=headers).post("/api/chat/save", {"userId": "u1", "messages": [MESSAGE]}, format="json")
    assert answer.status_code == 403


def test_a_server_with_a_key_is_not_asked_where_it_comes_from(valkey, service):
    headers = {"HTTP_SEC_FETCH_SITE": "cross-site"}
    body = {"userId": "u1", "messages": [MESSAGE]}
    assert service.post("/api/chat/save", body, format="json", **headers).status_code == 200
