import pytest
from rest_framework.request import Request
from rest_framework.test import APIRequestFactory

from api.limits import Limit, TooManyRequests
from chat.limits import spend_chat


def test_chat_permits_are_counted_for_each_user(valkey, frozen_limits, monkeypatch):
    monkeypatch.setattr("chat.limits.CHAT", Limit("small", permits=3, per_s=30))
    request = Request(APIRequestFactory().get("/"))
    for _ in range(3):
        spend_chat(request, user_id="u1")
    with pytest.raises(TooManyRequests):
        spend_chat(request, user_id="u1")
    spend_chat(request, user_id="u2")
