"""The model's endpoint is a stranger: whatever it sends, a reply ends, and costs no more than its bounds."""

import asyncio
import gzip
import itertools
import json
import time
import tracemalloc

import pytest

from chat.replies import model as endpoint
from chat.replies.errors import ModelError, ModelFailed, ModelUnreachable
from chat.replies.model import ANSWER_MAX_BYTES, EVENT_MAX_BYTES, EVENT_MAX_LINES, TEXT_MAX_BYTES, Said
from tests.support.models import ModelServer
from tests.support.models import Plan as ModelPlan

EVENTS = {"Content-Type": "text/event-stream"}
DONE = b"data: [DONE]\n\n"
CPU_AT_MOST_S = 10
"""Five times what the most expensive answer takes on a busy machine."""


def event(text, end="\n\n"):
    return f"data: {json.dumps({'choices': [{'index': 0, 'delta': {'content': text}}]})}{end}".encode()


def reply(*, most_s=600.0):
    """Return the text of a reply, and the error that ended it (None if it is complete)."""
    text = []

    async def listen():
        async for piece in endpoint.pieces([Said("user", "hello")], most_s=most_s):
            text.append(piece)  # noqa: PERF401 (the pieces before an error count)

    try:
        asyncio.run(listen())
    except ModelError as error:
        return "".join(text), type(error)
    return "".join(text), None


@pytest.fixture
def patient(model, settings):
    settings.AIRA_MODEL_TIMEOUT_S = 600.0
    return model


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(patient, status):
    elsewhere = ModelServer()
    try:
        patient.plan = ModelPlan(status=status, sent=[], headers={"Location": f"{elsewhere.url}/chat/completions"})
        assert reply() == ("", ModelFailed)
        assert (len(patient.requests), elsewhere.requests) == (1, [])
    finally:
        elsewhere.close()


@pytest.mark.parametrize("encoding", ["gzip", "deflate", " GZIP", "br", "zstd", "identity, gzip", "unknown"])
def test_a_compressed_answer_is_refused_unread(patient, encoding):
    assert reply() == ("I am here.", None), "the client is imported before memory is measured"
    bomb = gzip.compress(event("a") + b": " + b"x" * 64 * 1024 * 1024)
    patient.plan = ModelPlan(sent=[bomb], headers=EVENTS | {"Content-Encoding": encoding})
    tracemalloc.start()
    try:
        assert reply() == ("", ModelFailed)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 16 * 1024 * 1024


@pytest.mark.parametrize("encoding", ["identity", "Identity", ""])
def test_an_answer_that_says_it_is_not_compressed_is_read(patient, encoding):
    patient.plan = ModelPlan(sent=[event("Hi"), DONE], headers=EVENTS | {"Content-Encoding": encoding})
    assert reply() == ("Hi", None)


def test_a_compressed_error_is_a_failure_as_well(patient):
    patient.plan = ModelPlan(status=401, sent=[gzip.compress(b"{}")], headers={"Content-Encoding": "gzip"})
    assert reply() == ("", ModelFailed)


def test_an_error_with_a_long_body_is_a_failure(patient):
    patient.plan = ModelPlan(status=429, sent=itertools.repeat(b"x" * 65536))
    assert reply() == ("", ModelFailed)
    assert patient.sent_bytes < 64 * 1024 * 1024


@pytest.mark.parametrize("letter", ["a", "é", "漢", "\U0001f600"])
def test_a_reply_has_at_most_64_kib_of_text(patient, letter):
    most = TEXT_MAX_BYTES // len(letter.encode())
    patient.plan = ModelPlan(sent=[event(letter * most), DONE], headers=EVENTS)
    assert reply() == (letter * most, None)
    patient.plan = ModelPlan(sent=[event(letter * 1000) for _ in range(most // 1000 + 1)], headers=EVENTS)
    text, error = reply()
    assert (text, error) == (letter * (most // 1000 * 1000), ModelFailed)


@pytest.mark.parametrize("end", ["\n\n", "\r\n\r\n", "\r\r"])
@pytest.mark.parametrize("step", [1, 2, 3, 7, 100_000])
def test_events_are_found_however_they_arrive(patient, end, step):
    whole = b"".join(event(word, end) for word in ("I ", "am ", "here")) + b": ping" + end.encode() + DONE
    patient.plan = ModelPlan(sent=(whole[begin : begin + step] for begin in range(0, len(whole), step)), headers=EVENTS)
    assert reply() == ("I am here", None)


HOSTILE = {
    "one line without an end": lambda: itertools.repeat(b"x" * 65536),
    "one event without an end": lambda: itertools.repeat(b"data: x\n" * 8192),
    "short lines without an end of the event": lambda: itertools.repeat(b"x\r" * 32768),
    "blank lines": lambda: itertools.repeat(b"\n" * 65536),
    "blank lines of another kind": lambda: itertools.repeat(b"\r\n" * 32768),
    "comments": lambda: itertools.repeat(b": still here\n\n" * 4096),
    "events without text": lambda: itertools.repeat(event("") * 512),
    "large events without text": lambda: itertools.repeat(b": " + b"x" * 500_000 + b"\n\n"),
    "a deep event": lambda: [b"data: " + b"[" * 200_000 + b"]" * 200_000 + b"\n\n", DONE],
    "a long number": lambda: [b"data: " + b"1" * 400_000 + b"\n\n", DONE],
    "many values": lambda: itertools.repeat(b'data: {"choices": [' + b"{}," * 150_000 + b"{}]}\n\n"),
}


@pytest.mark.parametrize("sent", HOSTILE.values(), ids=list(HOSTILE))
def test_a_hostile_answer_ends_within_its_bounds(patient, sent):
    patient.plan = ModelPlan(sent=sent(), headers=EVENTS)
    begun_s = time.thread_time()
    text, error = reply()
    assert time.thread_time() - begun_s < CPU_AT_MOST_S
    assert (text, error) == ("", ModelFailed)
    assert patient.sent_bytes <= ANSWER_MAX_BYTES + 16 * 1024 * 1024


def test_an_event_at_its_bounds_is_read(patient):
    long = b": " + b"x" * (EVENT_MAX_BYTES - 10) + b"\n\n"
    lines = b": x\n" * (EVENT_MAX_LINES - 1) + b"\n"
    patient.plan = ModelPlan(sent=[long, lines, event("Hi"), DONE], headers=EVENTS)
    assert reply() == ("Hi", None)


@pytest.mark.parametrize(
    "long", [b": " + b"x" * EVENT_MAX_BYTES, b": x\n" * (EVENT_MAX_LINES + 2)], ids=["bytes", "lines"]
)
def test_an_event_above_its_bounds_is_a_failure(patient, long):
    patient.plan = ModelPlan(sent=[event("Hi"), long, b"\n\n", event("you"), DONE], headers=EVENTS)
    assert reply() in (("Hi", ModelFailed), ("", ModelFailed))


def test_an_answer_whose_connection_ends_in_its_headers_is_unreachable(patient):
    patient.plan = ModelPlan(sent=[], headers=EVENTS | {"X": "x" * 200_000})
    assert reply() == ("", ModelUnreachable)
