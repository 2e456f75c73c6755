"""A script that was not permitted a command has done half its work; applied again, it does all of it."""

import contextlib
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts import writes as account_writes
from redis_models.errors import ScriptFailed
from redis_models.offline.local_redis.commands import COMMANDS
from redis_models.offline.local_redis.keyspace import CommandError
from redis_models.schema import keys
from tests.flows.writes.test_commutation import (
    BASE,
    GROUNDS,
    USER,
    execute,
    namings,
    several,
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
        user_id=USER, all_keys=IMPORTED[kind][0], kind=kind, elements=IMPORTED[kind][1], at=BASE
    )
)
ANY = st.one_of(several(most=5), st.lists(namings, min_size=1, max_size=4), st.lists(imports, min_size=1, max_size=3))


@thoroughly
@given(some=ANY, onto=GROUNDS, forbidden=st.sampled_from(WRITING))
def test_what_a_forbidden_command_cut_short_is_whole_once_it_is_applied_again(some, onto, forbidden):
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


def acknowledged(some):
    return [replace(write, acknowledged=True) for write in some]


def cut_short(client, write):
    with contextlib.suppress(ScriptFailed):
        execute(client, write)
