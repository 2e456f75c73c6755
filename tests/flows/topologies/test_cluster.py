"""The whole site on a real cluster: 3 primaries, 3 replicas."""

import contextlib
import io
import json
import re
import socket
import threading

import pytest
from django.core.management import CommandError, call_command
from rest_framework.test import APIClient

from accounts import selectors, services, writes
from accounts.privacy import erasure
from chat import writes as chat_writes
from redis_models import connection, gateway
from redis_models.background import housekeeping
from redis_models.budget import budget
from redis_models.endpoint import Endpoint, endpoint_from
from redis_models.errors import (
    BudgetSpent,
    Conflict,
    NotFound,
    OutcomeUnknown,
    RedisRefusing,
    RedisUnavailable,
    ScriptFailed,
    SlotMoving,
)
from redis_models.health import clock, monitor, registry
from redis_models.health.breaker import MISSES_TO_OPEN
from redis_models.journal import journal
from redis_models.offline import due
from redis_models.operations.scripts import script
from redis_models.replay.drain import drain
from redis_models.replay.result import DrainResult
from redis_models.schema import email_keys, keys
from redis_models.writer import submit
from tests.redis_models.blocked import number_blocked
from tests.support.topologies import wait_until
from tests.support.waiting import PATIENCE_S, deadline, joined, lasting, within

BODY = {"messages": [{"id": "m1", "role": "user", "content": "Hello", "timestamp": "2026-11-23T08:00:00.000Z"}]}
RETRYING = "Redis unavailable — retrying."


@pytest.fixture
def cluster(cluster_deployment, connect_to):
    """The cluster, to which this process is now connected."""
    connect_to(cluster_deployment.endpoint)
    return cluster_deployment


@pytest.fixture
def site(cluster, trusted):
    return trusted


def register(site, user_id, email=None):
    body = {"userId": user_id, "email": email or f"{user_id}@example.com"}
    return site.post("/api/auth/register-user", body, format="json")


def save(site, user_id, chat_id):
    return site.post("/api/chat/save", BODY | {"userId": user_id, "chatId": chat_id}, format="json")


def dashboard(site, user_id):
    return site.get(f"/api/dashboard?userId={user_id}").json()


def user_on_another_primary(cluster, user_id="u1"):
    """Return the id of a user whose keys another primary owns."""
    owner = cluster.primary_of(keys.profile(user_id)).name
    return next(f"u{n}" for n in range(2, 100) if cluster.primary_of(keys.profile(f"u{n}")).name != owner)


def test_a_user_registers_saves_looks_deletes_and_is_erased(site, cluster):
    for number in range(12):
        assert register(site, f"u{number}").status_code == 200
        assert save(site, f"u{number}", "chat_1_aaaaaaaaa").status_code == 200
        shown = dashboard(site, f"u{number}")
        assert (shown["data"]["conversations"], shown["redisHealthy"]) == (1, True)
    stored = cluster.client
    assert stored.get("email:{u3@example.com}:userId") == "u3"
    assert stored.hget("user:{u3}:profile", "email") == "u3@example.com"
    assert {profile.id for profile in selectors.users()} == {f"u{number}" for number in range(12)}
    assert selectors.user_by_email(email="U3@example.com").id == "u3"
    assert site.delete("/api/chat/save?userId=u3&chatId=chat_1_aaaaaaaaa").status_code == 200
    assert dashboard(site, "u3")["data"]["conversations"] == 0
    assert erasure.erase(user_id="u3").conversations == 0
    assert erasure.erase(user_id="u4").conversations == 1
    left = [key for node in cluster.nodes if node.role == "master" for key in node.client.keys("*{u[34]*")]
    assert sorted(left) == ["user:{u3}:erased", "user:{u4}:erased"]


