"""The mark on a cluster: each primary has copies, under tags that never change."""

import pytest

from accounts.writes import plan_change
from redis_models import connection, gateway, writer
from redis_models.errors import RedisUnavailable, WrongDatabase
from redis_models.health import clock, database_mark, monitor, registry
from redis_models.journal import journal
from redis_models.journal.facts import DATABASE_COPIED, DATABASE_EXPECTED
from redis_models.operations.read import Read
from redis_models.replay.adoption import adopt, offer
from redis_models.replay.drain import drain
from redis_models.replay.mark_proof import prove
from redis_models.schema import keys
from redis_models.schema.mark import copy_keys, id_of


@pytest.fixture
def cluster(cluster_deployment, connect_to):
    """The cluster, to which this process is now connected."""
    connect_to(cluster_deployment.endpoint)
    connection.refresh_topology()
    return cluster_deployment


@pytest.fixture
def proven(cluster):
    """Mark the cluster and prove it; return the mark."""
    monitor.probe_once()
    drain()
    mark = connection.database()
    assert journal().mark.noted().copied_id == id_of(mark)
    return mark


def copies(cluster):
    return {cluster.primary_of(key).client.get(key) for key in copy_keys()}


def user_on(cluster, primary):
    """Return an id of a user whose keys are on the primary."""
    return next(f"v{n}" for n in range(100) if cluster.primary_of(keys.profile(f"v{n}")).name == primary)


def profile_read(user_id):
    return Read(user_id, "accounts.profile.1", (keys.profile(user_id),))


def node_of(cluster, primary):
    return next(node for node in cluster.nodes if node.name == primary)


def test_a_first_probe_writes_a_copy_of_the_mark_to_every_primary(cluster):
    monitor.probe_once()
    assert registry.current().is_healthy
    assert copies(cluster) == {connection.database()}
    asked = {primary: connection.key_at(primary, keys.of_database()) for primary in connection.primaries()}
    assert set(asked.values()) <= set(copy_keys())
    assert {primary: cluster.primary_of(key).name for primary, key in asked.items()} == {n: n for n in asked}


def test_a_primary_that_is_emptied_is_away_alone_until_the_database_is_adopted(cluster, proven):
    emptied, *others = connection.primaries()
    user_id = user_on(cluster, emptied)
    writer.submit(plan_change(user_id=user_id, plan="plus", at=clock.now_ms()))
    node_of(cluster, emptied).client.flushall()
    monitor.probe_once()
    breakers = registry.breakers()
    assert "lost its mark" in breakers[emptied].health.reason
    assert all(breakers[other].health.is_healthy for other in others)
    assert "lost its mark" in offer(journal()).reason
    adopt(journal())
    monitor.probe_once()
    assert registry.current().is_healthy
    (mark,) = copies(cluster)
    assert (id_of(mark), mark != proven) == (id_of(proven), True)
    assert drain().applied == 1
    assert cluster.client.hget(keys.profile(user_id), "plan") == "plus"


def test_a_primary_that_is_emptied_during_a_drain_keeps_its_rows(cluster, proven, monkeypatch, status):
    of_mark = connection.primary_of([keys.of_database()])
    emptied = next(primary for primary in connection.primaries() if primary != of_mark)
    writer.submit(plan_change(user_id=user_on(cluster, emptied), plan="plus", at=clock.now_ms()))
    is_unchanged = database_mark.is_unchanged

    def empty_first(mark, primary):
        node_of(cluster, emptied).client.flushall()
        return is_unchanged(mark, primary)

    monkeypatch.setattr(database_mark, "is_unchanged", empty_first)
    assert "was emptied" in drain().stopped_by
    assert status().applied == 1


def test_a_slot_that_moves_takes_its_copy_of_the_mark_with_it(cluster, proven):
    primary = connection.primaries()[0]
    key = connection.key_at(primary, keys.of_database())
    cluster.move_slot(key)
    monitor.watch_once()
    assert monitor.probe_once()
    assert registry.current().is_healthy
    assert connection.key_at(primary, keys.of_database()) != key
    assert copies(cluster) == {proven}


def test_copies_that_are_not_proven_are_made_like_the_mark(cluster):
    monitor.probe_once()
    connection.mark_database("another.1", in_any_case=True)
    for primary in connection.primaries():
        connection.copy_mark("stale.1", primary)
    prove(journal(), "another.1")
    assert not journal().mark.noted().copied_id
    monitor.probe_once()
    assert copies(cluster) == {"another.1"}
    assert registry.current().is_healthy


def test_a_database_of_0_1_0_has_one_mark_and_gets_the_copies(cluster):
    connection.mark_database("old.1")
    journal().admin.note(DATABASE_EXPECTED, "old")
    monitor.probe_once()
    assert registry.current().is_healthy
    drain()
    assert copies(cluster) == {"old.1"}
    assert journal().admin.fact(DATABASE_COPIED) == "old"


def test_another_cluster_is_refused_by_each_primary(cluster, proven):
    connection.mark_database("another.1", in_any_case=True)
    for primary in connection.primaries():
        connection.copy_mark("another.1", primary)
        with pytest.raises(WrongDatabase, match="not the one"):
            database_mark.look(journal(), primary)


def test_a_primary_without_a_copy_is_not_asked_for_it(cluster, proven, monkeypatch):
    monkeypatch.setattr("redis_models.schema.mark.copy_keys", tuple)
    primary = connection.primaries()[0]
    assert connection.mark_on(primary) is None
    assert connection.probe(primary, timeout_s=5.0).mark is None
    node_of(cluster, primary).client.flushall()
    database_mark.look(journal(), primary)


def test_the_first_operation_on_each_primary_reads_its_copy(cluster, proven):
    emptied, other, *_ = connection.primaries()
    node_of(cluster, emptied).client.flushall()
    registry.forget()
    gateway.read(profile_read(user_on(cluster, other)))
    with pytest.raises(RedisUnavailable, match="lost its mark"):
        gateway.read(profile_read(user_on(cluster, emptied)))
