"""Proofs on a real cluster: slots that move in the middle of a drain, and rows in steps that cannot be proven yet."""

import pytest

from accounts import writes
from redis_models.health import clock
from redis_models.journal import journal
from redis_models.replay import primary_drain
from redis_models.replay.drain import drain
from redis_models.replay.result import DrainResult
from redis_models.schema import email_keys, keys
from tests.support.topologies import wait_until


@pytest.fixture
def cluster(cluster_deployment, connect_to):
    """The cluster, to which this process is connected; the database has its mark."""
    connect_to(cluster_deployment.endpoint)
    drain()
    return cluster_deployment


@pytest.fixture
def before_proof(monkeypatch):
    """Call a function once, after rows were applied and before the first primary is asked for its proof."""

    def arrange(something):
        todo, ask = [something], primary_drain.Proof.ask

        def first_something(proof):
            while todo:
                todo.pop()()
            return ask(proof)

        monkeypatch.setattr(primary_drain.Proof, "ask", first_something)

    return arrange


def primaries(cluster):
    """Return the three primaries; the last one has the mark."""
    with_mark = cluster.primary_of(keys.of_database())
    return [*(node for node in cluster.nodes if node.role == "master" and node is not with_mark), with_mark]


def plan_change(user_id="u1"):
    return writes.plan_change(user_id=user_id, plan="plus", at=clock.now_ms())


def user_on(node, cluster, key_of=keys.profile):
    return next(f"w{n}" for n in range(500) if cluster.primary_of(key_of(f"w{n}")) is node)


def claim_of(name):
    return email_keys.claim(f"{name}@example.com")


def test_a_slot_that_leaves_and_returns_in_the_middle_of_a_drain_drops_nothing(cluster, keep, before_proof):
    key, owner = keys.profile("u1"), cluster.primary_of(keys.profile("u1"))
    keep(plan_change())

    def leave_and_return():
        cluster.move_slot(key)
        cluster.move_slot(key, owner)

    before_proof(leave_and_return)
    done = drain()
    assert (done.fenced, "The server changed" in done.stopped_by) == (0, True)
    assert journal().admin.status().pending == 1
    assert drain() == DrainResult(applied=1, fenced=1)


def test_rows_whose_slot_has_left_stay_until_its_new_owner_proves_them(cluster, keep, before_proof):
    keep(plan_change())
    before_proof(lambda: cluster.move_slot(keys.profile("u1")))
    assert drain().fenced == 0
    assert journal().admin.status().pending == 1
    assert drain() == DrainResult(applied=1, fenced=1)


def test_a_step_whose_slot_has_left_is_not_proven(cluster, keep, before_proof):
    first, second, third = primaries(cluster)
    user_id, name = user_on(first, cluster), user_on(second, cluster, claim_of)
    email = f"{name}@example.com"
    keep(writes.registration(user_id=user_id, email=email, name="Ann", plan="", at=clock.now_ms()))
    before_proof(lambda: cluster.move_slot(claim_of(name), third))
    assert drain() == DrainResult(applied=1, fenced=0)
    assert journal().admin.status().applied == 1
    assert drain() == DrainResult()  # learns of the new owner
    assert drain() == DrainResult(applied=1, fenced=1)


@pytest.fixture
def without_files(cluster):
    """A cluster without append-only files: nothing is proven."""
    for node in cluster.nodes:
        node.client.config_set("appendonly", "no")
    yield cluster
    for node in cluster.nodes:
        if node.is_running:
            node.client.config_set("appendonly", "yes")


def test_an_unproven_row_in_steps_is_due_again_if_the_primary_of_its_first_step_restarted(without_files, keep):
    claims, profiles, _ = primaries(without_files)
    user_id, name = user_on(profiles, without_files), user_on(claims, without_files, claim_of)
    keep(writes.registration(user_id=user_id, email=f"{name}@example.com", name="Ann", plan="", at=clock.now_ms()))
    assert drain() == DrainResult(applied=1)
    assert drain() == DrainResult()
    without_files.kill_primary(claim_of(name)).start()
    wait_until(lambda: claims.client.get(claim_of(name)) is None)
    assert drain() == DrainResult(applied=1)
    assert claims.client.get(claim_of(name)) == user_id


def test_an_unproven_row_is_due_again_if_its_slot_has_moved(without_files, keep):
    keep(plan_change())
    assert drain() == DrainResult(applied=1)
    assert drain() == DrainResult()
    owner = without_files.primary_of(keys.profile("u1"))
    without_files.move_slot(keys.profile("u1"))
    wait_until(lambda: without_files.primary_of(keys.profile("u1")) is not owner)
    without_files.client.delete(keys.profile("u1"))  # as if the new owner had restarted empty
    drain()  # learns of the new owner
    drain()
    assert without_files.client.hget(keys.profile("u1"), "plan") == "plus"
