"""The journal's files are deleted, replaced or cut under a site with several workers while Redis is away."""

import pytest

from redis_models.journal.store import FILE_NAME
from tests.flows.served.sites import ServedSite

SAVES = 24


def delete(folder):
    (folder / FILE_NAME).unlink()


def replace(folder):
    (folder / "other").write_bytes(b"")
    (folder / "other").rename(folder / FILE_NAME)


def delete_all(folder):
    for path in folder.glob(f"{FILE_NAME}*"):
        path.unlink()


def cut_log(folder):
    with (folder / f"{FILE_NAME}-wal").open("r+b") as file:
        file.truncate(100_000)


@pytest.fixture
def options(tmp_path):
    return {"AIRA_AUTH": "trusted", "AIRA_DATA_DIR": str(tmp_path / "var"), "AIRA_REQUEST_BUDGET_S": "5"}


@pytest.fixture
def site(valkey, options):
    made = ServedSite(workers=2, **options)
    yield made
    if made.process.poll() is None:
        made.stop()


def save_some(site, name):
    """Save chats, each over a new connection, so that both workers get some; return those that were acknowledged."""
    acknowledged = set()
    for number in range(SAVES):
        chat_id = f"chat_{number}_{name}"
        message = {"id": "1", "role": "user", "content": "Words", "timestamp": "2026-11-23T08:00:00.000Z"}
        body = {"userId": "u1", "chatId": chat_id, "messages": [message]}
        headers = {"Connection": "close"}
        if site.client.post("/api/chat/save", json=body, headers=headers).is_success:
            acknowledged.add(chat_id)
    return acknowledged


@pytest.mark.parametrize("harm", [delete, replace, delete_all, cut_log])
def test_saves_acknowledged_after_the_harm_survive_the_death_of_the_site(site, options, valkey, tmp_path, harm):
    valkey.stop()
    site.wait_until_away()
    before = save_some(site, "aaaaaaaaa")
    harm(tmp_path / "var")
    after = save_some(site, "bbbbbbbbb")
    assert len(before) == SAVES
    assert len(after) >= SAVES - 2, "a worker may need one request to notice"
    site.kill()
    valkey.start()
    next_site = ServedSite(**options)
    try:
        next_site.wait_until_drained()
        unreadable = next_site.ready()["journal"]["unreadableRows"]
    finally:
        next_site.stop()
    stored = set(valkey.client.zrange("user:u1:conversations", 0, -1))
    assert after <= stored
    assert len(before - stored) <= unreadable
    assert harm is cut_log or before <= stored
