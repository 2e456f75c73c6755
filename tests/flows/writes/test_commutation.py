"""Writes of a user commute and may be repeated: any order gives the same state, on Valkey and in process."""

import json
import random
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from accounts import writes as account_writes
from aira_site import writes as site_writes
from chat import writes as chat_writes
from chat.models import Message
from chat.usage import LIMITS
from dashboard import writes as dashboard_writes
from dashboard.models import MoodEntry
from redis_models.operations.beside_journal import REASONS
from redis_models.operations.claims import Origin
from redis_models.operations.scripts import script
from redis_models.operations.write import Outcome, Receipt
from redis_models.schema import email_keys, erasure_keys, keys
from tests.redis_models.operations.lua_commands import writing_scripts
from tests.support.local import LocalClient

pytestmark = pytest.mark.no_cover  # thousands of examples; other tests cover the same lines

USER = "u1"
OLD_EMAIL = "u1@example.com"
SIGN_UP_ON_A_CLUSTER = "accounts.sign_up_profile.1"
BASE = 1_795_423_341_000
HOUR_MS = 3_600_000
TIMES = st.integers(0, 4).map(lambda step: BASE + step * 7 * 3_600_000)
CONVERSATIONS = st.sampled_from(["c1", "c1", "c1", "c2", "c3", "c4"])
MESSAGES = [Message(f"m{n}", "user", f'text {n} "ü\\\n\x01', f"2026-11-23T08:0{n}:00.000Z") for n in range(4)]

