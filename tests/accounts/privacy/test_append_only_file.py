"""Erasing on the embedded server: the receipt says whether its append-only file was rewritten."""

import io
import json

import pytest
from django.core.management import call_command

from accounts.privacy import erasure, receipts
from accounts.services import register_user
from chat.models import Message
from chat.services import save_conversation
from redis_models.embedded import append_only
from redis_models.embedded.server import EmbeddedServer, embedded_url
from redis_models.endpoint import Endpoint
from redis_models.journal import journal
from tests.support.people import TEXT

OF_THE_FILE = "The append-only file of the bundled server"


@pytest.fixture
def embedded(settings, tmp_path, connect_to):
    """The embedded server in its own data dir, with a user who has a conversation."""
    settings.AIRA_DATA_DIR = tmp_path
    server = EmbeddedServer(tmp_path)
    server.start()
    connect_to(Endpoint(url=embedded_url(tmp_path), display="embedded Valkey", variable="AIRA_DATA_DIR"))
    register_user(user_id="u1", email="ann@example.com")
    message = Message("1", "user", TEXT, "2026-11-23T08:00:00.000Z")
    save_conversation(user_id="u1", messages=[message], conversation_id="c1")
    yield server
    journal().close()
    server.stop()


@pytest.fixture
def endless(monkeypatch):
    """Let the server's rewrite of its file take longer than anybody waits."""
    monkeypatch.setattr(append_only, "REWRITE_TIMEOUT_S", 0.0)
    monkeypatch.setattr(append_only, "REWRITING", ("aof_enabled:1",))


def holds(server, text):
    return any(text.encode() in file.read_bytes() for file in (server.folder / "appendonlydir").iterdir())


def sentences_of_the_file(receipt):
    return [sentence for sentence in receipt["notReached"] if sentence.startswith(OF_THE_FILE)]


def delete_user(*options):
    out = io.StringIO()
    call_command("delete_user", "u1", "--no-input", *options, stdout=out)
    return out.getvalue()


def test_the_receipt_does_not_name_a_file_that_was_rewritten(embedded, service):
    receipt = service.delete("/api/v1/users/me?userId=u1").json()
    assert receipt["checked"]["appendOnlyFile"] == "rewritten"
    assert sentences_of_the_file(receipt) == []
    assert not holds(embedded, TEXT)


def test_the_receipt_names_a_file_that_is_not_rewritten_in_time(embedded, endless, service):
    response = service.delete("/api/v1/users/me?userId=u1")
    assert response.status_code == 200
    receipt = response.json()
    assert (receipt["conversations"], receipt["checked"]["keysLeft"]) == (1, [])
    assert receipt["checked"]["appendOnlyFile"] == "not confirmed"
    assert len(sentences_of_the_file(receipt)) == 1
    assert service.get("/api/v1/users/me?userId=u1").status_code == 404


def test_the_receipt_names_a_file_whose_server_does_not_answer(embedded, settings, tmp_path):
    settings.AIRA_DATA_DIR = tmp_path / "another"
    receipt = erasure.erase(user_id="u1")
    journal().close()
    settings.AIRA_DATA_DIR = tmp_path
    assert receipt.append_only_file == "not confirmed"
    assert receipts.NOT_REACHED_OF_FILE in receipt.not_reached


def test_the_command_rewrites_the_file(embedded):
    assert json.loads(delete_user("--json")) == {"id": "u1", "deleted": True, "conversations": 1}
    assert not holds(embedded, TEXT)


def test_the_command_names_the_places_it_could_not_reach_in_time(embedded, endless):
    shown = json.loads(delete_user("--json"))
    assert (shown["id"], shown["deleted"], shown["conversations"]) == ("u1", True, 1)
    assert len(sentences_of_the_file(shown)) == 1


def test_the_command_prints_the_places_it_could_not_reach_in_time(embedded, endless):
    assert OF_THE_FILE in " ".join(delete_user().split())
