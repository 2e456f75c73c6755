"""An erasure commutes: with writes from before and after it, in any order and with repetitions, it leaves one state."""

import random
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts import writes as accounts
from chat import writes as chat
from chat.models import Message
from chat.usage import LIMITS
from dashboard import writes as dashboard
from dashboard.models import MoodEntry
from redis_models.schema import keys
from tests.flows.writes.test_commutation import BASE, DATA_OF_THE_OLD_SERVER, USER, execute, state_after, state_of
from tests.support.local import LocalClient

DAY_MS, HOUR_MS = 86_400_000, 3_600_000
ERASED_AT = BASE - 10 * DAY_MS
BEFORE, AFTER = "b", "a"
STARTS = {BEFORE: BASE - 40 * DAY_MS, AFTER: BASE}
EMAIL = "u1@example.com"


def day_of(at):
    return datetime.fromtimestamp(at / 1000, UTC).toordinal()


def iso(at):
    return datetime.fromtimestamp(at / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def writes_of(era):
    """Generate a write of an era. Ids are those of the era, as clients make them at random; titles and texts differ."""
    of_user = {"user_id": st.just(USER), "at": st.integers(0, 4).map(lambda step: STARTS[era] + step * 7 * HOUR_MS)}
    of_chat = of_user | {"conversation_id": st.sampled_from([f"{era}1", f"{era}1", f"{era}2"])}
    messages = [Message(f"{era}{n}", "user", f"{era} text {n}", iso(STARTS[era])) for n in range(3)]
    some = st.lists(st.sampled_from(messages), min_size=1, max_size=3, unique=True)
    titles = st.sampled_from([f"{era} One", f"{era} Two", ""])
    fields = st.fixed_dictionaries({}, optional={"title": st.sampled_from([f"{era} Three"]), "archived": st.just("1")})
    moods = st.builds(
        MoodEntry,
        id=st.sampled_from([f"{era}m1", f"{era}m2"]),
        score=st.sampled_from([2.0, 6.5]),
        moment_ms=of_user["at"],
        note=st.sampled_from(["", f"{era} note"]),
        tags=st.just(()),
        nameless=st.just(""),
    )
    opened = {f"{era}s{n}": STARTS[era] + n for n in range(3)}
    talks = {"message_id": st.sampled_from([f"{era}r1", f"{era}r2"]), "day": st.just(day_of(STARTS[era]))}
    encoded = st.sampled_from([f"argon2${era}", f"argon2${era}{era}"])
    registered = of_user | {"email": st.just(EMAIL), "name": st.sampled_from([f"{era} Ann", f"{era} Bea"])}
    conversations = [
        st.builds(chat.save, **of_chat, title=titles, tags=st.just(("sleep",)), messages=some, request_key=st.none()),
        st.builds(chat.appending, **of_chat, messages=some),
        st.builds(chat.creation, **of_chat, fields=st.just({"title": f"{era} Four"})),
        st.builds(chat.change, **of_chat, fields=fields),
        st.builds(chat.deletion, **of_chat),
        st.builds(dashboard.conversation, **of_chat, summary=titles),
    ]
    days = [
        st.builds(dashboard.mood, user_id=st.just(USER), entry=moods, rank=st.sampled_from("01"), at=of_user["at"]),
        st.builds(dashboard.mood_deletion, user_id=st.just(USER), entry=moods, at=of_user["at"]),
        st.builds(dashboard.touch, **of_user, activity=st.sampled_from(["active", "idle"])),
        st.builds(dashboard.rebase, **of_user),
        st.builds(dashboard.deletion, **of_user),
        st.builds(dashboard.preference, **of_user, name=st.just("streaks"), value=st.sampled_from(["on", "off"])),
        st.builds(dashboard.affirmation, **of_user, text=st.just("You may rest.")),
        st.builds(chat.count, **of_user, **talks, limits=st.just(LIMITS)),
    ]
    account = [
        st.builds(accounts.registration, **registered, plan=st.sampled_from(["", "plus"])),
        st.builds(accounts.sign_up, **registered, encoded=encoded),
        st.builds(accounts.password_change, **of_user, encoded=encoded),
        st.builds(accounts.plan_change, **of_user, plan=st.sampled_from(["free", "premium"])),
        st.builds(
            accounts.profile_change,
            **of_user,
            name=st.just(f"{era} Eve"),
            time_zone=st.sampled_from(["", "Asia/Tokyo"]),
        ),
        st.sampled_from(list(opened)).map(
            lambda sid: accounts.session_open(user_id=USER, session_id=sid, digest="ab", at=opened[sid])
        ),
        st.builds(accounts.session_end, **of_user, session_id=st.sampled_from([*opened, ""])),
    ]
    every = [st.one_of(group) for group in (conversations, days, account)]
    return st.one_of([st.lists(kind, max_size=5) for kind in (*every, st.one_of(every))]).map(acknowledged)


def acknowledged(some):
    return [replace(write, acknowledged=True) for write in some]


ERASURE = [
    accounts.erasure_begin(user_id=USER, at=ERASED_AT),
    accounts.erasure(user_id=USER, ids=[f"{era}{n}" for era in (BEFORE, AFTER) for n in (1, 2)], at=ERASED_AT),
    accounts.erasure_of_claim(user_id=USER, email=EMAIL, at=ERASED_AT),
]
NOT_ERASED = {key: (command, elements) for key, (command, elements) in DATA_OF_THE_OLD_SERVER.items() if "user:" in key}


@pytest.fixture(params=["valkey", "shadow"])
def store(request):
    return LocalClient() if request.param == "shadow" else request.getfixturevalue("valkey").client


any_order = settings(
    max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


@any_order
@given(
    before=writes_of(BEFORE), after=writes_of(AFTER), seed=st.integers(0, 1000), onto=st.sampled_from([{}, NOT_ERASED])
)
def test_an_erasure_with_older_and_newer_writes_in_any_order_leaves_one_state(store, before, after, seed, onto):
    expected = state_after(store, [*ERASURE, *after], onto=onto)
    assert expected[keys.erased(USER)] == f"{ERASED_AT}.0"
    chance, every = random.Random(seed), [*before, *after, *ERASURE]
    again = chance.choices(every, k=chance.randint(0, 6))
    steps = chance.sample(every, k=len(every)) + again
    assert state_after(store, steps, onto=onto) == expected
    for step in chance.sample(steps, k=len(steps)):
        execute(store, step)
    assert state_of(store) == expected


def save(conversation_id, *texts, at, title=""):
    messages = [Message(text, "user", text, iso(at)) for text in texts]
    return chat.save(
        user_id=USER, conversation_id=conversation_id, messages=messages, title=title, tags=(), request_key=None, at=at
    )


@pytest.mark.parametrize("is_older_first", [True, False])
def test_of_a_conversation_with_older_and_newer_messages_the_newer_ones_stay(store, is_older_first):
    older = [save("c1", "old one", "old two", at=ERASED_AT - 5, title="Old"), save("c2", "old", at=ERASED_AT)]
    newer = [save(cid, f"new {cid}", at=ERASED_AT + DAY_MS) for cid in ("c1", "c3")]
    writes = [*older, *newer] if is_older_first else [*newer, *older]
    erase = accounts.erasure(user_id=USER, ids=["c1", "c2", "c3"], at=ERASED_AT)
    state = state_after(store, [*writes, erase])
    assert state == state_after(store, [erase, *newer])
    assert len(state[f"user:{USER}:conversation:c1:messages"]) == 1
    assert not any("old" in str(value).lower() for value in state.values())


def test_of_a_reply_in_progress_and_a_summary_alone_the_older_ones_go(store):
    notes = [
        chat.reply_note(user_id=USER, conversation_id="c1", reply_id=reply_id, what="1", value=text, at=at)
        for reply_id, text, at in (("r1", "old", ERASED_AT), ("r2", "new", ERASED_AT + 1))
    ]
    shown = [
        dashboard.conversation(user_id=USER, conversation_id="c2", summary=text, at=at)
        for text, at in (("old", ERASED_AT), ("new", ERASED_AT + 1))
    ]
    writes = [save("c1", "old", at=ERASED_AT), save("c1", "new", at=ERASED_AT + 1), *notes, *shown]
    erase = accounts.erasure(user_id=USER, ids=["c1", "c2"], at=ERASED_AT)
    state = state_after(store, [*writes, erase])
    assert state[f"user:{USER}:conversation:c1:replies"] == {"r2:1": "new", "r2:at": str(ERASED_AT + 1)}
    assert not any("old" in str(value) for value in state.values())
    assert [cid for cid, _ in state[keys.conversations(USER)]] == ["c1", "c2"]


def test_a_person_who_registers_another_email_during_an_erasure_loses_the_old_claim(valkey):
    def registration(email, at):
        return accounts.registration(user_id=USER, email=email, name="Ann", plan="", at=at)

    client = valkey.client
    begin = accounts.erasure_begin(user_id=USER, at=ERASED_AT)
    writes = [registration(EMAIL, ERASED_AT), begin, registration("new@example.com", ERASED_AT + 1)]
    state_after(client, writes)
    profile = client.hgetall(keys.profile(USER))
    assert (profile["email"], profile["erased_email"]) == ("new@example.com", EMAIL)
    for email in (EMAIL, "new@example.com"):
        execute(client, accounts.erasure_of_claim(user_id=USER, email=email, at=ERASED_AT))
    execute(client, accounts.erasure(user_id=USER, ids=(), at=ERASED_AT))
    assert client.keys("email:*:userId") == ["email:new@example.com:userId"]
    assert "erased_email" not in client.hgetall(keys.profile(USER))


def test_a_profile_that_an_older_release_wrote_after_the_erasure_stays(valkey):
    joined = {"id": USER, "email": EMAIL, "name": "Ann", "joinedAt": iso(ERASED_AT + DAY_MS)}
    valkey.client.hset(keys.profile(USER), mapping=joined)
    execute(valkey.client, accounts.erasure(user_id=USER, ids=(), at=ERASED_AT))
    assert valkey.client.hgetall(keys.profile(USER)) == joined


def test_of_two_registrations_at_the_same_time_one_plan_stays_in_any_order(store):
    of_user = {"user_id": USER, "email": EMAIL, "name": "Ann", "at": ERASED_AT + 1}
    both = [accounts.registration(**of_user, plan=plan) for plan in ("", "plus")]
    states = [state_after(store, [*order, *order]) for order in (both, both[::-1])]
    assert states[0] == states[1]
    assert states[0][keys.profile(USER)]["plan"] == "plus"