saves = st.builds(
    chat_writes.save,
    user_id=st.just(USER),
    conversation_id=CONVERSATIONS,
    title=st.sampled_from(["One", "Two", 'Quoted "title"', ""]),
    tags=st.sampled_from([("anxiety",), ("sleep", "stress"), ()]),
    messages=st.lists(st.sampled_from(MESSAGES), min_size=1, max_size=3, unique=True),
    request_key=st.none(),
    at=TIMES,
)
appendings = st.builds(
    chat_writes.appending,
    user_id=st.just(USER),
    conversation_id=CONVERSATIONS,
    messages=st.lists(st.sampled_from(MESSAGES), min_size=1, max_size=3, unique=True),
    at=TIMES,
)
creations = st.builds(
    chat_writes.creation,
    user_id=st.just(USER),
    conversation_id=CONVERSATIONS,
    fields=st.fixed_dictionaries({}, optional={"title": st.sampled_from(["Four", "Five"]), "tags": st.just('["y"]')}),
    at=TIMES,
)
changes = st.builds(
    chat_writes.change,
    user_id=st.just(USER),
    conversation_id=CONVERSATIONS,
    fields=st.fixed_dictionaries(
        {},
        optional={"title": st.sampled_from(["Three", ""]), "tags": st.just('["x"]'), "archived": st.sampled_from("01")},
    ),
    at=TIMES,
)
NOTES = st.sampled_from(
    [("meta", "{}"), ("1", "one "), ("2", "two"), ("stop", "1"), ("error", "0 model_busy"), ("error", "1 interrupted")]
)
reply_notes = st.builds(
    lambda note, **fields: chat_writes.reply_note(user_id=USER, what=note[0], value=note[1], **fields),
    note=NOTES,
    conversation_id=CONVERSATIONS,
    reply_id=st.sampled_from(["r1", "r1", "r2"]),
    at=TIMES,
)
reply_ends = st.builds(
    chat_writes.reply_end,
    user_id=st.just(USER),
    conversation_id=CONVERSATIONS,
    message=st.sampled_from(["r1", "r1", "r2"]).map(
        lambda reply_id: Message(reply_id, "assistant", "one two", "2026-11-23T08:00:00.000Z", replyTo="m1")
    ),
    at=TIMES,
)
reply_drops = st.builds(
    chat_writes.reply_drop,
    user_id=st.just(USER),
    conversation_id=CONVERSATIONS,
    reply_id=st.sampled_from(["r1", "r1", "r2"]),
    at=TIMES,
)
deletions = st.builds(chat_writes.deletion, user_id=st.just(USER), conversation_id=CONVERSATIONS, at=TIMES)
NAMELESS = '{"score":4,"timestamp":"2026-11-20T08:00:00.000Z"}'
entries = st.builds(
    MoodEntry,
    id=st.sampled_from(["a", "b"]),
    score=st.sampled_from([0.0, 6.5, 10.0]),
    moment_ms=TIMES.map(lambda at: at - 3_600_000),
    note=st.sampled_from(["", 'slept\n"well", "score":9']),
    tags=st.sampled_from([(), ("work",)]),
    nameless=st.sampled_from(["", NAMELESS]),
)
moods = st.builds(
    dashboard_writes.mood, user_id=st.just(USER), entry=entries, rank=st.sampled_from(["0", "1"]), at=TIMES
)
mood_deletions = st.builds(dashboard_writes.mood_deletion, user_id=st.just(USER), entry=entries, at=TIMES)
touches = st.builds(
    dashboard_writes.touch, user_id=st.just(USER), activity=st.sampled_from(["active", "idle"]), at=TIMES
)
rebases = st.builds(dashboard_writes.rebase, user_id=st.just(USER), at=TIMES)
records = st.builds(
    dashboard_writes.conversation,
    user_id=st.just(USER),
    conversation_id=CONVERSATIONS,
    summary=st.sampled_from(["One", "Two"]),
    at=TIMES,
)
plans = st.builds(
    account_writes.plan_change, user_id=st.just(USER), plan=st.sampled_from(["free", "plus", "premium"]), at=TIMES
)
registrations = st.builds(
    account_writes.registration,
    user_id=st.just(USER),
    email=st.just("u1@example.com"),
    name=st.sampled_from(["Ann", "Änn"]),
    plan=st.just(""),
    origin=st.sampled_from(Origin),
    at=TIMES,
)
preferences = st.builds(
    dashboard_writes.preference,
    user_id=st.just(USER),
    name=st.just("streaks"),
    value=st.sampled_from(["on", "off"]),
    at=TIMES,
)
views = st.builds(
    dashboard_writes.affirmation, user_id=st.just(USER), text=st.sampled_from(["You may rest.", "Ü"]), at=TIMES
)
# Unacknowledged counts may be refused, depending on the order, so only acknowledged ones commute.
TALKS = st.integers(0, 5).map(lambda number: {"message_id": f"r{number}", "day": 739_900 + number * 3})
counts = st.builds(
    lambda talk, at: replace(chat_writes.count(user_id=USER, at=at, limits=LIMITS, **talk), acknowledged=True),
    TALKS,
    TIMES,
)
returns = st.builds(lambda talk, at: chat_writes.give_back(user_id=USER, at=at, **talk), TALKS, TIMES)
sign_ups = st.builds(
    account_writes.sign_up,
    user_id=st.just(USER),
    email=st.just("u1@example.com"),
    name=st.sampled_from(["Ann", "Änn"]),
    encoded=st.sampled_from(["argon2$a", "argon2$b"]),
    at=TIMES,
)
passwords = st.builds(
    account_writes.password_change, user_id=st.just(USER), encoded=st.sampled_from(["argon2$a", "argon2$c"]), at=TIMES
)
# Unacknowledged uses of one link may be refused, depending on the order.
link_uses = st.builds(
    lambda link_id, encoded, confirms, at: replace(
        account_writes.link_use(user_id=USER, link_id=link_id, encoded=encoded, confirms=confirms, at=at),
        acknowledged=True,
    ),
    st.sampled_from(["l1", "l2"]),
    st.sampled_from(["", "argon2$a", "argon2$d"]),
    st.booleans(),
    TIMES,
)
emails_wanted = st.builds(
    account_writes.email_wanted,
    user_id=st.just(USER),
    email=st.sampled_from(["a@example.org", "b@example.org"]),
    at=TIMES,
)
SESSIONS = {"s1": BASE, "s2": BASE + 7 * 3_600_000}
BROWSERS = {"s1": "Firefox on Linux", "s2": ""}
session_openings = st.sampled_from(list(SESSIONS)).map(
    lambda sid: account_writes.session_open(
        user_id=USER, session_id=sid, digest="ab", at=SESSIONS[sid], browser=BROWSERS[sid]
    )
)
session_confirmations = st.builds(
    lambda sid, later_ms: account_writes.session_confirm(
        user_id=USER, session_id=sid, created_ms=SESSIONS[sid], at=SESSIONS[sid] + later_ms
    ),
    st.sampled_from(["s1", "s2"]),
    st.sampled_from([0, HOUR_MS, 9 * HOUR_MS]),
)
session_ends = st.builds(
    account_writes.session_end, user_id=st.just(USER), session_id=st.sampled_from(["s1", "s2", ""]), at=TIMES
)
rotations = st.builds(
    lambda sid, generation, request, at: replace(
        account_writes.session_rotate(
            user_id=USER,
            rotation=account_writes.Rotation(
                sid, SESSIONS[sid], generation, "ab", f"{generation}{at:x}cd{request}", request
            ),
            at=at,
        ),
        acknowledged=True,
    ),
    st.sampled_from(list(SESSIONS)),
    st.integers(1, 3),
    st.sampled_from(["", "ef", "ee"]),
    TIMES,
)
service_keys = st.builds(
    lambda digest, revoked_at: (account_writes.service_key_revocation if revoked_at else account_writes.service_key)(
        digest=digest, encoded=json.dumps({"digest": digest, "name": "n", "revoked_at": revoked_at}), at=BASE
    ),
    st.sampled_from(["ab", "cd"]),
    st.sampled_from(["", "2026-11-23T08:00:00.000Z", "2026-11-24T08:00:00.000Z"]),
)
profile_changes = st.builds(
    account_writes.profile_change,
    user_id=st.just(USER),
    name=st.sampled_from(["", "Ann", "Bea"]),
    time_zone=st.sampled_from(["", "Europe/Berlin", "Asia/Tokyo"]),
    at=TIMES,
)
DATA_OF_THE_OLD_SERVER = {
    f"chats:{USER}": ("SADD", ["c1"]),
    f"chat:{USER}:c1": ("SET", ["{}"]),
    keys.stats(USER): ("HSET", ["conversations", "7", "days_active", "3", "mood_score", "4", "recent_conversations",
                                '[{"timestamp":"2026-11-20T08:00:00.000Z","summary":"Old"}]']),
    keys.mood_history(USER): ("ZADD", [BASE - 9 * 24 * 3_600_000, NAMELESS]),
}  # fmt: skip
forgettings = st.builds(
    site_writes.forget_legacy,
    user_id=st.just(USER),
    old_keys=st.sampled_from([[f"chats:{USER}", f"chat:{USER}:c1"], [f"chat:{USER}:c1"]]),
    at=TIMES,
)
email_changes = st.builds(
    account_writes.email_change,
    user_id=st.just(USER),
    new=st.just("u1@example.org"),
    old=st.just("u1@example.com"),
    origin=st.sampled_from(Origin),
    at=st.just(BASE + 40 * HOUR_MS),  # a release removes no claim that is newer than itself
)
EMAILS = ("u1@example.com", "u1@example.org", "u1@example.net")
HELD = st.lists(st.sampled_from(EMAILS), min_size=1, max_size=4).map(
    lambda emails: [each for before, each in pairwise([EMAILS[0], *emails]) if each != before]
)
"""Emails that a user had one after the other, after u1@example.com."""


