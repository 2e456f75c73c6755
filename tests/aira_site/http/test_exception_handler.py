"""Errors under /api/v1 are problem documents; elsewhere they are `{"error": text}`."""

import pytest
from django.urls import path
from rest_framework.exceptions import NotAuthenticated
from rest_framework.test import APIClient
from rest_framework.viewsets import ViewSet

from accounts.access.rules import Rule
from aira_site.http import exception_handler
from api.errors import PreconditionFailed, RequestInFlight, WrongFields
from redis_models.errors import Conflict, RedisUnavailable

RAISED = {
    "fields": WrongFields({"title": "It must be a text.", "tags": "0: It must be a text."}),
    "stale": PreconditionFailed(),
    "flight": RequestInFlight(),
    "conflict": Conflict("Chat was deleted"),
    "away": RedisUnavailable("x"),
    "stranger": NotAuthenticated(),
    "defect": ZeroDivisionError(),
}


class FailingViewSet(ViewSet):
    rules = {"retrieve": Rule.ANYBODY}

    def retrieve(self, request, kind):
        raise RAISED[kind]

    def unruled(self, request):
        raise AssertionError


def plain(request):
    raise RAISED["conflict"]


retrieve = FailingViewSet.as_view({"get": "retrieve"})
urlpatterns = [
    path("api/v1/failing/<kind>", retrieve),
    path("api/failing/<kind>", retrieve),
    path("api/v1/plain", plain),
    path("api/v1/unruled", FailingViewSet.as_view({"get": "unruled"})),
]
handler404 = exception_handler.not_found
handler500 = exception_handler.server_error


@pytest.fixture
def get(settings):
    settings.ROOT_URLCONF = __name__
    return APIClient(raise_request_exception=False).get


@pytest.mark.parametrize(
    ("kind", "status", "code", "header"),
    [
        ("fields", 400, "wrong_fields", None),
        ("stale", 412, "precondition_failed", None),
        ("flight", 409, "request_in_flight", ("Retry-After", "1")),
        ("conflict", 409, "conflict", None),
        ("away", 503, "store_unavailable", ("Retry-After", "2")),
        ("stranger", 401, "not_authenticated", ("WWW-Authenticate", 'Bearer realm="aira"')),
        ("defect", 500, "server_error", None),
    ],
)
def test_a_v1_error_is_a_problem_document(get, kind, status, code, header):
    response = get(f"/api/v1/failing/{kind}")
    document = response.json()
    assert (response.status_code, document["status"], document["code"]) == (status, status, code)
    assert response["Content-Type"] == "application/problem+json"
    assert {"type", "title", "detail"} <= set(document)
    assert header is None or response[header[0]] == header[1]


def test_each_wrong_field_is_named(get):
    assert get("/api/v1/failing/fields").json()["errors"] == [
        {"field": "title", "detail": "It must be a text."},
        {"field": "tags", "detail": "0: It must be a text."},
    ]
    assert get("/api/failing/fields").json() == {"error": "It must be a text. 0: It must be a text."}


def test_the_old_api_keeps_its_shape(get):
    response = get("/api/failing/conflict")
    assert (response.json(), response["Content-Type"]) == ({"error": "Chat was deleted"}, "application/json")


def test_plain_views_and_unknown_routes_answer_with_problems(get):
    assert get("/api/v1/plain").json()["detail"] == "Chat was deleted"
    response = get("/api/v1/nowhere")
    assert (response.json()["title"], response["Content-Type"]) == ("Not Found", "application/problem+json")
    assert get("/nowhere").json() == {"error": "Not found"}


def test_an_action_without_a_rule_refuses_every_caller(get, service):
    assert get("/api/v1/unruled").status_code == 401
    assert service.get("/api/v1/unruled").status_code == 403
