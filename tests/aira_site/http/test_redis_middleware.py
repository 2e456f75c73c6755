import asyncio
import math

import pytest
from django.http import HttpResponse
from django.test import AsyncClient, Client, RequestFactory
from django.urls import path

from aira_site.http import exception_handler
from aira_site.http.redis_middleware import RedisHealthMiddleware, RedisRetryMiddleware, redis_healthy
from redis_models.budget import seconds_left
from redis_models.errors import Conflict, Invalid, JournalUnavailable, NotFound, RedisUnavailable
from redis_models.health import registry


def plain(request):
    return HttpResponse(f"{redis_healthy(request)} {seconds_left(math.inf)}")


async def plain_async(request):
    return HttpResponse(f"{redis_healthy(request)} {seconds_left(math.inf)}")


def failing(request, kind):
    raise {"outage": RedisUnavailable, "journal": JournalUnavailable, "invalid": Invalid, "defect": ZeroDivisionError}[
        kind
    ]("x")


urlpatterns = [path("plain", plain), path("plain-async", plain_async), path("failing/<kind>", failing)]
handler404 = exception_handler.not_found
handler500 = exception_handler.server_error


@pytest.fixture
def routes(settings):
    settings.ROOT_URLCONF = __name__


def answer(path, is_async):
    if is_async:
        return asyncio.run(AsyncClient().get(path)).content.decode()
    return Client().get(path).content.decode()


@pytest.mark.parametrize("is_async", [False, True])
@pytest.mark.parametrize("path", ["/plain", "/plain-async"])
@pytest.mark.parametrize("is_healthy", [False, True])
def test_every_request_has_a_flag_and_a_budget(routes, settings, is_async, path, is_healthy):
    settings.AIRA_REQUEST_BUDGET_S = 600.0
    registry.breaker_for([]).probe_answered(clock_offset_ms=0, refusal="" if is_healthy else "OOM")
    flag, left = answer(path, is_async).split()
    assert flag == str(is_healthy)
    assert 0 < float(left) <= 600


def test_without_a_request_budget_an_operation_has_no_deadline(routes, settings):
    settings.AIRA_REQUEST_BUDGET_S = None
    assert answer("/plain", is_async=False).split()[1] == "inf"


def test_the_flag_is_a_bool_and_costs_no_round_trip(valkey):
    valkey.client.config_resetstat()
    request = RequestFactory().get("/")
    RedisHealthMiddleware(lambda _: HttpResponse())(request)
    assert request.redis_healthy is True
    commands = set(valkey.client.info("commandstats")) - {"cmdstat_config|resetstat", "cmdstat_info"}
    assert commands == set()


@pytest.mark.parametrize(
    ("kind", "status", "retry_after"), [("outage", 503, "2"), ("journal", 503, "5"), ("invalid", 400, None)]
)
def test_an_error_that_escapes_a_plain_view_is_answered_by_the_table(routes, kind, status, retry_after):
    response = Client().get(f"/failing/{kind}")
    assert response.status_code == status
    assert response.headers.get("Retry-After") == retry_after
    assert set(response.json()) == {"error"}


def test_a_defect_is_a_500_in_json_without_a_trace(routes):
    response = Client(raise_request_exception=False).get("/failing/defect")
    assert response.status_code == 500
    assert response.json() == {"error": "Something went wrong on our side"}


def test_the_middleware_leaves_defects_to_django():
    middleware = RedisRetryMiddleware(lambda _: HttpResponse())
    assert middleware.process_exception(RequestFactory().get("/"), ZeroDivisionError()) is None


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (Invalid("x"), 400),
        (NotFound("x"), 404),
        (Conflict("x"), 409),
        (RedisUnavailable("x"), 503),
        (JournalUnavailable("x"), 503),
    ],
)
def test_each_of_our_errors_has_its_status(error, status):
    assert exception_handler.answer_to(error).problem.status == status
    assert exception_handler.answer_to(ValueError()) is None


def test_djangos_own_pages_are_json():
    request = RequestFactory().get("/")
    for page, status in [
        (exception_handler.bad_request, 400),
        (exception_handler.forbidden, 403),
        (exception_handler.not_found, 404),
    ]:
        response = page(request, Exception())
        assert response.status_code == status
        assert response["Content-Type"] == "application/json"


def test_a_missing_object_in_a_view_is_a_404():
    from django.http import Http404

    assert exception_handler.exception_handler(Http404(), {}).status_code == 404
    assert exception_handler.exception_handler(ZeroDivisionError(), {}) is None
