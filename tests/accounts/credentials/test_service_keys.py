import io
import json

import pytest
from django.core.management import CommandError, call_command

from accounts import writes
from accounts.credentials import service_keys
from redis_models.background import revocations
from redis_models.errors import Invalid
from redis_models.health import monitor
from redis_models.writer import submit
from tests.support.commands import counted
from tests.support.people import client_with


def run(*arguments):
    out = io.StringIO()
    call_command("service_key", *arguments, stdout=out)
    return out.getvalue()


def status_with(key):
    return client_with(key).get("/api/dashboard?userId=u1").status_code


@pytest.fixture
def made(valkey):
    return json.loads(run("create", "billing", "--json"))


def test_a_key_is_made_listed_and_revoked(made, valkey):
    assert made["key"].startswith("aira_sk_")
    assert status_with(made["key"]) == 200
    (listed,) = json.loads(run("list", "--json"))
    assert (listed["id"], listed["name"], listed["revokedAt"]) == (made["id"], "billing", None)
    assert made["key"] not in str(valkey.client.hgetall("aira:service_keys"))
    for _ in range(2):
        assert json.loads(run("revoke", made["id"], "--json"))["revokedAt"]
    assert status_with(made["key"]) == 401
    assert "billing" in run("list")


def test_a_key_that_is_known_asks_redis_nothing(made, valkey, list_clock):
    status_with(made["key"])
    with counted(valkey) as commands:
        assert service_keys.is_known(made["key"])
    assert commands == []


def test_a_key_that_is_revoked_elsewhere_is_refused_although_it_is_remembered(made, hosts, list_clock):
    assert status_with(made["key"]) == 200
    with hosts.process("other"):
        run("revoke", made["id"])
    list_clock.pass_by(revocations.STALE_AFTER_S)
    assert status_with(made["key"]) == 401


def test_remembered_keys_are_read_again_by_the_housekeeping(made, valkey, monkeypatch):
    monkeypatch.setattr(service_keys, "RENEWED_EVERY_S", 0)
    service_keys.renew()
    assert not service_keys.is_known("x")
    assert status_with(made["key"]) == 200
    valkey.client.delete("aira:service_keys")  # as an older release might have revoked it, without telling
    service_keys.renew()
    monkeypatch.setattr(service_keys, "UNKNOWN_INTERVAL_S", 1e9)
    assert not service_keys.is_known(made["key"])


def test_a_key_that_was_seen_before_works_while_redis_is_away(made, valkey, service):
    assert status_with(made["key"]) == 200
    valkey.stop()
    monitor.probe_once()
    monitor.probe_once()
    assert status_with(made["key"]) == 200
    assert service.get("/api/dashboard?userId=u1").status_code == 200
    service_keys.forget()
    assert status_with(made["key"]) == 401


def test_a_failing_redis_does_not_remove_remembered_keys(made, valkey, monkeypatch):
    assert status_with(made["key"]) == 200
    valkey.stop()
    monkeypatch.setattr(service_keys, "RENEWED_EVERY_S", 0)
    service_keys.renew()
    assert service_keys.is_known(made["key"])


def test_a_new_key_works_at_once_in_a_process_that_has_asked_before(made, monkeypatch):
    monkeypatch.setattr(service_keys, "UNKNOWN_INTERVAL_S", 0)
    assert status_with(made["key"]) == 200
    another = json.loads(run("create", "another", "--json"))["key"]
    assert status_with(another) == 200
    assert status_with(another + "x") == 401


def test_a_revoked_key_stays_revoked(made):
    (key,) = service_keys.service_keys()
    service_keys.revoke(key_id=key.id)
    for encoded in ('{"digest":"x","name":"n","created_at":"c","revoked_at":""}',):
        assert submit(writes.service_key(digest=key.digest, encoded=encoded, at=1)).outcome == "duplicate"
    assert service_keys.service_keys()[0].revoked_at


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["create"], "Name the key"),
        (["revoke"], "Say which key"),
        (["revoke", "nothing"], "There is no such service key"),
        (["create", "x" * 65], "name must be"),
    ],
)
def test_a_wrong_call_is_a_one_sentence_error(valkey, arguments, sentence):
    with pytest.raises(CommandError, match=sentence):
        run(*arguments)
    assert "There is no service key" in run("list")


def test_without_redis_it_is_a_one_sentence_error(valkey):
    valkey.stop()
    with pytest.raises(CommandError, match="Redis"):
        run("create", "billing")


def test_a_name_cannot_forge_a_line(valkey):
    with pytest.raises(Invalid):
        service_keys.create(name="a\nb")
