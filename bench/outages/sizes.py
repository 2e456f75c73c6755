"""Whether pages and saves take longer if much is stored."""

from collections.abc import Callable

from django.test.utils import override_settings
from rest_framework.test import APIClient

from bench.outages.figures import in_ms, redis, took_s
from bench.report import Table, number
from chat.models import Message
from chat.services import append_messages, save_conversation
from redis_models.health.clock import now_ms

TIMES = 200
CHATS = {"few": 10, "many": 1000}
MESSAGES = {"short": 100, "long": 10_000}
MESSAGES_OF_A_CHAT = 50
BASE = 1_795_423_341_000


def sizes() -> list[Table]:
    """Measure pages and appends, with little and with much data stored."""
    with redis(), override_settings(AIRA_AUTH="trusted"):
        _store()
        rows = []
        for what, sizes_of, make in (
            ("the first page of conversations, of", CHATS, _page("")),
            ("a message more, in one of", CHATS, _append("c5")),
            ("the newest page of messages, of", MESSAGES, _page("/c1/messages")),
            ("a message more, to", MESSAGES, _append("c1")),
        ):
            rows += [[f"{what} {number(size)}", *in_ms(_taken_s(make(user)))] for user, size in sizes_of.items()]
    about = f"In process, {TIMES} times each, after one call that loads the script."
    return [Table("Little and much stored", about, ("what", "median, ms", "p99, ms", "slowest, ms"), rows)]


def _message(number: int) -> Message:
    return Message(f"m{number}", "user", f"text {number}", "2026-11-23T08:00:00.000Z")


def _store() -> None:
    messages = [_message(number) for number in range(MESSAGES_OF_A_CHAT)]
    for user, count in CHATS.items():
        for chat in range(count):
            save_conversation(user_id=user, messages=messages, conversation_id=f"c{chat}", at=BASE + chat)
    for user, count in MESSAGES.items():
        for first in range(0, count, 1000):
            some = [_message(number) for number in range(first, min(first + 1000, count))]
            append_messages(user_id=user, conversation_id="c1", messages=some, at=BASE)


Ask = Callable[[int], object]


def _page(path: str) -> Callable[[str], Ask]:
    def of(user: str) -> Ask:
        return lambda _: APIClient().get(f"/api/v1/conversations{path}", headers={"x-user-id": user})

    return of


def _append(chat: str) -> Callable[[str], Ask]:
    def to(user: str) -> Ask:
        def ask(number: int) -> object:
            message = {"id": f"new{number}-{now_ms()}", "role": "user", "content": "one more"}
            place = f"/api/v1/conversations/{chat}/messages"
            return APIClient().post(place, {"messages": [message]}, format="json", headers={"x-user-id": user})

        return ask

    return to


def _taken_s(ask: Ask) -> list[float]:
    ask(-1)
    return [took_s(lambda number=number: ask(number)) for number in range(TIMES)]
