"""Errors of the two routes that talk carry help."""

import msgspec
import pytest
from django.urls import resolve

from api.answers.problems import Problem
from api.answers.shapes import ErrorOut
from chat.contract.views import TalkViewSet
from chat.safety.talking import carries_help, is_talking, with_help
from chat.v1.reply_views import ReplyViewSet
from tests.support.routes import routes


def test_the_routes_that_talk_are_those_of_the_two_views():
    talking = [route for route in routes() if is_talking(route.path)]
    assert {(route.method, resolve(route.path).func.cls) for route in talking} == {
        ("POST", TalkViewSet),
        ("POST", ReplyViewSet),
    }


@pytest.mark.parametrize(("status", "carries"), [(401, True), (413, True), (400, False), (404, False), (503, False)])
def test_a_401_and_a_413_carry_help(status, carries):
    assert carries_help("/api/chat", status) is carries
    assert not carries_help("/api/chat/save", status)


def test_the_rest_of_the_error_stays_as_it_is():
    for error in (ErrorOut(error="no"), Problem(401, "no", "not_authenticated").document()):
        told = msgspec.to_builtins(with_help(error, country="DE"))
        assert told["help"]["helplines"][0]["code"] == "DE"
        assert {name: value for name, value in told.items() if name != "help"} == msgspec.to_builtins(error)