def test_an_email_has_one_account_and_an_id_has_one_email(site, cluster):
    assert register(site, "u1", "a@example.com").status_code == 200
    assert register(site, "u1", "a@example.com").json()["user"]["joinedAt"]
    assert register(site, "u2", "a@example.com").status_code == 409
    for number in range(50):
        assert register(site, "u1", f"b{number}@example.com").status_code == 409
    stored = cluster.client
    assert [stored.exists(f"email:{{b{number}@example.com}}:userId") for number in range(50)] == [0] * 50
    assert stored.get("email:{a@example.com}:userId") == "u1"
    assert not stored.exists("user:{u2}:profile")


def test_an_email_with_braces_finds_its_claim(site, cluster):
    assert register(site, "u1", "}a{b%@example.com").status_code == 200
    assert selectors.user_by_email(email="}a{b%@example.com").id == "u1"


def test_one_of_many_parallel_registrations_of_one_email_wins(site, cluster):
    statuses = []
    threads = [
        threading.Thread(target=lambda n=n: statuses.append(register(site, f"u{n}", "a@example.com").status_code))
        for n in range(20)
    ]
    for thread in threads:
        thread.start()
    joined(*threads)
    assert sorted(status for status in statuses if status != 503) == [200] + [409] * (19 - statuses.count(503))
    assert {register(site, f"u{n}", "a@example.com").status_code for n in range(20)} == {200, 409}
    profiles = [n for n in range(20) if cluster.client.exists(f"user:{{u{n}}}:profile")]
    assert cluster.client.get("email:{a@example.com}:userId") == f"u{profiles[0]}"
    assert len(profiles) == 1


def commands_of(cluster):
    """Return how many scripts all nodes ran."""
    stats = [node.client.info("commandstats") for node in cluster.nodes]
    return sum(each.get(f"cmdstat_{name}", {"calls": 0})["calls"] for each in stats for name in ("evalsha", "eval"))


def test_a_request_costs_one_round_trip_and_registering_two(site, cluster):
    def cost(request):
        before = commands_of(cluster)
        assert request().status_code == 200
        return commands_of(cluster) - before

    chat_ids = iter(("chat_1_aaaaaaaaa", "chat_2_aaaaaaaaa"))
    requests = [
        lambda: register(site, "u1"),
        lambda: save(site, "u1", next(chat_ids)),
        lambda: site.get("/api/dashboard?userId=u1"),
        lambda: site.get("/api/chat/save?userId=u1"),
        lambda: site.delete("/api/chat/save?userId=u1&chatId=chat_1_aaaaaaaaa"),
    ]
    for request in requests:
        request()  # loads the scripts
    assert [cost(request) for request in requests] == [2, 1, 1, 1, 1]


def abandon(user_id, email, *, minutes_ago):
    """Leave a claim whose owner has no profile, as if its process died between the two writes."""
    at = clock.now_ms() - minutes_ago * 60_000
    registration = writes.registration(user_id=user_id, email=email, name="x", plan="", at=at)
    assert submit(registration.before).outcome == "applied"


def test_a_claim_without_a_profile_can_be_taken_over_after_15_minutes(cluster):
    abandon("u1", "a@example.com", minutes_ago=14)
    with pytest.raises(Conflict):
        services.register_user(user_id="u2", email="a@example.com")
    with pytest.raises(NotFound):
        selectors.user_by_email(email="a@example.com")
    cluster.client.delete("email:{a@example.com}:userId", "email:{a@example.com}:claimedAt")
    abandon("u1", "a@example.com", minutes_ago=16)
    services.register_user(user_id="u2", email="a@example.com")
    assert selectors.user_by_email(email="a@example.com").id == "u2"
    with pytest.raises(Conflict):
        services.register_user(user_id="u1", email="a@example.com")


def test_a_claim_whose_owner_has_another_email_finds_nobody(cluster):
    services.register_user(user_id="u1", email="a@example.com")
    abandon("u1", "b@example.com", minutes_ago=1)
    with pytest.raises(NotFound):
        selectors.user_by_email(email="b@example.com")


