"""Erasing with a lost reply, and on a host that is killed: the request does not wait, and the erasure is finished."""

import pytest
from rest_framework.test import APIClient

from accounts.privacy import erasure
from redis_models.endpoint import Endpoint
from redis_models.health import monitor
from redis_models.operations.scripts import script
from redis_models.replay.drain import drain
from redis_models.schema import erasure_keys, keys
from tests.support.people import PASSWORD, TEXT, sign_up
from tests.support.proxy import SwallowingProxy
from tests.support.waiting import deadline, wait_until, within

BUDGET_S = 1.0
MESSAGES = [{"id": "1", "role": "user", "content": TEXT, "timestamp": "2026-11-23T08:00:00.000Z"}]


@pytest.fixture
def losing(valkey, tmp_path):
    """Make a proxy that loses the replies of a script and leaves the connection open."""
    made = []

    def lose(name, *, failures=1):
        only = script(name).sha.encode()
        path = tmp_path / "proxy.sock"
        made.append(SwallowingProxy(path, valkey.socket, failures=failures, loses="reply, silently", only=only))
        return made[-1], f"unix://{path}"

    yield lose
    for each in made:
        each.close()


def end_the_turns(valkey):
    """Let the turn of every unfinished erasure be over, instead of waiting for 60 s."""
    for digest, text in valkey.client.hgetall(erasure_keys.unfinished()).items():
        valkey.client.hset(erasure_keys.unfinished(), digest, f"1 {text.partition(' ')[2]}")


def state_of(receipt):
    return APIClient().get(receipt).json().get("state")


@pytest.mark.parametrize("lost", ["accounts.erase_begin.1", "accounts.erase.1"])
def test_one_lost_reply_holds_the_request_no_longer_than_its_budget(valkey, losing, connect_to, lost):
    ann = sign_up("ann@example.com")
    ann.client.post("/api/chat/save", {"messages": MESSAGES}, format="json")
    drain()
    for name in ("redis_models.snapshot.1", lost):
        valkey.client.script_load(script(name).source)
    proxy, url = losing(lost)
    endpoint = Endpoint(url=url, display="proxy", variable="REDIS_URL")
    connect_to(endpoint, AIRA_REQUEST_BUDGET_S=BUDGET_S, AIRA_REDIS_TIMEOUT_S=2.0)
    with within(deadline(promised_s=BUDGET_S)):
        response = ann.client.delete("/api/v1/users/me")
    assert proxy.swallowed == 1
    assert (response.status_code, response.json()["state"]) == (202, "pending")
    monitor.probe_once()
    drain()
    end_the_turns(valkey)
    erasure.go_on()
    wait_until(lambda: state_of(response["Location"]) == "erased")
    assert valkey.data_keys() == [keys.erased(ann.id)]


def test_a_host_that_is_killed_during_an_erasure_leaves_it_to_another_host(valkey, losing, serve, tmp_path):
    _, url = losing("accounts.erase.1", failures=1_000)
    first = serve(REDIS_URL=url, AIRA_DATA_DIR=str(tmp_path / "first"), AIRA_REQUEST_BUDGET_S=str(BUDGET_S))
    second = serve(AIRA_DATA_DIR=str(tmp_path / "second"))
    credentials = {"email": "ann@example.com", "password": PASSWORD}
    first.client.post("/api/v1/session/sign-up", json=credentials)
    token = first.client.post("/api/v1/session", json=credentials).json()["accessToken"]
    first.client.headers["Authorization"] = f"Bearer {token}"
    assert first.client.post("/api/chat/save", json={"messages": MESSAGES}).status_code == 200
    response = first.client.delete("/api/v1/users/me")
    assert (response.status_code, response.json()["state"]) == (202, "pending")
    first.kill()
    end_the_turns(valkey)
    address = response.headers["Location"]
    wait_until(lambda: second.client.get(address).json().get("state") == "erased")
    assert valkey.data_keys() == [f"user:{response.json()['userId']}:erased"]
