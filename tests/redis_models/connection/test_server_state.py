"""The facts that a server reports decide which promises it can keep."""

import pytest
from redis.crc import key_slot

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


def test_a_replica_that_still_copies_the_database_is_not_counted():
    copying = "ip=::1,port=1,state=send_bulk,offset=0,lag=0,type=replica"
    online = "ip=::1,port=2,state=online,offset=7,lag=0,type=replica"
    found = state(connected_slaves="2", slave0=copying, slave1=online)
    assert (found.replicas, found.online_replicas) == (1, 1)
    assert state(connected_slaves="3").online_replicas == 3


NODES = """\
id1 127.0.0.1:7001@17001,shard-id=s1 myself,master - 0 0 12 connected 0-2 7 9-9 [1->-id2] [20-<-id2]
id2 127.0.0.1:7002@17002 master - 0 1795423341000 13 connected 10-20
id3 127.0.0.1:7003@17003 slave id1 0 1795423341000 12 connected
id4 127.0.0.1:7004@17004 slave,fail id1 0 1795423341000 12 disconnected
id5 127.0.0.1:7005@17005 slave id2 0 1795423341000 13 connected
"""


def in_cluster(nodes=NODES):
    lines = "\r\n".join(f"{name}:{value}" for name, value in SOUND.items())
    return state_from(lines, fsync="everysec", nodes=nodes)


def test_a_primary_of_a_cluster_has_an_epoch_slots_and_replicas_that_may_be_down():
    found = in_cluster()
    assert found.place.epoch == "12"
    assert found.place.slots == {0, 2, 7, 9}
    assert (found.replicas, found.online_replicas, found.weakness) == (2, 0, "")


def test_a_slot_that_arrives_changes_the_identity_and_one_that_leaves_only_the_identity_with_slots():
    before, left = in_cluster(), in_cluster(NODES.replace("0-2 7", "0-2"))
    arrived = in_cluster(NODES.replace(" 12 connected 0-2", " 14 connected 0-2"))
    assert before.identity == left.identity != arrived.identity
    assert before.identity_with_slots != left.identity_with_slots


def test_a_key_is_owned_if_its_slot_is_here_and_not_moving_away():
    slot = key_slot(b"{u1}")
    owned = in_cluster(NODES.replace("0-2", f"{slot}"))
    leaving = in_cluster(NODES.replace("0-2", f"{slot}").replace("[1->-", f"[{slot}->-"))
    assert (owned.owns("user:{u1}:profile"), leaving.owns("user:{u1}:profile")) == (True, False)
    assert not in_cluster().owns("user:{u1}:profile")
    assert state().owns("user:u1:profile")


def test_a_client_that_may_not_ask_for_slots_gets_no_proof():
    found = in_cluster("")
    assert "CLUSTER NODES" in found.weakness
    assert not found.owns("user:{u1}:profile")