def test_an_old_claim_of_a_registered_user_stays(cluster):
    services.register_user(user_id="u1", email="a@example.com", at=clock.now_ms() - 3_600_000)
    with pytest.raises(Conflict):
        services.register_user(user_id="u2", email="a@example.com")
    assert cluster.client.get("email:{a@example.com}:userId") == "u1"


def test_an_old_claim_stays_if_the_primary_of_its_owner_is_down(cluster):
    owner = next(f"v{n}" for n in range(100) if not share_primary(cluster, f"v{n}", "a@example.com"))
    other = next(f"w{n}" for n in range(100) if not same_primary(cluster, f"w{n}", owner))
    abandon(owner, "a@example.com", minutes_ago=60)
    cluster.kill_primary(keys.profile(owner))
    with pytest.raises(Conflict):
        services.register_user(user_id=other, email="a@example.com")


def share_primary(cluster, user_id, email):
    return cluster.primary_of(keys.profile(user_id)).name == cluster.primary_of(email_keys.claim(email)).name


def same_primary(cluster, one, other):
    return cluster.primary_of(keys.profile(one)).name == cluster.primary_of(keys.profile(other)).name


def test_a_registration_that_stopped_after_its_claim_can_be_repeated(cluster):
    abandon("u1", "a@example.com", minutes_ago=1)
    assert not services.register_user(user_id="u1", email="a@example.com").is_pending
    assert selectors.user_by_email(email="a@example.com").id == "u1"


def registration(user_id, name):
    return writes.registration(user_id=user_id, email="a@example.com", name=name, plan="", at=clock.now_ms())


def test_a_pending_registration_is_replayed_in_both_steps(cluster, keep):
    keep(registration("u1", "Ann"))
    assert drain().applied == 1
    assert selectors.user_by_email(email="a@example.com").name == "Ann"
    assert drain().applied == 0


def test_a_pending_registration_whose_email_was_taken_meanwhile_has_no_claim(cluster, keep):
    keep(registration("u2", "Bob"))
    gateway.apply(registration("u1", "Ann"))  # as another host would, which does not know the pending row
    assert drain().dead_letters == 1
    assert cluster.client.hget("user:{u2}:profile", "email_conflict") == "a@example.com"
    assert cluster.client.get("email:{a@example.com}:userId") == "u1"


def test_a_row_with_a_step_that_the_server_cannot_apply_becomes_a_dead_letter(cluster, keep):
    drain()  # marks the database
    cluster.client.rpush(email_keys.claim("a@example.com"), "of another type")
    keep(registration("u1", "Ann"))
    assert drain().dead_letters == 1
    assert not cluster.client.exists(keys.profile("u1"))


def test_a_row_with_a_step_that_gets_an_unknown_error_is_held_back(cluster, keep, monkeypatch):
    drain()  # marks the database
    monkeypatch.setattr("redis_models.connection.translation.FAULT_OF_SCRIPT", re.compile("no error has this text"))
    cluster.client.rpush(email_keys.claim("a@example.com"), "of another type")
    keep(registration("u1", "Ann"))
    assert drain() == DrainResult(held_back=1)
    assert journal().admin.status().pending == 1


def test_a_row_is_pending_while_one_of_its_primaries_is_down_and_other_rows_are_drained(cluster, keep):
    drain()  # marks the database
    of_mark = cluster.primary_of(keys.of_database()).name
    user_id = next(f"v{n}" for n in range(100) if cluster.primary_of(keys.profile(f"v{n}")).name == of_mark)
    email = next(f"v{n}@example.com" for n in range(100) if not share_primary(cluster, user_id, f"v{n}@example.com"))
    keep(writes.registration(user_id=user_id, email=email, name="Ann", plan="", at=clock.now_ms()))
    keep(writes.plan_change(user_id=user_id, plan="plus", at=clock.now_ms()))
    cluster.kill_primary(email_keys.claim(email))
    done = drain()
    assert done.applied == 1
    assert done.stopped_by
    assert cluster.client.hget(keys.profile(user_id), "plan") == "plus"
    assert journal().admin.status().pending == 1


