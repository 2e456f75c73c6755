"""Two hosts, each with its own data dir, on one Redis: a user erased on one is erased on the other."""

import pytest

from accounts import selectors, services
from accounts.privacy.erasure import erase
from accounts.writes import profile_change, registration
from chat.models import Message
from chat.services import save_conversation
from redis_models.background import erasures, housekeeping
from redis_models.errors import NotFound
from redis_models.health import clock
from redis_models.host import state
from redis_models.journal import journal
from redis_models.offline import due
from tests.flows.security.test_canaries import files_with
from tests.support.people import PASSWORD, TEXT
from tests.support.waiting import wait_until

EMAIL = "canary-email@example.com"
CANARIES = (b"canary-email", b"canary-text", b"canary-name")
MESSAGES = [{"id": "1", "role": "user", "content": TEXT, "timestamp": "2026-11-23T08:00:00.000Z"}]


def found_in(folder):
    return {canary: files for canary in CANARIES if (files := files_with(folder, canary))}


@pytest.fixture
def hosts(serve, tmp_path):
    """The site on two hosts, and the second one's data dir. Erasures wait longer than usual for a slow host."""
    folders = [tmp_path / name for name in ("first", "second")]
    options = {"application": "tests.flows.served.patient:application"}
    return [serve(AIRA_DATA_DIR=str(folder), **options) for folder in folders], folders[1]


def test_data_of_an_erased_user_on_another_host_are_gone_when_the_receipt_comes(hosts, valkey):
    (first, second), folder = hosts
    credentials = {"email": EMAIL, "password": PASSWORD}
    first.client.post("/api/v1/session/sign-up", json=credentials | {"name": "canary-name"})
    token = first.client.post("/api/v1/session", json=credentials).json()["accessToken"]
    for site in (first, second):
        site.client.headers["Authorization"] = f"Bearer {token}"
    assert second.client.post("/api/chat/save", json={"messages": MESSAGES}).status_code == 200
    second.client.get("/api/v1/users/me")
    wait_until(lambda: found_in(folder).keys() == set(CANARIES))
    wait_until(lambda: valkey.client.zcard("aira:hosts") == 2)
    receipt = first.client.delete("/api/v1/users/me").json()
    assert receipt["hostsNotConfirmed"] == []
    assert found_in(folder) == {}
    assert valkey.data_keys() == [f"user:{receipt['userId']}:erased"]
    assert [key for key in valkey.client.keys("*") if receipt["userId"] in key] == valkey.data_keys()


def test_a_stopped_host_is_named_and_its_pending_row_does_not_bring_back_the_user(
    valkey, settings, tmp_path, keep, monkeypatch
):
    monkeypatch.setattr(erasures, "WAITED_FOR_S", 0.0)
    own, folder = settings.AIRA_DATA_DIR, tmp_path / "second"
    services.register_user(user_id="ann", email=EMAIL, name="canary-name")
    settings.AIRA_DATA_DIR = folder
    save_conversation(user_id="ann", messages=[Message("1", "user", TEXT, "2026-11-23T08:00:00.000Z")])
    due.note_written("ann", ())
    housekeeping.housekeep_once()
    at = clock.now_ms()
    keep(registration(user_id="ann", email=EMAIL, name="canary-name", plan="", at=at))
    keep(profile_change(user_id="ann", name="canary-name too", time_zone="", at=at))
    assert found_in(folder).keys() == set(CANARIES)
    host = journal().admin.fact("host")

    settings.AIRA_DATA_DIR = own
    assert erase(user_id="ann").hosts_not_confirmed == (host,)
    ((_, announced_us),) = valkey.client.zrange("aira:erasures", 0, -1, withscores=True)
    announced_us = int(announced_us)

    settings.AIRA_DATA_DIR = folder
    monkeypatch.setattr(erasures, "LOOK_EVERY_S", 0.0)
    state(housekeeping.DrainInterval).end()
    housekeeping.housekeep_once()
    assert journal().admin.status().pending == 0
    assert found_in(folder) == {}
    journal().close()
    settings.AIRA_DATA_DIR = own
    assert erasures.unconfirmed(announced_us) == ()
    assert valkey.data_keys() == ["user:ann:erased"]
    with pytest.raises(NotFound):
        selectors.user_by_id(user_id="ann")
