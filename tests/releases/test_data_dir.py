"""This release opens the data dir of an earlier one, shows its data and applies its rows."""

import pytest

from redis_models.journal import journal
from redis_models.journal.clock import now_ms
from tests.flows.served.sites import ServedSite
from tests.redis_models import journal_file
from tests.releases import earlier


@pytest.fixture(params=earlier.FOLDERS, ids=lambda folder: folder.name)
def data_dir(request, tmp_path, settings):
    """A data dir that the release wrote, with rows dated now."""
    settings.AIRA_DATA_DIR = earlier.unpacked(request.param / earlier.DATA_DIR, tmp_path / "var")
    journal_file.change("UPDATE rows SET appended_ms = ?", now_ms())
    return settings.AIRA_DATA_DIR


@pytest.fixture
def server(data_dir):
    """The data dir's own server, not yet started."""
    server, _ = earlier.with_embedded_server(data_dir)
    yield server
    server.stop()


@pytest.fixture
def site(data_dir, server):
    """A site of this release on the data dir."""
    _, environment = earlier.with_embedded_server(data_dir)
    site = ServedSite(**environment)
    yield site
    site.stop()


def asked(site, path, **params):
    return site.client.get(path, params={"userId": "u1"} | params).raise_for_status().json()


def shown(site):
    """Return the user's data as the site shows them: dashboard, chats, messages of one chat, moods and plan."""
    dashboard = asked(site, "/api/dashboard")["data"]
    chats = [each["id"] for each in asked(site, "/api/chat/save")["chats"]]
    messages = asked(site, "/api/chat/save", chatId="chat_1_aaaaaaaaa")["chat"]["messages"]
    moods = [entry["score"] for entry in asked(site, "/api/v1/moods")["items"]]
    return {
        "conversations": dashboard["conversations"],
        "plan": dashboard["plan"],
        "chats": sorted(chats),
        "messages": [each["content"] for each in messages],
        "moods": sorted(moods),
    }


WRITTEN = {
    "conversations": 2,
    "plan": "Plus",
    "chats": ["chat_1_aaaaaaaaa", "chat_4_aaaaaaaaa"],
    "messages": ["Words 1", "Words 2", "Words 3"],
    "moods": [4, 6, 8],
}


def test_its_data_are_shown_while_the_server_is_away_and_after_the_rows_were_applied(site, server):
    assert site.ready()["journal"]["pending"] == 5
    assert shown(site) == WRITTEN
    server.start()
    site.wait_until_drained()
    assert shown(site) == WRITTEN
    for email in ("ann@example.com", "ben@example.com"):
        assert asked(site, "/api/user/plan", email=email)["found"] is True
    assert journal().admin.status().dead_letters == 0
