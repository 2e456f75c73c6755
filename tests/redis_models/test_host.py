"""A process has one host; a context can act as another one, and they share no state."""

from redis_models.health import registry
from redis_models.host import Host, current_host, state
from redis_models.testing import acting_as, fresh_host


class Counted:
    def __init__(self):
        self.count = 0


def test_a_host_has_one_instance_of_a_class():
    assert state(Counted) is state(Counted)


def test_two_hosts_in_one_process_share_no_state(valkey):
    own, other = current_host(), Host()
    registry.breaker_for([]).probe_missed("away")
    with acting_as(other) as acting:
        assert acting is current_host() is other
        assert not registry.breaker_for([]).is_in_doubt
    assert current_host() is own
    assert registry.breaker_for([]).is_in_doubt


def test_a_fresh_host_replaces_the_host_of_the_process_and_is_undone():
    own = current_host()
    with fresh_host() as made:
        assert current_host() is made
    assert current_host() is own
