"""What one primary proves, and what of that the journal remembers: with a real primary and a real replica."""

import shutil

import pytest

from redis_models import connection, writer
from redis_models.endpoint import Endpoint
from redis_models.journal import journal
from redis_models.replay import drain, primary_drain
from redis_models.replay.adoption import adopt, adopt_without
from redis_models.replay.result import DrainResult
from redis_models.testing import fresh_host
from tests.support.topologies import Node, wait_until

FEW_MS = 300


@pytest.fixture(scope="module")
def running_pair(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pair")
    nodes = [Node(folder / name, "--repl-diskless-sync-delay", "0") for name in ("n0", "n1")]
    yield nodes
    for node in nodes:
        node.stop()


@pytest.fixture
def pair(running_pair, connect_to):
    """A primary to which this process is connected, and its replica; both are empty."""
    primary, replica = running_pair
    for node in running_pair:
        if not node.is_running:
            node.start()
    primary.client.flushall()
    follow(replica, primary)
    connect_to(Endpoint(url=f"unix://{primary.socket}", display="test", variable="REDIS_URL"))
    return primary, replica


@pytest.fixture
def impatient(monkeypatch):
    """Let a proof that does not come be noticed early; with False, wait as long as usual."""

    def arrange(is_impatient):
        monkeypatch.undo()
        if is_impatient:
            monkeypatch.setattr("redis_models.connection.link.FENCE_TIMEOUT_MS", FEW_MS)

    return arrange


def follow(replica, primary):
    replica.client.replicaof("127.0.0.1", primary.port)
    wait_until(lambda: replica.client.info("replication")["master_link_status"] == "up")
    primary.wait_until_copied()


def lose(primary, replica):
    replica.stop()
    wait_until(lambda: primary.client.info("replication")["connected_slaves"] == 0)


def test_rows_are_dropped_if_the_replicas_disk_has_them_too(pair, plan_write, status):
    writer.submit(plan_write())
    assert drain.drain() == DrainResult(applied=1, fenced=1)
    assert status().durability == "proven"
    assert drain.weakness() == ""


def test_a_replica_without_an_append_only_file_proves_nothing_until_it_has_one(pair, plan_write, status, impatient):
    _, replica = pair
    replica.client.config_set("appendonly", "no")
    impatient(True)
    writer.submit(plan_write())
    assert drain.drain() == DrainResult(applied=1, fenced=0)
    assert "only 0 of 1 replicas synced the writes to an append-only file in time" in status().durability
    assert "only 0 of 1 replicas synced" in drain.weakness()
    assert drain.drain() == DrainResult()
    impatient(False)
    replica.client.config_set("appendonly", "yes")
    assert drain.drain() == DrainResult()
    assert status().durability == "proven"
    assert drain.drain() == DrainResult(applied=1, fenced=1)


def test_a_write_is_not_lost_if_a_replica_without_a_file_is_promoted_and_restarts(
    pair, plan_write, impatient, connect_to
):
    primary, replica = pair
    replica.client.config_set("appendonly", "no")
    impatient(True)
    writer.submit(plan_write())
    drain.drain()
    primary.stop()
    replica.client.replicaof("NO", "ONE")
    assert replica.client.hget("user:u1:profile", "plan") == "plus"
    replica.stop()
    shutil.rmtree(replica.socket.parent / "appendonlydir")
    replica.start()
    connect_to(Endpoint(url=f"unix://{replica.socket}", display="test", variable="REDIS_URL"))
    adopt(journal())
    drain.drain()
    assert replica.client.hget("user:u1:profile", "plan") == "plus"


def test_a_replica_that_is_down_still_counts_after_a_restart_of_the_host_until_it_is_forgotten(
    pair, plan_write, status
):
    drain.drain()
    lose(*pair)
    with fresh_host():
        writer.submit(plan_write())
        assert drain.drain() == DrainResult(applied=1, fenced=0)
        assert "only 0 of 1 known replicas confirm writes" in status().durability
        assert journal().admin.forget_replicas() == 1
        assert drain.drain() == DrainResult()
        assert drain.drain() == DrainResult(applied=1, fenced=1)
        assert status().durability == "proven"
        assert journal().admin.forget_replicas() == 0


def test_a_replica_that_is_connected_and_hangs_is_waited_for_in_vain(pair, plan_write, status, impatient):
    _, replica = pair
    impatient(True)
    writer.submit(plan_write())
    replica.pause()
    try:
        assert drain.drain() == DrainResult(applied=1, fenced=0)
    finally:
        replica.resume()
    assert "only 0 of 1 known replicas confirm writes" in status().durability


def test_replicas_of_another_database_are_not_waited_for(pair, plan_write):
    drain.drain()
    primary, _ = pair
    lose(*pair)
    primary.client.flushall()
    adopt_without(journal(), [])
    writer.submit(plan_write())
    assert drain.drain().fenced == 1


def test_a_replica_that_returns_proves_what_was_applied_without_it(pair, plan_write, status):
    drain.drain()
    primary, replica = pair
    lose(primary, replica)
    writer.submit(plan_write())
    assert drain.drain().fenced == 0
    replica.start()
    follow(replica, primary)
    assert drain.drain() == DrainResult()
    assert drain.drain() == DrainResult(applied=1, fenced=1)
    assert status().applied == 0


def test_a_restart_after_an_unconfirmed_proof_lets_all_rows_be_applied_again(pair, plan_write, status):
    drain.drain()
    primary, replica = pair
    lose(primary, replica)
    writer.submit(plan_write())
    assert drain.drain() == DrainResult(applied=1)
    assert drain.drain() == DrainResult()
    primary.stop()
    primary.start()
    assert drain.drain() == DrainResult(applied=1)
    assert status().applied == 1


def test_a_primary_that_does_not_sync_its_file_in_time_proves_nothing(valkey, impatient):
    impatient(True)
    valkey.client.config_set("appendonly", "no")
    try:
        with connection.link_to(connection.ONLY) as link:
            assert "did not sync its append-only file" in link.unconfirmed(connection.ONLY, replicas=0)
    finally:
        valkey.client.config_set("appendonly", "yes")


def test_a_proof_that_is_not_permitted_names_the_command(permissions, plan_write, status):
    writer.submit(plan_write())
    permissions("-waitaof")
    assert drain.drain() == DrainResult(applied=1, fenced=0)
    assert "the command waitaof; allow it in the client's ACL. Meanwhile" in status().durability


def test_a_proof_is_asked_for_once_a_pass(pair, plan_write, monkeypatch):
    drain.drain()
    asked = []
    confirm = primary_drain.Proof.ask
    monkeypatch.setattr(primary_drain.Proof, "ask", lambda proof: asked.append(1) or confirm(proof))
    drain.drain()
    assert asked == []
    writer.submit(plan_write())
    drain.drain()
    assert asked == [1]
