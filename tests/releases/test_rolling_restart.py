"""Workers of two releases share a journal during a rolling restart, in either direction."""

import itertools
import threading

import httpx
import pytest

from tests.flows.served.sites import ServedSite
from tests.releases import earlier
from tests.support.waiting import PATIENCE_S, joined, wait_until

SAVES_EACH = 15


class Saving:
    """Saves chats of one user in a thread until it is stopped; `acknowledged` are the ids of the saved chats."""

    def __init__(self, site, user_id):
        self.acknowledged = []
        self._client = httpx.Client(base_url=site.client.base_url, timeout=PATIENCE_S, trust_env=False)
        self._user_id = user_id
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self):
        for number in itertools.count():
            if self._is_over.is_set():
                return
            chat_id = f"chat_{number}_aaaaaaaaa"
            message = {"id": "1", "role": "user", "content": "Words", "timestamp": "2026-11-23T08:00:00.000Z"}
            body = {"userId": self._user_id, "chatId": chat_id, "messages": [message]}
            try:
                if self._client.post("/api/chat/save", json=body).is_success:
                    self.acknowledged.append(chat_id)
            except httpx.TransportError:
                return  # killed

    def wait_for_more(self):
        enough = len(self.acknowledged) + SAVES_EACH
        wait_until(lambda: len(self.acknowledged) >= enough)

    def stop(self):
        self._is_over.set()
        joined(self._thread)
        self._client.close()


@pytest.fixture(params=earlier.FOLDERS, ids=lambda folder: folder.name)
def releases(request, tmp_path, valkey):
    """A site of the earlier release and one of this release, on the same Redis and data dir."""
    options = {"AIRA_AUTH": "trusted", "AIRA_DATA_DIR": str(tmp_path / "var")}
    sites = [earlier.earlier_site(request.param, tmp_path / "site", **options), ServedSite(**options)]
    yield sites
    for site in sites:
        if site.process.poll() is None:
            site.stop()


@pytest.mark.parametrize("direction", ["forward", "back"])
def test_saves_acknowledged_by_either_release_are_stored_once_after_one_was_killed(releases, valkey, direction):
    leaving, staying = releases if direction == "forward" else releases[::-1]
    savings = [Saving(leaving, "u1"), Saving(staying, "u2")]
    for saving in savings:
        saving.wait_for_more()
    valkey.stop()
    for saving in savings:
        saving.wait_for_more()
    leaving.kill()
    savings[1].wait_for_more()
    valkey.start()
    savings[1].wait_for_more()
    for saving in savings:
        saving.stop()
    staying.wait_until_drained()
    for user_id, saving in zip(("u1", "u2"), savings, strict=True):
        stored = valkey.client.zrange(f"user:{user_id}:conversations", 0, -1)
        assert set(saving.acknowledged) <= set(stored)
        assert int(valkey.client.hget(f"user:{user_id}:stats", "conversations")) == len(stored)
        assert len(stored) <= len(saving.acknowledged) + 1, "the save in flight when its site was killed"