def history_of(held, first):
    """Return a registration with u1@example.com, and changes to the emails in `held`, one after the other."""
    person = {"user_id": USER, "email": EMAILS[0], "name": "Ann", "at": BASE}
    if first == "sign-up":
        registration = account_writes.sign_up(**person, encoded="argon2$a")
    else:
        registration = account_writes.registration(**person, plan="")
    changes = [
        account_writes.email_change(user_id=USER, old=old, new=new, at=BASE + number * HOUR_MS)
        for number, (old, new) in enumerate(pairwise([EMAILS[0], *held]), 1)
    ]
    return [replace(write, acknowledged=True) for write in [registration, *changes]]


stats_deletions = st.builds(dashboard_writes.deletion, user_id=st.just(USER), at=TIMES)
imports = st.builds(
    lambda conversation, chosen, at: account_writes.importing(
        user_id=USER,
        token=f"{chosen[1](conversation)[0]} {conversation} {at}",
        all_keys=chosen[1](conversation),
        kind=chosen[0],
        conversation=chosen[2] or conversation,
        elements=chosen[3](conversation),
        at=at,
    ),
    st.sampled_from(["c1", "c2"]),
    st.sampled_from(
        [
            ("hash", lambda cid: keys.of_conversation(USER, cid)[:1], "", lambda cid: ["id", cid]),
            ("messages", lambda cid: keys.of_conversation(USER, cid)[1:3], "", lambda _: ["m1", "{}", "m2", "{}"]),
            ("zset", lambda _: [keys.conversations(USER)], "*", lambda cid: [cid, str(BASE)]),
            ("hash", lambda _: [keys.summaries(USER)], "*", lambda cid: [cid, SUMMARY]),
        ]
    ),
    TIMES,
)
SUMMARY = '{"title":"Imported","createdAt":"2026-11-20T08:00:00.000Z","updatedAt":"2026-11-20T08:00:00.000Z"}'
# Unacknowledged writes may be refused, depending on the order; acknowledged ones never are.
account_changes = st.one_of(registrations, sign_ups, email_changes, profile_changes, plans).map(
    lambda write: replace(write, acknowledged=True)
)
GROUPS = {
    "a reply": [appendings, reply_notes, reply_ends, reply_drops, deletions],
    "conversations": [
        *(saves, appendings, creations, changes, records, deletions),
        *(touches, rebases, stats_deletions, forgettings),
    ],
    "messages a day": [counts, returns, plans],
    "moods": [moods, mood_deletions, touches, rebases, stats_deletions, forgettings, preferences, views],
    "an account": [profile_changes, plans, registrations, sign_ups, passwords, link_uses, emails_wanted],
    "sessions": [session_openings, session_confirmations, session_ends, rotations],
}
writes = st.one_of([st.one_of(group) for group in GROUPS.values()])


