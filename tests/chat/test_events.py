"""Event streams without an HTTP server: from a reply of this process and from the store."""

import asyncio
import threading

import pytest

from chat.replies import events, live
from chat.replies.events import KEEP_ALIVE, AsyncStream, Stored, SyncStream, Telling
from chat.replies.live import Ending, LiveReply
from chat.replies.recorder import Place, Recorder
from chat.replies.stop_sign import StopSign
from redis_models.errors import RedisUnavailable
from redis_models.writer import submit


def read_all(stream, *, then=lambda told: None):
    """Return all bytes of an async stream; call `then` with the bytes so far after each part."""

    async def collect():
        told = b""
        async for part in stream:
            told += part
            then(told)
        return told

    return asyncio.run(collect())


def once(do, *, when):
    """Return a callback that calls `do` when the stream first contains `when`."""
    due = [do]

    def then(told):
        if when in told and due:
            due.pop()()

    return then


def test_a_listener_in_an_event_loop_receives_every_piece(monkeypatch):
    monkeypatch.setattr(events, "KEEP_ALIVE_S", 0.05)
    reply = LiveReply("r1")

    def speak():
        reply.say("one ")
        reply.say("two")
        reply.end(Ending(code="model_busy", detail="x", can_go_on=True))

    speaking = threading.Thread(target=speak)
    told = read_all(AsyncStream(reply, Telling("r1"), user_id="u1"), then=once(speaking.start, when=KEEP_ALIVE))
    assert told.endswith(b"\n\n")
    assert b'"canGoOn":true' in told
    assert b"two" in told


def test_a_listener_in_an_event_loop_follows_the_store(valkey, monkeypatch):
    monkeypatch.setattr(events, "LOOK_INTERVAL_S", 0.02)
    recorder = Recorder(Place("u1", "c1", "r1"), stop=StopSign())
    recorder.begin("{}")
    recorder.add("one")
    recorder.flush()
    failing = once(lambda: recorder.fail("model_failed"), when=b'{"text":"one"}')
    told = read_all(AsyncStream(Stored("u1", "c1", "r1"), Telling("r1"), user_id="u1"), then=failing)
    assert b"model_failed" in told


@pytest.mark.parametrize("kind", [SyncStream, AsyncStream])
def test_a_store_that_is_away_ends_the_stream_with_an_error(valkey, kind):
    valkey.stop()
    stream = kind(Stored("u1", "c1", "r1"), Telling("r1"), user_id="u1")
    told = read_all(stream) if kind is AsyncStream else b"".join(stream)
    assert b"store_unavailable" in told


def test_a_sync_listener_follows_the_store(valkey, monkeypatch):
    monkeypatch.setattr(events, "LOOK_INTERVAL_S", 0.02)
    recorder = Recorder(Place("u1", "c1", "r1"), stop=StopSign())
    recorder.begin("{}")
    recorder.add("one")
    recorder.flush()
    then, told = once(lambda: recorder.fail("no_reply"), when=b'{"text":"one"}'), b""
    for part in SyncStream(Stored("u1", "c1", "r1"), Telling("r1"), user_id="u1"):
        told += part
        then(told)
    assert b"no_reply" in told


def test_there_is_one_live_reply_for_each_id():
    first = live.enter("u1", LiveReply("r1"))
    try:
        assert live.enter("u1", LiveReply("r1")) is first
    finally:
        live.leave("u1", "r1")


def test_what_could_not_be_kept_is_tried_again_as_it_was(valkey, monkeypatch):
    failures = [RedisUnavailable("no answer")]

    def fail_once(write):
        if failures:
            raise failures.pop()
        return submit(write)

    monkeypatch.setattr("chat.replies.recorder.submit", fail_once)
    recorder = Recorder(Place("u1", "c1", "r1"), stop=StopSign())
    recorder.add("one")
    recorder.flush()
    recorder.add(" two")
    recorder.flush()
    recorder.flush()
    stored = valkey.client.hgetall("user:u1:conversation:c1:replies")
    assert (stored["r1:1"], stored["r1:2"]) == ("one", " two")
