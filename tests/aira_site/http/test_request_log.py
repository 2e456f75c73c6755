import logging

import pytest

from aira_site.logs import LineFormatter
from api.request_notes import user_digest
from tests.support.people import sign_up


@pytest.fixture
def lines(caplog):
    caplog.set_level(logging.INFO)
    return lambda: [LineFormatter().format(record) for record in caplog.records if record.name == "aira.request"]


def test_a_request_is_logged_as_one_line_without_user_texts(valkey, lines):
    ann = sign_up("canary@example.com")
    ann.client.get("/api/user/plan?email=canary@example.com", headers={"X-Request-ID": "given-by-a-proxy"})
    (line,) = lines()
    assert "route=api/user/plan status=200" in line
    assert "request=given-by-a-proxy" in line
    assert "canary" not in line
    assert ann.id not in line


def test_the_user_is_a_short_digest(valkey, lines):
    ann = sign_up("ann@example.com")
    ann.client.get("/api/dashboard")
    assert f"user={user_digest(ann.id)}" in lines()[0]
    assert ann.id not in lines()[0]


@pytest.mark.parametrize("given", ["x", "a b c d e f g h", "x" * 65, "line\nbreak-12", "ü" * 9])
def test_an_id_that_could_forge_a_line_is_replaced(client, given):
    response = client.get("/live", headers={"X-Request-ID": given})
    assert response["X-Request-ID"] != given
    assert len(response["X-Request-ID"]) == 16


def test_a_path_without_a_route_is_not_logged(client, lines):
    client.get("/canary")
    assert "route=- status=404" in lines()[0]


def test_a_request_id_is_only_on_the_lines_of_its_request(trusted, valkey, lines):
    first = trusted.get("/api/dashboard?userId=u1")["X-Request-ID"]
    second = trusted.get("/live")["X-Request-ID"]
    assert first != second
    assert "user=" not in lines()[1]