def some_writes(*, most=8, least=1):
    """Generate writes of all kinds, or of one group, whose writes touch the same keys more often."""
    kinds = [writes, *(st.one_of(group) for group in GROUPS.values())]
    return st.one_of([st.lists(kind, min_size=least, max_size=most) for kind in kinds])


INITIAL_DATA = st.sampled_from([{}, DATA_OF_THE_OLD_SERVER])
"""The data before the first write: none, or those of the old server."""


def erasure(at):
    return [
        account_writes.erasure_begin(user_id=USER, at=at),
        account_writes.erasure(user_id=USER, ids=["c1", "c2", "c3", "c4"], at=at),
        account_writes.erasure_of_claim(user_id=USER, email="u1@example.com", at=at),
        account_writes.erasure_of_claim(user_id=USER, email="u1@example.org", at=at),
    ]


def state_after(client, in_order, *, onto=None):
    client.flushall()
    for key, (command, elements) in (onto or {}).items():
        client.execute_command(command, key, *elements)
    for write in in_order:
        execute(client, write)
    return state_of(client)


def execute(client, write):
    def run(step, argv):
        outcome, *reply = client.eval(script(step.script).source, len(step.keys), *step.keys, *argv)
        return Receipt(Outcome(outcome), tuple(reply))

    receipt = write.execute(run)
    if write.script == "accounts.email_profile.1":
        account_writes.email_release(user_id=USER, email=write.args[2], at=write.at).execute(run)
    return receipt


def without_leftover(state, some):
    """Return the state without the old email's claim, if on a cluster one that is newer than a change may be left over.

    A change releases only an older claim (see docs/decisions/0039). Whoever comes next takes the one that is left over.
    """
    registered = [write.at for write in some if write.script in ("accounts.register_profile.1", SIGN_UP_ON_A_CLUSTER)]
    changed = [write.at for write in some if write.script == "accounts.email_profile.1"]
    if not registered or not changed or max(registered) <= min(changed):
        return state
    assert state["user:{u1}:profile"]["email"] != OLD_EMAIL
    return {key: value for key, value in state.items() if not key.startswith(f"email:{{{OLD_EMAIL}}}")}


def without_requests(state):
    """Return the state without the names of requests that claimed emails: only an undo reads them."""
    return {key: value for key, value in state.items() if not key.endswith(":claimedBy")}


def state_of(client):
    """Return all keys, except those of revocations: they stay, and the writes do not decide when each was told."""
    told = {*erasure_keys.revoked()}
    return {key: contents(client, key) for key in client.keys("*") if key not in told}


