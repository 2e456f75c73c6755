"""How each protection is switched off, and the test that must notice."""

from dataclasses import dataclass

_LOST_REPLY = "tests/faults/test_network.py::test_no_acknowledged_save_is_lost_or_counted_twice[eat the reply]"
_ANY_ORDER = "tests/flows/test_commutation.py::test_writes_in_any_order_with_repetitions_leave_one_state[valkey]"


@dataclass(frozen=True, slots=True)
class Mutation:
    """A protection's text in a file (exactly once), what stands there without it, and the test that must fail then."""

    protection: str
    file: str
    protected: str
    unprotected: str
    test: str


MUTATIONS = (
    Mutation(
        protection="derived counts",
        file="dashboard/lua/stats.lua",
        protected="conversations_base + redis.call('ZCARD', conversations_key)",
        unprotected="whole(had[1]) + 1",
        test=_LOST_REPLY,
    ),
    Mutation(
        protection="message ids",
        file="chat/lua/save.1.lua",
        protected="if redis.call('HSETNX', KEYS[9], ARGV[i], '1') == 1 then",
        unprotected="if redis.call('HSET', KEYS[9], ARGV[i], '1') >= 0 then",
        test=_LOST_REPLY,
    ),
    Mutation(
        protection="time guard",
        file="redis_models/lua/order.lua",
        protected="if at ~= tonumber(other_at) then return at > tonumber(other_at) end",
        unprotected="if at ~= tonumber(other_at) then return true end",
        test="tests/flows/test_operations.py::test_update_mood_score_keeps_the_latest",
    ),
    Mutation(
        protection="tombstone",
        file="chat/lua/save.1.lua",
        protected="if redis.call('ZSCORE', KEYS[6], id) then",
        unprotected="if false then",
        test=_ANY_ORDER,
    ),
    Mutation(
        protection="socket shutdown",
        file="redis_models/connection/policy.py",
        protected="socket.socket.shutdown(sock, socket.SHUT_RDWR)",
        unprotected="pass",
        test="tests/redis_models/test_connection_policy.py"
        "::test_callers_blocked_on_a_hung_server_are_freed_and_not_tried_again",
    ),
    Mutation(
        protection="budget per read",
        file="redis_models/connection/policy.py",
        protected='options |= {"timeout": self.socket_timeout, "disconnect_on_error": True}',
        unprotected='options |= {"timeout": self._socket_timeout, "disconnect_on_error": True}',
        test="tests/redis_models/test_connection_policy.py"
        "::test_a_hung_server_holds_a_request_no_longer_than_its_budget",
    ),
    Mutation(
        protection="complete snapshot",
        file="redis_models/snapshot.py",
        protected='if completeness != "complete":',
        unprotected="if False:",
        test="tests/redis_models/test_shadow.py::test_a_user_too_large_for_a_snapshot_has_none",
    ),
)
