"""Telling errors of the server from errors of a row: by the error code, inside a script by its text."""

import pytest
from redis import exceptions

from redis_models import connection
from redis_models.connection.translation import translation
from redis_models.errors import RedisReadOnly, RedisRefusing, RedisUnavailable, ScriptFailed, UnknownReply
from redis_models.health import monitor, registry
from redis_models.replay import drain

IN_SCRIPT = " script: on @user_script:1."


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("ACL failure in script: User aira has no permissions to run the 'hset' command" + IN_SCRIPT, "hset"),
        ("ACL failure in script: User aira has no permissions to run the 'config|get' command", "config|get"),
        ("User aira has no permissions to run the 'evalsha' command", "evalsha"),
        ("ACL failure in script: No permissions to access a key" + IN_SCRIPT, "a key or a command"),
        ("ACL failure in script: User aira has no permissions to access the 'user:u1:profile' key", "a key"),
        ("No permissions to access a key", "a key"),
        ("The user executing the script can't run this command or subcommand script: 1f", "a command"),
        ("The user executing the script can't access at least one of the keys mentioned in the command", "a key"),
        ("NOPERM this user has no permissions to access one of the keys used as arguments", "a key"),
        ("Unknown command called from script" + IN_SCRIPT, "does not know a command"),
        ("Unknown Redis command called from script script: 1f, on @user_script:1.", "does not know a command"),
        ("unknown command 'EVALSHA', with args beginning with: '1f'", "does not know a command"),
        ("NOAUTH Authentication required.", "check the password"),
    ],
)
def test_a_refusal_of_this_client_is_detected_by_its_text_and_names_no_key(text, named):
    found = translation(exceptions.ResponseError(text), "accounts.plan.1")
    assert type(found) is RedisRefusing
    assert named in str(found)
    assert "u1" not in str(found)


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (
            exceptions.ResponseError("OOM command not allowed when used memory is above it."),
            RedisReadOnly,
        ),
        (exceptions.ResponseError("MISCONF Errors writing to the AOF file" + IN_SCRIPT), RedisReadOnly),
        (exceptions.NoScriptError("No matching script."), RedisUnavailable),
        (exceptions.ResponseError("WRONGTYPE Operation against a key holding the wrong kind of value"), ScriptFailed),
        (exceptions.ResponseError("user_script:9: attempt to index a nil value" + IN_SCRIPT), ScriptFailed),
        (exceptions.ResponseError("This Valkey command is not allowed from script" + IN_SCRIPT), ScriptFailed),
        (exceptions.ResponseError("Error running script (call to f_1f): @user_script:9: nil value"), ScriptFailed),
        (exceptions.ResponseError("@user_script: 9: Wrong number of args calling Redis command"), ScriptFailed),
        (exceptions.ResponseError("hash value is not an integer" + IN_SCRIPT), ScriptFailed),
        (exceptions.ResponseError("value is not an integer or out of range" + IN_SCRIPT), ScriptFailed),
        (exceptions.ResponseError("Script attempted to access a non local key in a cluster node"), ScriptFailed),
        (exceptions.ResponseError("Command arguments must be strings or integers" + IN_SCRIPT), ScriptFailed),
        (exceptions.ResponseError("Please specify at least one argument for this call" + IN_SCRIPT), ScriptFailed),
        (exceptions.ResponseError("Write commands are not allowed from read-only scripts." + IN_SCRIPT), ScriptFailed),
        (exceptions.ResponseError("invalid expire time in 'set' command" + IN_SCRIPT), ScriptFailed),
        (exceptions.ResponseError("increment or decrement would overflow" + IN_SCRIPT), ScriptFailed),
        (exceptions.ResponseError("an error of tomorrow" + IN_SCRIPT), UnknownReply),
        (exceptions.ResponseError("QUOTA of this plan is used up" + IN_SCRIPT), UnknownReply),
        (exceptions.ResponseError("ERR max requests limit exceeded. Limit: 500000"), UnknownReply),
    ],
)
def test_other_errors_are_unchanged(error, kind):
    assert type(translation(error, "accounts.plan.1")) is kind


@pytest.mark.parametrize("rules", [("-evalsha", "-eval"), ("-set",), ("-time",), ("resetkeys", "~user:*")])
def test_a_probe_that_fails_in_any_way_means_unhealthy(permissions, rules):
    permissions(*rules)
    monitor.watch_once()
    assert not registry.current().is_healthy
    permissions("resetkeys", "~*", "+@all")
    monitor.watch_once()
    assert registry.current().is_healthy


@pytest.mark.parametrize(
    "reply", [b"$5\r\nhello\r\n", b"*1\r\n:1\r\n", b"*3\r\n+a\r\n+b\r\n+c\r\n", b":7\r\n", b"-ERR what\r\n"]
)
def test_a_server_that_answers_the_probe_with_something_else_is_unhealthy(answering, reply):
    answering(reply)
    monitor.watch_once()
    assert not registry.current().is_healthy


def test_a_server_that_forbids_info_applies_rows_and_proves_nothing(permissions, plan_write, keep, status):
    keep(plan_write())
    permissions("-info")
    assert drain.drain().applied == 1
    assert (status().pending, status().applied, status().dead_letters) == (0, 1, 0)
    assert status().durability.startswith("this client may not ask INFO")
    assert drain.drain().applied == 0
    (only,) = connection.topology()
    assert (only.role, only.is_up) == ("primary", True)
    permissions("+info")
    assert drain.drain().fenced == 1


def test_a_server_that_does_not_let_scripts_be_loaded_stops_the_drain(permissions, plan_write, keep, status):
    drain.drain()
    keep(plan_write())
    permissions("-script|load")
    assert "script|load" in drain.drain().stopped_by
    assert (status().pending, status().dead_letters) == (1, 0)


def test_scripts_flushed_during_a_drain_are_loaded_by_the_next_one(valkey, plan_write, keep, status, caplog):
    drain.drain()
    with connection.link_to(connection.ONLY) as link:
        call = connection.Call("accounts.plan.1", plan_write().keys, plan_write().argv)
        assert next(link.run([call]))[0] == "applied"
        valkey.client.script_flush()
        with pytest.raises(RedisUnavailable):
            next(link.run([call]))
    told = "Redis operation failed. operation=journal.drain error=NoScriptError result=RedisUnavailable"
    assert told in caplog.messages
    keep(plan_write(plan="premium", at=1_795_423_342_000))
    assert drain.drain().fenced == 1
    assert status().dead_letters == 0
