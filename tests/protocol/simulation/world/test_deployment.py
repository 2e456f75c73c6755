"""Simulated servers keep, copy, prove and lose writes as real ones do."""

import re
from random import Random

import pytest

from redis_models.operations.scripts import script
from tests.protocol.simulation.world.baton import Baton, run_with
from tests.protocol.simulation.world.deployment import Deployment
from tests.protocol.simulation.world.keyspace import logging_effects
from tests.protocol.simulation.world.server import Blocked, Offset


@pytest.fixture(autouse=True)
def baton():
    made = Baton(Random(1), on_turn=lambda task: None)
    run_with(made)
    with logging_effects():
        yield made


@pytest.fixture
def here(baton):
    return Deployment(baton, replicas=2, has_disk=True)


def reply(server, *command, offset=None):
    """Return the reply to the command; that of a blocked one as it is now."""
    found = server.run([each.encode() for each in command], offset or Offset())
    return found.now() if isinstance(found, Blocked) else found


def test_a_script_runs_if_the_server_knows_it(here):
    source = "return redis.call('SET', KEYS[1], ARGV[1])"
    assert reply(here.primary, "EVALSHA", "0" * 40, "0").startswith(b"-NOSCRIPT")
    sha = reply(here.primary, "SCRIPT", "LOAD", source).split()[1].decode()
    assert reply(here.primary, "EVALSHA", sha, "1", "k", "v") == b"$2\r\nOK\r\n"
    assert reply(here.primary, "EVAL", "return redis.call('GET', KEYS[1])", "1", "k") == b"$1\r\nv\r\n"
    assert reply(here.primary, "EVAL", "return redis.call('NONE')", "0").startswith(b"-ERR user_script:1: ")


def test_a_killed_server_has_what_its_disk_has(here):
    old = reply(here.primary, "INFO")
    reply(here.primary, "SET", "synced", "1")
    here.sync(here.primary)
    reply(here.primary, "SET", "lost", "1")
    here.kill(here.primary)
    here.restart(here.primary)
    assert reply(here.primary, "GET", "synced") == b"$1\r\n1\r\n"
    assert reply(here.primary, "GET", "lost") == b"$-1\r\n"
    assert reply(here.primary, "INFO") != old


def test_a_server_without_a_disk_is_empty_after_a_kill(baton):
    here = Deployment(baton, replicas=0, has_disk=False)
    reply(here.primary, "SET", "k", "1")
    assert reply(here.primary, "WAITAOF", "1", "0", "100").startswith(b"-ERR")
    here.kill(here.primary)
    here.restart(here.primary)
    assert reply(here.primary, "GET", "k") == b"$-1\r\n"


def test_a_promoted_replica_has_what_it_had_copied(here):
    first, second, third = here.servers
    reply(first, "SET", "copied", "1")
    here.replicate(first)
    reply(first, "SET", "lost", "1")
    here.promote(second)
    assert reply(second, "GET", "copied") == b"$1\r\n1\r\n"
    assert reply(second, "GET", "lost") == b"$-1\r\n"
    assert reply(third, "SET", "k", "1").startswith(b"-READONLY")
    assert reply(first, "SET", "too late", "1").startswith(b"+OK")
    here.follow(first)
    assert reply(first, "GET", "lost") == b"$-1\r\n"
    assert list(here.followers_of(second)) == [first, third]


def test_wait_counts_the_replicas_that_have_what_the_connection_wrote(here):
    offset = Offset()
    reply(here.primary, "SET", "k", "1", offset=offset)
    here.cut.add(here.servers[1].name)
    assert reply(here.primary, "WAIT", "2", "100", offset=offset) == b":1\r\n"
    here.cut.clear()
    assert reply(here.primary, "WAIT", "2", "100", offset=offset) == b":2\r\n"


def test_waitaof_counts_the_disks(here):
    offset = Offset()
    reply(here.primary, "SET", "k", "1", offset=offset)
    here.lazy.add(here.primary.name)
    assert reply(here.primary, "WAITAOF", "1", "0", "100", offset=offset) == b"*2\r\n:0\r\n:0\r\n"
    here.lazy.clear()
    assert reply(here.primary, "WAITAOF", "1", "0", "100", offset=offset) == b"*2\r\n:1\r\n:0\r\n"
    here.settle()
    assert reply(here.primary, "WAITAOF", "1", "2", "100", offset=offset) == b"*2\r\n:1\r\n:2\r\n"


def test_a_replicas_disk_lags_behind_its_memory(here):
    replica = here.servers[1]
    here.lazy.add(replica.name)
    reply(here.primary, "SET", "k", "1")
    here.settle()
    assert (len(replica.log), replica.synced) == (1, 0)


@pytest.mark.parametrize("name", ["unfinished_note.1", "unfinished_take.1", "erasures.1"])
def test_a_minute_of_a_script_is_shorter(here, name):
    source = script(f"redis_models.{name}").source
    reply(here.primary, "SCRIPT", "LOAD", source)
    (loaded,) = here.primary.scripts.values()
    lines = zip(source.splitlines(), loaded.source.splitlines(), strict=True)
    ((minute, shorter),) = [(line, changed) for line, changed in lines if line != changed]
    assert shorter == re.sub(r"60000(000)?$", "5000", minute)
