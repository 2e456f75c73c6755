import pytest

from redis_models.errors import RedisReadOnly, RedisUnavailable
from redis_models.health.breaker import Breaker


class Clock:
    now = 100.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def opened():
    """Collects one entry each time the breaker opens."""
    return []


@pytest.fixture
def breaker(clock, opened):
    """A breaker in a process with a monitor."""
    made = Breaker(on_open=lambda: opened.append(clock.now), clock=clock)
    made.is_monitored = True
    return made


def lost():
    return RedisUnavailable("away")


def test_it_begins_closed(breaker):
    breaker.check_read()
    breaker.check_write()
    assert breaker.health.is_healthy


def test_two_missed_probes_in_a_row_open_it_once(breaker, opened):
    breaker.probe_missed("away")
    assert breaker.health.is_reachable
    breaker.probe_missed("away")
    breaker.probe_missed("away")
    assert not breaker.health.is_healthy
    assert len(opened) == 1
    with pytest.raises(RedisUnavailable):
        breaker.check_read()


def test_an_answered_probe_between_two_missed_ones_keeps_it_closed(breaker):
    breaker.probe_missed("away")
    breaker.probe_answered(clock_offset_ms=0, refusal="")
    breaker.probe_missed("away")
    assert breaker.health.is_reachable


def test_five_failed_operations_in_a_row_open_it(breaker, opened):
    for _ in range(4):
        breaker.operation_failed(lost())
    assert breaker.health.is_reachable
    breaker.operation_failed(lost())
    assert not breaker.health.is_reachable
    assert len(opened) == 1


def test_a_successful_operation_between_failed_ones_keeps_it_closed(breaker):
    for _ in range(4):
        breaker.operation_failed(lost())
    breaker.operation_worked()
    breaker.operation_failed(lost())
    assert breaker.health.is_reachable


def test_while_a_monitor_runs_only_a_probe_closes_it(breaker, clock):
    breaker.probe_missed("away")
    breaker.probe_missed("away")
    breaker.operation_worked()
    clock.now += 60
    with pytest.raises(RedisUnavailable):
        breaker.check_read()
    breaker.probe_answered(clock_offset_ms=12, refusal="")
    breaker.check_write()
    assert breaker.health.clock_offset_ms == 12


def test_a_server_that_refuses_writes_still_answers_reads(breaker):
    breaker.probe_answered(clock_offset_ms=0, refusal="OOM command not allowed")
    breaker.check_read()
    assert not breaker.health.is_healthy
    with pytest.raises(RedisReadOnly):
        breaker.check_write()


def test_a_refused_write_makes_it_read_only_and_not_open(breaker, opened):
    breaker.operation_failed(RedisReadOnly("refused"))
    breaker.check_read()
    with pytest.raises(RedisReadOnly):
        breaker.check_write()
    assert opened == []


def test_without_a_monitor_the_first_failure_opens_it_and_a_trial_closes_it(breaker, clock):
    breaker.is_monitored = False
    breaker.operation_failed(lost())
    with pytest.raises(RedisUnavailable):
        breaker.check_read()
    clock.now += 0.5
    breaker.check_read()
    with pytest.raises(RedisUnavailable):
        breaker.check_read()
    breaker.operation_worked()
    breaker.check_write()


def test_without_a_monitor_a_write_is_tried_again_on_a_server_that_refused_one(breaker, clock):
    breaker.is_monitored = False
    breaker.operation_failed(RedisReadOnly("refused"))
    breaker.check_write()
    with pytest.raises(RedisReadOnly):
        breaker.check_write()
    breaker.operation_worked()
    breaker.check_write()


@pytest.mark.parametrize("order", [("refused", "away"), ("away", "refused")])
def test_without_a_monitor_a_write_is_tried_again_after_any_errors(breaker, clock, order):
    breaker.is_monitored = False
    errors = {"refused": RedisReadOnly("refused"), "away": lost()}
    for name in order:
        breaker.operation_failed(errors[name])
    for _ in range(3):
        clock.now += 0.5
        breaker.check_write()
        with pytest.raises(RedisUnavailable):
            breaker.check_write()
    breaker.operation_worked()
    breaker.check_write()


def test_a_server_that_refuses_writes_is_reachable(breaker):
    breaker.is_monitored = False
    breaker.operation_failed(lost())
    breaker.operation_failed(RedisReadOnly("refused"))
    breaker.check_read()


def test_a_certain_refusal_is_known_in_advance_only_while_a_monitor_runs(breaker):
    breaker.probe_missed("no answer")
    breaker.probe_missed("no answer")
    breaker.is_monitored = False
    assert breaker.refusal() is None
    breaker.is_monitored = True
    assert type(breaker.refusal()) is RedisUnavailable
    breaker.probe_answered(clock_offset_ms=0, refusal="OOM")
    assert type(breaker.refusal()) is RedisReadOnly
    breaker.probe_answered(clock_offset_ms=0, refusal="")
    assert breaker.refusal() is None


def test_a_lost_database_opens_it_at_once_until_a_probe_finds_it_again(breaker, opened):
    breaker.probe_answered(clock_offset_ms=0, refusal="")
    assert breaker.knows_database
    breaker.database_lost("it is empty", clock_offset_ms=12)
    assert not breaker.knows_database
    assert not breaker.health.is_writable
    assert (breaker.health.reason, breaker.health.clock_offset_ms) == ("it is empty", 12)
    for check in (breaker.check_read, breaker.check_write):
        with pytest.raises(RedisUnavailable):
            check()
    breaker.operation_worked()
    assert not breaker.health.is_healthy
    assert opened == [], "the server answers: nobody waits for it"
    breaker.probe_answered(clock_offset_ms=0, refusal="")
    breaker.check_read()


def test_a_probe_that_could_not_read_the_mark_closes_it_unless_the_database_is_lost(breaker):
    breaker.probe_answered(clock_offset_ms=5, refusal="")
    breaker.probe_missed("away")
    breaker.probe_missed("away")
    breaker.probe_moved()
    assert (breaker.health.is_healthy, breaker.health.clock_offset_ms) == (True, 5)
    breaker.database_lost("it is empty")
    breaker.probe_moved()
    assert breaker.health.reason == "it is empty"


def test_after_an_outage_the_mark_is_to_be_read_again(breaker):
    breaker.is_monitored = False
    breaker.database_known()
    breaker.operation_failed(lost())
    breaker.operation_worked()
    assert breaker.health.is_healthy
    assert not breaker.knows_database