def test_a_row_stays_if_a_primary_that_applied_one_of_its_steps_does_not_prove_it(cluster, keep):
    """The later primary applies the step, then refuses a row of its own, so it proves nothing in this drain."""
    drain()
    nodes = sorted((node for node in cluster.nodes if node.role == "master"), key=lambda node: node.name)
    first, later = nodes[0], nodes[-1]

    def on(node, key_of):
        return next(f"w{n}" for n in range(500) if cluster.primary_of(key_of(f"w{n}")).name == node.name)

    user_id, other = on(first, keys.profile), on(later, keys.profile)
    email = on(later, lambda name: email_keys.claim(f"{name}@example.com")) + "@example.com"
    keep(writes.registration(user_id=user_id, email=email, name="Ann", plan="", at=clock.now_ms()))
    keep(writes.plan_change(user_id=other, plan="plus", at=clock.now_ms()))
    keep(writes.plan_change(user_id=user_id, plan="plus", at=clock.now_ms()))
    later.client.execute_command("ACL", "SETUSER", "default", "-hmget")
    try:
        done = drain()
    finally:
        later.client.execute_command("ACL", "SETUSER", "default", "+hmget")
    assert cluster.client.get(email_keys.claim(email)) == user_id
    assert (done.applied, done.fenced, "hmget" in done.stopped_by) == (2, 1, True)
    assert (journal().admin.status().applied, journal().admin.status().pending) == (1, 1)
    cluster.client.delete(email_keys.claim(email))  # as if that primary had lost what it had not synced
    assert drain().fenced == 2
    assert cluster.client.get(email_keys.claim(email)) == user_id


def test_snapshots_of_users_on_other_primaries_are_renewed_while_one_primary_is_down(cluster, site):
    other = user_on_another_primary(cluster)
    for user_id in ("u1", other):
        dashboard(site, user_id)
    cluster.kill_primary(keys.profile("u1"))
    monitor.probe_once()
    monitor.probe_once()
    housekeeping.housekeep_once()
    assert journal().snapshots.get("u1", [""]) is None
    assert journal().snapshots.get(other, [""]) is not None
    assert list(due.taken(9)) == ["u1"]


def test_a_registration_whose_second_primary_is_down_is_pending(cluster, site):
    user_id = next(f"v{n}" for n in range(100) if not share_primary(cluster, f"v{n}", f"v{n}@example.com"))
    dashboard(site, user_id)
    cluster.kill_primary(keys.profile(user_id))
    assert register(site, user_id).json()["pending"] is True
    assert cluster.client.get(email_keys.claim(f"{user_id}@example.com")) == user_id
    for node in cluster.nodes:
        if not node.is_running:
            node.start()
    cluster.wait_until_healthy()
    monitor.probe_once()
    monitor.probe_once()
    assert drain().applied == 1
    assert selectors.user_by_email(email=f"{user_id}@example.com").id == user_id


def test_a_moved_slot_is_followed(site, cluster):
    save(site, "u1", "chat_1_aaaaaaaaa")
    target = cluster.move_slot(keys.profile("u1"))
    assert save(site, "u1", "chat_2_aaaaaaaaa").json().get("fallback") is None
    assert dashboard(site, "u1")["data"]["conversations"] == 2
    assert connection.primary_of([keys.profile("u1")]) == target.name