def revoked(client):
    """Return the names that are revoked, and up to when; both keys have the same ones."""
    told, until = erasure_keys.revoked()
    found = client.hgetall(until)
    assert {name for name, _ in client.zrange(told, 0, -1, withscores=True)} == found.keys()
    return found


def contents(client, key):
    match client.type(key):
        case "hash" if key == keys.imported(USER):
            return set(client.hgetall(key))
        case "hash":
            return client.hgetall(key)
        case "set":
            return client.smembers(key)
        case "zset":
            return client.zrange(key, 0, -1, withscores=True)
        case "list":
            return sorted(client.lrange(key, 0, -1))
        case _:
            return client.get(key)


@pytest.fixture
def _as_on_a_cluster(settings):
    settings.REDIS_ENDPOINT = replace(settings.REDIS_ENDPOINT, nodes=(("127.0.0.1", 1),))


@pytest.fixture(params=["valkey", "shadow", "as on a cluster"])
def store(request):
    """Run the test on a real server, on the in-process Redis, and with the writes that a cluster receives."""
    if request.param == "as on a cluster":
        request.getfixturevalue("_as_on_a_cluster")
    if request.param != "shadow":
        return request.getfixturevalue("valkey").client
    return LocalClient()


thoroughly = settings(
    max_examples=500, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


@thoroughly
@given(data=st.data(), some=some_writes(least=2), onto=INITIAL_DATA)
def test_writes_in_any_order_with_repetitions_leave_one_state(store, data, some, onto):
    expected = state_after(store, some, onto=onto)
    shuffled = data.draw(st.permutations(some))
    repeated = data.draw(st.lists(st.sampled_from(some), max_size=4))
    assert state_after(store, shuffled + repeated, onto=onto) == expected
    assert state_after(store, repeated + shuffled, onto=onto) == expected


@thoroughly
@given(data=st.data(), some=some_writes(), onto=INITIAL_DATA)
def test_writes_applied_again_by_the_drain_change_nothing_and_are_not_refused(store, data, some, onto):
    expected = state_after(store, some, onto=onto)
    again = [replace(write, acknowledged=True) for write in data.draw(st.permutations(some))]
    outcomes = {execute(store, write).outcome for write in again}
    assert state_of(store) == expected
    assert outcomes <= {Outcome.DUPLICATE, Outcome.GONE}


@thoroughly
@given(data=st.data(), some=st.lists(st.one_of(session_ends, service_keys), min_size=2, max_size=6))
def test_revocations_in_any_order_with_repetitions_tell_the_same(store, data, some):
    state_after(store, some)
    told = revoked(store)
    shuffled = data.draw(st.permutations(some))
    state_after(store, shuffled + data.draw(st.lists(st.sampled_from(some), max_size=4)))
    assert revoked(store) == told
    assert len(told) == len({write.before.args for write in some if write.before})


@thoroughly
@given(data=st.data(), some=st.lists(service_keys, min_size=2, max_size=6))
def test_service_keys_that_are_made_and_revoked_in_any_order_are_in_one_state(store, data, some):
    expected = state_after(store, some)
    shuffled = data.draw(st.permutations(some))
    assert state_after(store, shuffled + data.draw(st.lists(st.sampled_from(some), max_size=4))) == expected
    for digest, encoded in expected[keys.SERVICE_KEYS].items():
        revoked = any(write.args[0] == digest and json.loads(write.args[1])["revoked_at"] for write in some)
        assert bool(json.loads(encoded)["revoked_at"]) is revoked


@thoroughly
@given(data=st.data(), some=st.lists(st.one_of(imports, deletions), min_size=2, max_size=8, unique_by=str))
def test_imports_and_deletions_in_any_order_with_repetitions_leave_one_state(store, data, some):
    measuring = account_writes.measuring(user_id=USER, conversations=["c1", "c2"], at=BASE)
    at_last = [dashboard_writes.touch(user_id=USER, activity="idle", at=BASE), measuring]  # they derive the stats
    expected = state_after(store, [*some, *at_last])
    shuffled = data.draw(st.permutations(some))
    repeated = data.draw(st.lists(st.sampled_from(some), max_size=4))
    assert state_after(store, [*shuffled, *repeated, *at_last]) == expected
    assert state_after(store, [*repeated, *shuffled, *at_last]) == expected


@thoroughly
@given(data=st.data(), held=HELD, first=st.sampled_from(["registration", "sign-up"]))
def test_changes_of_the_email_in_any_order_leave_the_last_one_and_no_claim_of_another(store, data, held, first):
    history = history_of(held, first)
    expected = without_requests(state_after(store, history))
    assert [email for email in EMAILS if email_keys.claim(email) in expected] == [held[-1] if held else EMAILS[0]]
    shuffled = data.draw(st.permutations(history))
    repeated = data.draw(st.lists(st.sampled_from(history), max_size=4))
    assert without_requests(state_after(store, shuffled + repeated)) == expected


@thoroughly
@given(data=st.data(), some=st.lists(account_changes, min_size=1, max_size=6))
def test_a_registration_and_a_change_of_the_email_leave_one_state_in_any_order(store, data, some):
    expected = without_leftover(state_after(store, some), some)
    shuffled = data.draw(st.permutations(some))
    repeated = data.draw(st.lists(st.sampled_from(some), max_size=4))
    assert without_leftover(state_after(store, shuffled + repeated), some) == expected
    again = {execute(store, write).outcome for write in repeated}
    assert without_leftover(state_of(store), some) == expected
    assert again <= {Outcome.DUPLICATE, Outcome.GONE}


@thoroughly
@given(some=some_writes(), onto=INITIAL_DATA)
def test_valkey_and_the_in_process_redis_reach_the_same_state(valkey, some, onto):
    shadow = LocalClient()
    assert state_after(shadow, some, onto=onto) == state_after(valkey.client, some, onto=onto)


@thoroughly
@given(some=some_writes(), seed=st.integers(0, 1000))
def test_a_write_from_before_an_erasure_changes_nothing_after_it(store, some, seed):
    erased_at = BASE + 10 * 24 * 3_600_000
    late = random.Random(seed).sample(some, k=random.Random(seed).randint(0, len(some)))
    state = state_after(store, [*some, *erasure(erased_at), *late])
    assert state == {keys.erased(USER): f"{erased_at}.0"}


@thoroughly
@given(some=some_writes(most=10))
def test_counts_are_the_numbers_of_distinct_records(store, some):
    state = state_after(store, some)
    index = state.get(keys.conversations(USER), [])
    stats = state.get(keys.stats(USER))
    if stats is not None:
        assert stats["conversations"] == str(len(index))
        assert stats["days_active"] == str(len(state.get(keys.active_days(USER), ())))
        newest = [json.loads(state[keys.summaries(USER)][cid])["title"] for cid, _ in reversed(index)][:3]
        assert [entry["summary"] for entry in json.loads(stats["recent_conversations"])] == newest
    standing = [text.split(" ", 2)[2] for text in state.get(keys.moods(USER), {}).values() if " " in text]
    history = [member for member, _ in state.get(keys.mood_history(USER), [])]
    assert sorted(standing) == sorted(history)
    if history:
        assert stats["mood_score"] == str(json.loads(history[-1])["score"])
    for cid, _ in index:
        _, messages, ids, _ = keys.of_conversation(USER, cid)
        assert len(state.get(ids, {})) == len(state.get(messages, []))


def scripts_tried():
    """Return the scripts of all steps of the writes that are tried in any order."""
    seen = set()
    every = [strategy for group in GROUPS.values() for strategy in group] + [service_keys, email_changes, imports]

    @settings(max_examples=1, database=None, phases=[Phase.generate])
    @given(some=st.tuples(*every))
    def note(some):
        seen.update(step.script for write in some for step in (write, write.before, write.undo) if step is not None)

    note()
    return seen


def test_every_script_that_writes_is_tried_in_any_order_or_has_a_reason_to_get_no_row(valkey, settings):
    tried = scripts_tried()
    settings.REDIS_ENDPOINT = replace(settings.REDIS_ENDPOINT, nodes=(("127.0.0.1", 1),))
    tried |= scripts_tried()
    assert tried.isdisjoint(REASONS)
    in_test_erasing = {erasure(BASE)[0].script}
    assert tried | in_test_erasing | REASONS.keys() == writing_scripts(valkey.client)
