import pytest

from redis_models import connection, writer
from redis_models.endpoint import endpoint_from
from redis_models.health import clock, monitor, registry
from redis_models.journal import journal
from redis_models.replay.drain import drain
from tests.support.waiting import deadline, wait_until


def test_a_probe_of_a_healthy_server_measures_its_clock(valkey):
    monitor.probe_once()
    assert registry.current().is_healthy
    assert abs(registry.current().clock_offset_ms) < 1000


def test_the_time_is_the_servers(valkey, monkeypatch):
    registry.breaker_for([]).probe_answered(clock_offset_ms=300_000, refusal="")
    monkeypatch.setattr(clock, "steady_ms", lambda: 1_795_423_341_000)
    assert clock.now_ms() == 1_795_423_341_000 + 300_000


@pytest.mark.parametrize("kind", ["stop", "pause"])
def test_two_missed_probes_mean_that_it_is_away_and_one_answer_that_it_is_back(valkey, caplog, kind):
    getattr(valkey, kind)()
    monitor.probe_once()
    assert registry.current().is_reachable
    monitor.probe_once()
    assert not registry.current().is_healthy
    valkey.start() if kind == "stop" else valkey.resume()
    monitor.probe_once()
    assert registry.current().is_healthy
    changes = [record.getMessage() for record in caplog.records if "Redis is" in record.getMessage()]
    assert [change.partition(".")[0] for change in changes] == ["Redis is not healthy", "Redis is healthy"]


def test_a_full_server_is_reachable_and_not_writable(valkey):
    valkey.client.config_set("maxmemory", "1")
    try:
        monitor.probe_once()
    finally:
        valkey.client.config_set("maxmemory", "0")
    assert registry.current().is_reachable
    assert not registry.current().is_writable
    assert "OOM" in registry.current().reason


@pytest.fixture
def proven(valkey):
    """Prove the mark of the database to this process's journal."""
    drain()


def test_after_a_flush_one_probe_means_away_until_the_mark_is_back(valkey, proven, caplog):
    monitor.probe_once()
    mark = valkey.client.get("aira:database")
    valkey.client.flushall()
    monitor.probe_once()
    assert not registry.current().is_reachable
    assert "lost its mark" in registry.current().reason
    assert "Redis is not healthy. reason=The database has lost its mark" in caplog.text
    valkey.client.set("aira:database", mark)
    monitor.probe_once()
    assert registry.current().is_healthy


def test_another_database_means_away_at_the_first_probe(valkey, proven):
    valkey.client.set("aira:database", "another.1")
    monitor.probe_once()
    assert "not the one" in registry.current().reason


def test_a_new_epoch_means_that_applied_rows_are_pending_and_nobody_is_away(valkey, proven, plan_write, status):
    writer.submit(plan_write())
    valkey.client.flushall()
    valkey.client.set("aira:database", "tests.2")
    journal().flush()
    assert status().applied == 1
    monitor.probe_once()
    assert registry.current().is_healthy
    assert (status().applied, status().pending) == (0, 1)


def test_a_probe_marks_an_empty_database(valkey):
    valkey.client.flushall()
    monitor.probe_once()
    assert registry.current().is_healthy
    assert journal().mark.noted().mark == valkey.client.get("aira:database")


def test_a_probe_that_cannot_write_a_mark_means_away(valkey):
    valkey.client.flushall()
    valkey.client.config_set("maxmemory", "1")
    try:
        monitor.probe_once()
    finally:
        valkey.client.config_set("maxmemory", "0")
    assert registry.current().reason == "Redis refuses writes at the moment."
    assert not registry.current().is_reachable


def test_while_the_monitor_runs_only_its_probe_closes_the_breaker(valkey):
    breaker = registry.breaker_for([])
    monitor.monitor.start()
    assert breaker.is_monitored
    monitor.monitor.stop()
    assert not breaker.is_monitored


def test_a_hang_is_noticed_within_about_a_second(valkey, connect_to, monkeypatch):
    monkeypatch.setattr(monitor, "PROBE_TIMEOUT_S", 0.3)
    connect_to(AIRA_REDIS_RETRY_DELAY_MS=9)  # a changed time-out needs a new client for the probe
    monitor.monitor.start()
    try:
        assert registry.current().is_healthy
        valkey.pause()
        wait_until(lambda: not registry.current().is_reachable, at_most_s=deadline(promised_s=1))
        valkey.resume()
        wait_until(lambda: registry.current().is_healthy, at_most_s=deadline(promised_s=2))
    finally:
        monitor.monitor.stop()


def test_one_check_of_a_server_that_is_away_opens_the_breaker(valkey):
    valkey.stop()
    monitor.watch_once()
    assert not registry.current().is_reachable


def test_a_breaker_made_while_the_monitor_runs_waits_for_the_probe(valkey):
    monitor.monitor.start()
    registry.forget()
    assert registry.breaker_for([]).is_monitored
    monitor.monitor.stop()


def test_a_cluster_that_was_never_reached_is_tried_again(connect_to):
    connect_to(endpoint_from({"REDIS_URL": "redis+cluster://127.0.0.1:1"}, embedded_url=""))
    monitor.watch_once()
    assert not registry.current().is_reachable
    assert list(registry.breakers()) == [connection.ONLY]