def test_unproven_writes_are_applied_again_where_their_slot_moved_to_even_if_they_were_lost(site, cluster):
    drain()  # marks the database
    save(site, "u1", "chat_1_aaaaaaaaa")
    journal().flush()
    assert journal().admin.status().applied == 1
    target = cluster.move_slot(keys.profile("u1"))
    moved = target.client.keys("user:{u1}:*")
    assert target.client.delete(*moved) == len(moved) > 5
    wait_until(lambda: drain().fenced)
    assert journal().admin.status().applied == 0
    assert dashboard(site, "u1")["data"]["conversations"] == 1
    assert target.client.zrange(keys.conversations("u1"), 0, -1) == ["chat_1_aaaaaaaaa"]


def test_while_a_slot_moves_to_a_new_node_single_keys_are_served_and_writes_are_pending(site, cluster):
    register(site, "u1")
    save(site, "u1", "chat_1_aaaaaaaaa")
    target = cluster.add_node()
    cluster.begin_to_move_slot(keys.profile("u1"), target)
    source = cluster.primary_of(keys.profile("u1"))
    source.client.execute_command("MIGRATE", "127.0.0.1", target.port, keys.profile("u1"), 0, 5000)
    assert "u1@example.com" in read_profile()
    assert save(site, "u1", "chat_2_aaaaaaaaa").json()["pending"] is True
    assert registry.current().is_healthy
    assert dashboard(site, "u1")["pending"] == 1
    cluster.finish_moving_slot(keys.profile("u1"), target)
    wait_until(lambda: drain().applied)
    shown = dashboard(site, "u1")
    assert (shown["data"]["conversations"], shown["redisHealthy"]) == (2, True)
    assert target.name in connection.primaries()
    monitor.probe_once()
    assert registry.current().is_healthy


@pytest.mark.parametrize("how", ["kill", "demote"])
def test_after_a_failover_operations_go_to_the_new_primary(site, cluster, how):
    save(site, "u1", "chat_1_aaaaaaaaa")
    monitor.monitor.start()
    try:
        replica = cluster.fail_over(keys.profile("u1"), how=how)
        wait_until(
            lambda: registry.current().is_healthy and connection.primary_of([keys.profile("u1")]) == replica.name
        )
        assert save(site, "u1", "chat_2_aaaaaaaaa").json().get("fallback") is None
        assert dashboard(site, "u1")["data"]["conversations"] == 2
    finally:
        monitor.monitor.stop()


def test_a_dead_primary_does_not_affect_users_of_other_primaries(site, cluster):
    other = user_on_another_primary(cluster)
    for user_id in ("u1", other):
        save(site, user_id, "chat_1_aaaaaaaaa")
    cluster.kill_primary(keys.profile("u1"))
    saved = save(site, "u1", "chat_2_aaaaaaaaa").json()
    assert (saved["fallback"], saved["pending"]) == (True, True)
    assert dashboard(site, "u1")["pending"] == 1
    assert save(site, other, "chat_2_aaaaaaaaa").json().get("fallback") is None
    shown = dashboard(site, other)
    assert (shown["data"]["conversations"], shown.get("stale")) == (2, None)
    assert not registry.breaker_for([keys.profile("u1")]).health.is_reachable
    assert registry.breaker_for([keys.profile(other)]).health.is_healthy
    assert not registry.current().is_healthy
    with pytest.raises(RedisUnavailable):
        list(selectors.users())


def test_a_pending_deletion_refuses_a_save_although_another_primary_is_away(site, cluster, keep):
    keep(chat_writes.deletion(user_id="u1", conversation_id="chat_1_aaaaaaaaa", at=clock.now_ms()))
    other = user_on_another_primary(cluster)
    read_profile(other)
    breaker = registry.breaker_for([keys.profile(other)])
    for _ in range(MISSES_TO_OPEN):
        breaker.probe_missed("no answer")
    assert registry.breaker_for([keys.profile("u1")]).health.is_healthy
    assert not registry.current().is_healthy
    assert save(site, "u1", "chat_1_aaaaaaaaa").status_code == 409


