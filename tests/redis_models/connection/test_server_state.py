"""The facts that a server reports decide which promises it can keep."""

import pytest

from redis_models import connection
from redis_models.connection.server_state import state_from

SOUND = {
    "role": "master",
    "master_replid": "abc",
    "run_id": "def",
    "connected_slaves": "0",
    "aof_enabled": "1",
    "valkey_version": "9.1.2",
    "redis_version": "7.2.4",
    "maxmemory": "0",
    "maxmemory_policy": "allkeys-lru",
}


def state(fsync="everysec", **facts):
    lines = ["# Server", *(f"{name}:{value}" for name, value in (SOUND | facts).items() if value), ""]
    return state_from("\r\n".join(lines), fsync=fsync)


def test_the_test_server_can_prove_writes(valkey):
    with connection.link_to(connection.primary_of([])) as link:
        found = link.state()
    assert found.weakness == ""
    assert found.is_primary
    assert valkey.client.info("server")["run_id"] in found.identity


@pytest.mark.parametrize(
    ("facts", "weakness"),
    [
        ({}, ""),
        ({"aof_enabled": "0"}, "no append-only file"),
        ({"aof_enabled": "0", "connected_slaves": "1"}, "no append-only file"),
        ({"aof_enabled": "0", "connected_slaves": "3", "min_slaves_good_slaves": "3"}, "no append-only file"),
        ({"maxmemory": "100"}, "evicts keys"),
        ({"maxmemory": "100", "maxmemory_policy": "noeviction"}, ""),
        ({"valkey_version": "", "redis_version": "7.0.15"}, "no WAITAOF"),
        ({"valkey_version": "", "redis_version": "7.2.0"}, ""),
        ({"valkey_version": "", "redis_version": ""}, "no WAITAOF"),
        ({"fsync": "no"}, "appendfsync is no"),
        ({"fsync": ""}, ""),
    ],
)
def test_the_state_says_what_a_server_cannot_promise(facts, weakness):
    found = state(**facts)
    assert found.weakness.startswith(weakness) if weakness == "" else weakness in found.weakness
    assert bool(found.weakness) == bool(weakness)


def test_a_replica_is_not_a_primary():
    assert not state(role="slave").is_primary


def test_proofs_of_a_server_that_hides_its_configuration_are_accepted(valkey, settings):
    client = valkey.client
    client.execute_command("ACL", "SETUSER", "default", "-config")
    try:
        with connection.link_to(connection.primary_of([])) as link:
            assert link.state().weakness == ""
    finally:
        client.execute_command("ACL", "SETUSER", "default", "+config")
