"""A script that is forbidden a command stops halfway; applied again with permission, it completes its work."""

import contextlib
import itertools
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts import writes as account_writes
from dashboard import writes as dashboard_writes
from dashboard.models import MoodEntry
from redis_models.errors import ScriptFailed
from redis_models.offline.local_redis.commands import COMMANDS
from redis_models.offline.local_redis.keyspace import CommandError
from redis_models.schema import keys
from tests.flows.writes.test_commutation import (
    BASE,
    INITIAL_DATA,
    USER,
    account_changes,
    execute,
    some_writes,
    state_after,
    state_of,
    thoroughly,
)
from tests.support.local import LocalClient

WRITING = sorted(
    name.decode()
    for name in COMMANDS
    if name.decode()[:1] in "DHLPRSUZ" and not name.endswith((b"GET", b"GETALL", b"CARD", b"LEN", b"SCORE", b"RANGE"))
)


def refuse(*_):
    raise CommandError("ERR ACL failure in script: User aira has no permissions to run the command")


IMPORTED = {
    "messages": (keys.of_conversation(USER, "c1")[1:3], ["m1", '{"id":"m1"}', "m9", '{"id":"m9"}']),
    "zset": ((keys.mood_history(USER),), ['{"score":1}', "5"]),
    "stats": ((keys.stats(USER),), ["conversations_base", "4"]),
}
imports = st.sampled_from(sorted(IMPORTED)).map(
    lambda kind: account_writes.importing(
        user_id=USER, token=kind, all_keys=IMPORTED[kind][0], kind=kind, elements=IMPORTED[kind][1], at=BASE
    )
)
ANY = st.one_of(
    some_writes(most=5), st.lists(account_changes, min_size=1, max_size=4), st.lists(imports, min_size=1, max_size=3)
)


@thoroughly
@given(some=ANY, onto=INITIAL_DATA, forbidden=st.sampled_from(WRITING))
def test_a_script_stopped_by_a_forbidden_command_is_complete_once_it_is_applied_again(some, onto, forbidden):
    expected = state_after(LocalClient(), acknowledged(some), onto=onto)
    store = LocalClient()
    state_after(store, [], onto=onto)
    with pytest.MonkeyPatch.context() as patched:
        patched.setitem(COMMANDS, forbidden.encode(), refuse)
        for write in some:
            cut_short(store, write)
    for write in acknowledged(some):
        execute(store, write)
    assert state_of(store) == expected


@pytest.mark.parametrize("nth", range(1, 9))
def test_a_script_that_stops_at_any_of_its_changes_leaves_no_wrong_size(nth, monkeypatch):
    entry, calls, hset = MoodEntry(id="a", score=4.0, moment_ms=BASE), itertools.count(1), COMMANDS[b"HSET"]
    noted = dashboard_writes.mood(user_id=USER, entry=entry, rank=dashboard_writes.AS_MADE, at=BASE)
    longer = replace(entry, note="n" * 100)
    corrected = dashboard_writes.mood(user_id=USER, entry=longer, rank=dashboard_writes.CORRECTED, at=BASE + 1)
    expected = state_after(LocalClient(), [noted, corrected])
    store = LocalClient()
    state_after(store, [noted])
    with monkeypatch.context() as patched:
        patched.setitem(COMMANDS, b"HSET", lambda *args: hset(*args) if next(calls) < nth else refuse())
        cut_short(store, corrected)
    execute(store, corrected)
    assert state_of(store) == expected


def acknowledged(some):
    return [replace(write, acknowledged=True) for write in some]


def cut_short(client, write):
    with contextlib.suppress(ScriptFailed):
        execute(client, write)