def test_callers_of_a_hung_primary_are_freed_and_no_others(site, cluster, settings):
    other = user_on_another_primary(cluster)
    settings.AIRA_REQUEST_BUDGET_S = None  # so only the monitor can end the wait
    for user_id in ("u1", other):
        save(site, user_id, "chat_1_aaaaaaaaa")
    hung = [cluster.primary_of(keys.profile("u1")), cluster.replica_of(keys.profile("u1"))]
    monitor.monitor.start()
    try:
        for node in hung:
            node.pause()
        with within(deadline(promised_s=1.5)):
            saved = save(site, "u1", "chat_2_aaaaaaaaa").json()
        assert saved["pending"] is True
        assert save(site, other, "chat_2_aaaaaaaaa").json().get("fallback") is None
        for node in hung:
            node.resume()
        wait_until(lambda: registry.current().is_healthy)
    finally:
        monitor.monitor.stop()


def test_only_callers_of_the_given_primary_are_freed(cluster, connect_to):
    connect_to(AIRA_REDIS_TIMEOUT_S=600, AIRA_REDIS_RETRIES=0)
    other = user_on_another_primary(cluster)
    freed: list[str] = []

    def call(user_id):
        with pytest.raises(OutcomeUnknown):
            read_profile(user_id)
        freed.append(user_id)

    owners = [cluster.primary_of(keys.profile(user_id)) for user_id in ("u1", other)]
    for user_id in ("u1", other):
        read_profile(user_id)
    for owner in owners:
        owner.pause()
    callers = [threading.Thread(target=call, args=(user_id,)) for user_id in ("u1", other)]
    before = number_blocked()
    for caller in callers:
        caller.start()
    primary = connection.primary_of([keys.profile("u1")])
    wait_until(lambda: number_blocked() >= before + 2)
    connection.free_blocked_callers(primary)
    joined(callers[0])
    assert freed == ["u1"]
    connection.free_blocked_callers(connection.primary_of([keys.profile(other)]))
    joined(callers[1])
    assert freed == ["u1", other]


def test_a_probe_whose_slot_moved_refreshes_the_topology_and_opens_no_breaker(cluster):
    read_profile()
    monitor.probe_once()
    primary = connection.primaries()[0]
    key = connection.key_at(primary, "aira:probe")
    cluster.move_slot(key)
    monitor.watch_once()
    assert registry.current().is_healthy
    assert connection.key_at(primary, "aira:probe") != key
    assert monitor.probe_once()


def test_the_probe_notices_a_demotion_and_opens_no_breaker(cluster):
    read_profile()
    new = cluster.fail_over(keys.profile("u1"), how="demote")
    monitor.watch_once()
    assert registry.current().is_healthy
    assert connection.primary_of([keys.profile("u1")]) == new.name
    assert len(registry.breakers()) == len(connection.primaries()) == 3


def test_a_pinned_connection_reports_that_its_server_lost_the_slot(cluster):
    read_profile()
    old = connection.primary_of([keys.profile("u1")])
    target = cluster.move_slot(keys.profile("u1"))

    def read_there():
        with connection.connection_to(old) as client:
            client.hgetall(keys.profile("u1"))

    with pytest.raises(SlotMoving):
        read_there()
    assert connection.primary_of([keys.profile("u1")]) == target.name


def test_all_primaries_are_probed_at_once(cluster, monkeypatch):
    read_profile()
    monitor.probe_once()
    for node in cluster.nodes:
        node.pause()
    probe, meeting = connection.probe, threading.Barrier(3, timeout=PATIENCE_S)

    def probe_with_the_others(*args, **options):
        meeting.wait()  # probes one after the other would never meet
        return probe(*args, **options)

    monkeypatch.setattr(connection, "probe", probe_with_the_others)
    monitor.probe_once()
    monkeypatch.undo()
    monitor.watch_once()
    assert not any(breaker.health.is_reachable for breaker in registry.breakers().values())
    assert len(registry.breakers()) == 3


