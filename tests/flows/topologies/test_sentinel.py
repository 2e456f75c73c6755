"""The site behind real sentinels: a primary, 2 replicas, 3 sentinels."""

import io
import json

import pytest
from django.core.management import CommandError, call_command

from redis_models import connection
from redis_models.connection import one_server
from redis_models.errors import OutcomeUnknown, RedisUnavailable
from redis_models.health import monitor, registry
from redis_models.journal import journal
from redis_models.operations.scripts import script
from redis_models.replay.drain import drain
from tests.redis_models.connection.pools import idle_connections
from tests.support.topologies import wait_until

BODY = {"messages": [{"id": "m1", "role": "user", "content": "Hello", "timestamp": "2026-11-23T08:00:00.000Z"}]}


@pytest.fixture
def sentinels(sentinel_deployment, connect_to):
    """The deployment, to which this process is now connected."""
    connect_to(sentinel_deployment.endpoint)
    return sentinel_deployment


@pytest.fixture
def site(sentinels, trusted):
    return trusted


def save(site, chat_id):
    return site.post("/api/chat/save", BODY | {"userId": "u1", "chatId": chat_id}, format="json").json()


def dashboard(site):
    return site.get("/api/dashboard?userId=u1").json()


def pool():
    return one_server.get_redis_connection("default").connection_pool


def reconnect_to(node, connections):
    """Connect the connections to this server, as if its demotion had not closed them."""
    for each in connections:
        each.disconnect()
        each.host, each.port = "127.0.0.1", node.port
        each.connect_check_health(check_health=False)


@pytest.mark.parametrize("how", ["kill", "demote"])
def test_after_a_failover_all_operations_use_the_new_primary_without_a_restart(site, sentinels, how):
    save(site, "chat_1_aaaaaaaaa")
    monitor.monitor.start()
    try:
        new = sentinels.fail_over(how=how)
        wait_until(lambda: registry.current().is_healthy)
        wait_until(lambda: save(site, "chat_2_aaaaaaaaa").get("fallback") is None)
        wait_until(lambda: not journal().queue.is_needed() or drain().applied)
        assert dashboard(site)["data"]["conversations"] == 2
        assert new.client.hget("user:u1:stats", "conversations") == "2"
    finally:
        monitor.monitor.stop()


def test_a_pooled_connection_to_a_demoted_primary_is_replaced_by_one_to_the_new_primary(site, sentinels, caplog):
    save(site, "chat_1_aaaaaaaaa")
    old = sentinels.primary
    new = sentinels.fail_over(how="demote")
    reconnect_to(old, idle_connections(pool()))
    assert save(site, "chat_2_aaaaaaaaa").get("fallback") is None
    assert new.client.hget("user:u1:stats", "conversations") == "2"
    assert caplog.text.count("retrying. operation=chat.save.1") == 1


def test_the_probe_and_idle_connections_leave_a_demoted_primary(site, sentinels):
    save(site, "chat_1_aaaaaaaaa")
    for _ in range(2):  # the first may still find the primary of the previous test
        monitor.watch_once()
    old = sentinels.primary
    new = sentinels.fail_over(how="demote")
    probe = connection.client.deployment().probe_client(connection.ONLY, timeout_s=monitor.PROBE_TIMEOUT_S)
    idle = [*idle_connections(pool()), *idle_connections(probe.connection_pool)]
    assert len(idle) >= 2
    reconnect_to(old, idle)
    monitor.watch_once()
    assert not registry.current().is_writable
    monitor.watch_once()
    assert registry.current().is_healthy
    new.client.config_resetstat()
    assert dashboard(site)["redisHealthy"] is True
    assert new.client.info("commandstats")["cmdstat_evalsha"]["calls"] >= 1


def test_without_any_sentinel_nothing_is_sent_and_four_attempts_are_made(sentinels, connect_to, caplog):
    endpoint = sentinels.endpoint
    for sentinel in sentinels.sentinels:
        sentinel.stop()
    connect_to(endpoint, AIRA_REDIS_RETRY_DELAY_MS=6)
    with pytest.raises(RedisUnavailable) as caught:
        connection.run_script(script("accounts.profile.1"), ["user:u1:profile"], [])
    assert not isinstance(caught.value, OutcomeUnknown)
    assert caplog.text.count("retrying") == 3


def redis_health(*arguments):
    out = io.StringIO()
    call_command("redis_health", *arguments, stdout=out)
    return out.getvalue()


def test_the_health_command_shows_the_primary_its_replicas_and_the_sentinels(sentinels):
    sentinels.sentinels[2].stop()
    facts = json.loads(redis_health("--json"))
    assert facts["healthy"] is True
    by_role = {"primary": [], "replica": [], "sentinel": []}
    for each in facts["servers"]:
        by_role[each["role"]].append(each)
    (primary,) = by_role["primary"]
    assert (primary["name"], primary["up"]) == (sentinels.primary.name, True)
    assert [(each["follows"], each["up"]) for each in by_role["replica"]] == [(primary["name"], True)] * 2
    assert [each["up"] for each in by_role["sentinel"]] == [True, True, False]


def test_the_health_command_names_a_primary_that_is_down(sentinels):
    dead = sentinels.kill_primary()
    out = io.StringIO()
    with pytest.raises(CommandError, match="Redis is not healthy"):
        call_command("redis_health", "--json", stdout=out)
    servers = json.loads(out.getvalue())["servers"]
    assert [(each["name"], each["up"]) for each in servers if each["role"] == "primary"] == [(dead.name, False)]


def test_the_topology_can_be_refreshed_before_the_first_probe(site, sentinels):
    save(site, "chat_1_aaaaaaaaa")
    connection.refresh_topology()
    assert not any(each.is_connected for each in idle_connections(pool()))
    assert dashboard(site)["redisHealthy"] is True


def test_rows_stay_in_the_journal_while_a_replica_is_down(site, sentinels):
    drain()
    replica = next(node for node in sentinels.nodes if node.role == "slave")
    primary = next(node for node in sentinels.nodes if node.role == "master")
    replica.stop()
    wait_until(lambda: primary.client.info("replication")["connected_slaves"] == 1)
    save(site, "chat_1_aaaaaaaaa")
    done = drain()
    assert (done.applied, done.fenced) == (1, 0)
    status = journal().admin.status()
    assert (status.applied, "only 1 of 2 known replicas confirm writes" in status.durability) == (1, True)
    replica.start()
    wait_until(lambda: drain().fenced)
    assert journal().admin.status().durability == "proven"