def attempts(caplog):
    return [record.getMessage() for record in caplog.records if RETRYING in record.getMessage()]


def read_profile(user_id="u1"):
    return connection.run_script(script("accounts.profile.1"), [keys.profile(user_id)], [])


def test_an_operation_on_a_dead_node_has_exactly_four_attempts_each_logged(cluster, caplog):
    read_profile()
    cluster.kill_primary(keys.profile("u1"))
    caplog.clear()
    with pytest.raises(RedisUnavailable):
        read_profile()
    assert [line.partition("attempt=")[2][0] for line in attempts(caplog)] == ["1", "2", "3"]
    assert all("operation=accounts.profile.1" in line for line in attempts(caplog))
    assert "Redis operation failed. operation=accounts.profile.1" in caplog.text


def test_a_command_is_sent_exactly_four_times_to_a_node_that_closes_every_connection(cluster):
    read_profile()
    owner = cluster.kill_primary(keys.profile("u1"))
    sent = []
    with socket.create_server(("127.0.0.1", owner.port)) as listener:
        threading.Thread(target=end_every_connection, args=(listener, sent), daemon=True).start()
        with pytest.raises(OutcomeUnknown):
            read_profile()
        listener.shutdown(socket.SHUT_RDWR)
    assert [command.count(b"EVALSHA") for command in sent if b"EVALSHA" in command] == [1] * 4


def end_every_connection(listener, sent):
    with contextlib.suppress(OSError):
        while True:
            client, _ = listener.accept()
            with client:
                sent.append(client.recv(65536))


def test_the_first_operation_on_a_dead_cluster_has_exactly_four_attempts(cluster, connect_to, caplog):
    endpoint = cluster.endpoint
    for node in cluster.nodes:
        node.stop()
    connect_to(endpoint, AIRA_REDIS_RETRY_DELAY_MS=6)
    assert connection.primaries() == (connection.ONLY,)
    with pytest.raises(RedisUnavailable) as caught:
        read_profile()
    assert not isinstance(caught.value, OutcomeUnknown)
    assert len(attempts(caplog)) == 3
    monitor.probe_once()
    monitor.probe_once()
    assert not registry.current().is_reachable


def test_while_one_thread_reads_the_slots_others_wait_within_their_budget(cluster, connect_to, monkeypatch):
    endpoint = cluster.endpoint
    for node in cluster.nodes:
        node.pause()
    connect_to(endpoint, AIRA_REDIS_RETRIES=0, AIRA_REDIS_RETRY_DELAY_MS=8)
    monkeypatch.setattr("redis_models.connection.cluster.TOPOLOGY_TIMEOUT_S", 600.0)
    first = threading.Thread(target=tried, args=(read_profile,))
    first.start()
    wait_until(connection.client.deployment().making.locked)
    with budget(0.05):
        assert type(failure(read_profile)) is BudgetSpent
    assert connection.client.deployment().making.locked(), "the first thread is still connecting"
    for node in cluster.nodes:
        node.resume()
    joined(first)


def tried(operation):
    with contextlib.suppress(RedisUnavailable):
        operation()


def failure(operation):
    with pytest.raises(RedisUnavailable) as caught:
        operation()
    return caught.value


def test_a_hung_node_blocks_an_operation_no_longer_than_its_budget(cluster):
    read_profile()
    hung = cluster.primary_of(keys.profile("u1"))
    hung.pause()
    with lasting(0.25), within(deadline(promised_s=0.3)), budget(0.3), pytest.raises(OutcomeUnknown):
        read_profile()


def test_a_cluster_that_is_down_is_not_reported_as_an_error_of_the_script(cluster):
    read_profile()
    for node in cluster.nodes:
        node.client.config_set("cluster-require-full-coverage", "yes")
    try:
        other = user_on_another_primary(cluster)
        cluster.kill_primary(keys.profile("u1"))
        wait_until(lambda: "cluster_state:fail" in cluster.primary_of(keys.profile(other)).cluster("INFO"))
        with pytest.raises(RedisUnavailable) as caught:
            read_profile(other)
        assert type(caught.value) is RedisUnavailable
    finally:
        for node in cluster.nodes:
            if node.is_running:
                node.client.config_set("cluster-require-full-coverage", "no")


def test_keys_of_two_users_in_one_script_are_refused_before_anything_is_sent(cluster, caplog):
    with pytest.raises(ScriptFailed):
        connection.run_script(script("accounts.profile.1"), [keys.profile("u1"), keys.profile("u2")], [])
    assert attempts(caplog) == []


def test_a_url_of_the_wrong_kind_of_server_is_reported_with_the_right_scheme(cluster, sentinel_deployment, connect_to):
    connect_to(Endpoint(url=f"unix://{cluster.nodes[0].socket}", display="", variable="REDIS_URL"))
    elsewhere = next(f"u{n}" for n in range(100) if cluster.primary_of(f"user:u{n}:profile") != cluster.nodes[0])
    with pytest.raises(RedisRefusing, match=r"write redis\+cluster://"):
        read_profile(elsewhere)
    url = f"redis+cluster://{sentinel_deployment.primary.name}"
    connect_to(endpoint_from({"REDIS_URL": url}, embedded_url=""))
    with pytest.raises(RedisRefusing, match="write redis://"):
        read_profile()


def test_a_pinned_connection_goes_to_the_owner_of_the_keys(cluster):
    owner = cluster.primary_of(keys.profile("u1"))
    read_profile()
    primary = connection.primary_of([keys.profile("u1")])
    assert primary == owner.name
    with connection.connection_to(primary) as client:
        pipeline = client.pipeline(transaction=False)
        pipeline.set(connection.key_at(primary, "aira:fence"), "1").client_id()
        _, first = pipeline.execute()
        assert client.client_id() == first
        assert client.info("server")["tcp_port"] == owner.port


def test_each_primary_is_probed_with_a_key_of_its_own(cluster):
    read_profile()
    probes = {primary: connection.key_at(primary, "aira:probe") for primary in connection.primaries()}
    assert len(probes) == 3
    assert {primary: cluster.primary_of(key).name for primary, key in probes.items()} == {n: n for n in probes}


def test_the_health_check_of_the_site_works(site, cluster):
    assert site.get("/api/health/redis").json()["tests"] == {"set": True, "get": True, "delete": True}
    assert APIClient().get("/ready").json()["redisHealthy"] is True


def redis_health(*arguments):
    out = io.StringIO()
    call_command("redis_health", *arguments, stdout=out)
    return out.getvalue()


def test_the_health_command_shows_primaries_with_their_slots_and_replicas(cluster):
    facts = json.loads(redis_health("--json"))
    assert facts["healthy"] is True
    servers = facts["servers"]
    primaries = {each["name"]: each["slots"] for each in servers if each["role"] == "primary"}
    assert sum(primaries.values()) == 16384
    followed = [each["follows"] for each in servers if each["role"] == "replica"]
    assert sorted(followed) == sorted(primaries)
    assert all(each["up"] for each in servers)
    assert next(iter(primaries)) in redis_health()


def test_the_health_command_ends_with_status_1_if_one_primary_is_down(cluster):
    read_profile()
    dead = cluster.kill_primary(keys.profile("u1"))
    out = io.StringIO()
    with pytest.raises(CommandError, match="Redis is not healthy"):
        call_command("redis_health", "--json", stdout=out)
    servers = json.loads(out.getvalue())["servers"]
    assert [each["name"] for each in servers if each["role"] == "primary" and not each["up"]] == [dead.name]


def test_a_thread_does_not_wait_while_another_reads_the_topology(cluster):
    client = connection.client.deployment().client()
    known = connection.primaries()
    with client.refreshing:
        client.refresh()
    assert connection.primaries() == known
