"""A process's shadows: bounded in bytes, and folded, so that a request applies few rows however many wait."""

import tracemalloc
from concurrent.futures import ThreadPoolExecutor

import pytest

from chat.models import Message
from chat.selectors import conversation
from chat.services import delete_conversation, save_conversation
from dashboard.selectors import dashboard
from redis_models.errors import JournalUnavailable
from redis_models.health import clock, registry
from redis_models.host import current_host, state
from redis_models.journal import journal
from redis_models.journal.folds import Folds
from redis_models.offline import kept_shadows
from redis_models.offline.kept_shadows import KeptShadows
from redis_models.offline.local_redis import LocalRedis
from redis_models.offline.shadow import ROWS_A_FOLD, Shadow
from redis_models.operations.write import Outcome
from redis_models.schema.snapshot import Part, Snapshot, StoredKey
from tests.redis_models import journal_file

MESSAGES = [Message(f"m{n}", "user", f"text {n} of ten", "2026-11-23T08:00:00.000Z") for n in range(10)]
SCRIPTS_AT_MOST = ROWS_A_FOLD + 1
"""Those of the rows after the fold, and that of the request itself."""


@pytest.fixture(autouse=True)
def _away(valkey):
    for breaker in registry.breakers().values():
        breaker.is_monitored = True
        for _ in range(2):
            breaker.probe_missed("away")


@pytest.fixture
def scripts(monkeypatch):
    """Count the scripts that run in the in-process Redis."""
    names, run = [], LocalRedis.run

    def counted(self, name, *rest):
        names.append(name)
        return run(self, name, *rest)

    monkeypatch.setattr(LocalRedis, "run", counted)
    return names


def save(number, user_id="u1", messages=MESSAGES):
    return save_conversation(user_id=user_id, conversation_id=f"c{number}", title="Chat", messages=messages)


def kept(*parts, user_id="u1"):
    return kept_shadows.kept(user_id, ("", *parts), except_row=None)


def restart():
    current_host().states.pop(KeptShadows, None)


def last_row(user_id="u1"):
    return journal().folds.start(user_id, [""]).tail.last_row


@pytest.mark.parametrize("waiting", [1, 40, 100])
@pytest.mark.parametrize("is_restarted", [False, True])
def test_a_request_applies_few_rows_however_many_wait(scripts, waiting, is_restarted):
    for number in range(waiting):
        save(number)
    if is_restarted:
        restart()
    for ask in (lambda: save(waiting), lambda: dashboard(user_id="u1")):
        scripts.clear()
        ask()
        assert len(scripts) <= (SCRIPTS_AT_MOST if is_restarted else 2)
    assert len(journal().folds.start("u1", [""]).tail.rows) <= ROWS_A_FOLD + 1
    assert dashboard(user_id="u1").stats.conversations == waiting + 1
    assert dashboard(user_id="u1").answer.pending == waiting + 1


def test_a_request_applies_few_rows_although_each_save_is_refused_first(scripts):
    delete_conversation(user_id="u1", conversation_id="gone")
    for number in range(2 * ROWS_A_FOLD):
        assert save("-x" if number % 2 else number).outcome is not Outcome.GONE
        assert save_conversation(user_id="u1", conversation_id="gone", messages=MESSAGES).outcome is Outcome.GONE
    scripts.clear()
    save("last")
    assert len(scripts) <= SCRIPTS_AT_MOST + 1
    assert last_row()


def test_rows_that_another_worker_kept_are_folded_before_a_write_is_judged(plan_write, keep, scripts):
    rows = [keep(plan_write(at=1_795_423_341_000 + number)) for number in range(3 * ROWS_A_FOLD)]
    save(1)
    assert last_row() == rows[-1]
    scripts.clear()
    save(2)
    assert scripts == ["chat.save.1", "chat.save.1"], "that of the row after the fold, and its own"


def test_the_bytes_of_kept_shadows_are_bounded_and_those_that_leave_are_folded(monkeypatch):
    monkeypatch.setattr(kept_shadows, "FOLDS_AT_ONCE", 1)
    save(1, user_id="u1")
    monkeypatch.setattr(kept_shadows, "BYTES_AT_MOST", kept(user_id="u1").size * 5 // 2)
    for user_id in ("u2", "u3", "u4"):
        save(1, user_id=user_id)
    own = state(KeptShadows)
    assert own.size <= kept_shadows.BYTES_AT_MOST
    assert own.users == ["u3", "u4"]
    assert [bool(last_row(user_id)) for user_id in ("u1", "u2", "u3", "u4")] == [True, True, False, False]
    assert dashboard(user_id="u1").stats.conversations == 1


def test_one_shadow_is_kept_even_if_it_is_larger_than_the_bound(monkeypatch):
    monkeypatch.setattr(kept_shadows, "BYTES_AT_MOST", 1)
    save(1)
    assert kept() is kept()


def test_the_size_of_a_shadow_is_about_its_memory():
    save(0)
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    made = [Shadow.made(journal().folds.start("u1", ["", "c0"]), except_row=None) for _ in range(50)]
    used = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    assert used / 2 < sum(each.size for each in made) < used * 2


def test_folds_are_stored_together(monkeypatch):
    monkeypatch.setattr(kept_shadows, "BYTES_AT_MOST", 1)
    monkeypatch.setattr(kept_shadows, "FOLDS_AT_ONCE", 3)
    stored = []
    monkeypatch.setattr(Folds, "keep", lambda _, folds: stored.append([fold.user_id for fold in folds]))
    for number in range(7):
        save(1, user_id=f"u{number}")
    assert stored == [["u0", "u1", "u2"], ["u3", "u4", "u5"]]


def test_a_forgotten_user_is_not_folded(monkeypatch):
    monkeypatch.setattr(kept_shadows, "BYTES_AT_MOST", 1)
    monkeypatch.setattr(kept_shadows, "FOLDS_AT_ONCE", 2)
    save(1, user_id="u1")
    save(1, user_id="u2")
    kept_shadows.forget("u1")
    save(1, user_id="u3")
    save(1, user_id="u4")
    assert [bool(last_row(user_id)) for user_id in ("u1", "u2", "u3")] == [False, True, True]


def test_a_write_that_is_not_kept_is_in_no_fold(monkeypatch, plan_write):
    save(0)
    found = kept()
    assert found.fold("u1") is not None
    found.judge(plan_write())
    assert found.fold("u1") is None
    found.keep(journal().rows.keep(plan_write(), row_id=None))
    assert found.fold("u1") is not None


def test_what_a_refused_write_marked_is_not_kept():
    delete_conversation(user_id="u1", conversation_id="c0")
    found = kept()
    at = clock.now_ms() + 20_000
    assert save_conversation(user_id="u1", conversation_id="c0", messages=MESSAGES, at=at).outcome is Outcome.GONE
    assert found.fold("u1") is None
    assert kept() is not found


def test_a_folded_conversation_is_loaded_whole_when_it_is_requested(scripts):
    for number in range(ROWS_A_FOLD + 2):
        save(number)
    found = kept()
    assert last_row()
    assert "c0" not in found.parts
    shown = conversation(user_id="u1", conversation_id="c0")
    assert [message["id"] for message in shown.messages] == [message.id for message in MESSAGES]
    save(0, messages=[Message("new", "user", "one more", "2026-11-23T08:00:00.000Z")])
    assert len(conversation(user_id="u1", conversation_id="c0").messages) == len(MESSAGES) + 1


def test_a_row_of_another_worker_in_a_conversation_that_was_folded_is_applied_to_the_whole_of_it(keep):
    for number in range(ROWS_A_FOLD + 1):
        save(number)
    kept()
    more = Message("new", "user", "one more", "2026-11-23T08:00:00.000Z")
    with_another_worker(lambda: save(0, messages=[more]))
    ((_, summary),) = [(each, text) for each, text in summaries(kept()).items() if each == "c0"]
    assert f'"messageCount":{len(MESSAGES) + 1}' in summary


def with_another_worker(act):
    own = current_host().states.pop(KeptShadows)
    act()
    current_host().states[KeptShadows] = own


def summaries(found):
    ((_, _, elements),) = [each for each in found.redis.stored() if each[0] == "user:u1:summaries"]
    return dict(zip(elements[::2], elements[1::2], strict=True))


def test_a_shadow_is_made_again_if_another_worker_folds(plan_write, keep):
    save(0)
    first = kept()
    with_another_worker(lambda: [save(number) for number in range(1, ROWS_A_FOLD + 2)])
    assert last_row()
    assert kept() is not first
    assert dashboard(user_id="u1").stats.conversations == ROWS_A_FOLD + 2


def test_a_row_that_was_in_flight_is_applied_again_as_acknowledged(plan_write, monkeypatch):
    row = journal().rows.begin(plan_write(), deadline_ms=0)
    first = kept()
    assert list(first.rows) == [row]
    journal().rows.keep(plan_write(), row_id=row)
    assert kept() is not first


def test_a_damaged_row_does_not_keep_a_shadow_from_being_folded(plan_write, keep):
    rows = [keep(plan_write(at=1_795_423_341_000 + number)) for number in range(ROWS_A_FOLD)]
    journal_file.change("UPDATE rows SET body = x'00' WHERE id = ?", rows[3])
    kept()
    assert last_row() == rows[-1]


def test_a_folded_part_is_used_in_place_of_its_snapshot(keep, plan_write):
    before = Part("", 5, (StoredKey("user:u1:profile", "hash", ("id", "u1", "plan", "free")),))
    journal().snapshots.keep({"u1": Snapshot((before,))}, since=0)
    for number in range(ROWS_A_FOLD):
        keep(plan_write(at=1_795_423_341_000 + number))
    folded = kept()
    assert last_row()
    restart()
    assert kept() is not folded
    assert list(kept().redis.stored()) == list(folded.redis.stored())


def test_a_fold_stores_only_the_parts_that_rows_wrote_to():
    for number in range(ROWS_A_FOLD + 1):
        save(number)
    kept()
    assert last_row()
    save("new")
    found = kept("c0")
    assert "c0" in found.parts
    stored = found.fold("u1").parts
    assert "cnew" in stored
    assert "c0" not in stored


def test_a_row_is_applied_once(scripts, keep, plan_write):
    keep(plan_write())
    found = kept()
    start = journal().folds.start("u1", [""])
    scripts.clear()
    found.apply(start.rows, start.tail.rows)
    assert scripts == []


def test_threads_may_use_the_shadow_of_one_user_at_once():
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda n: (save(n), dashboard(user_id="u1")), range(2 * ROWS_A_FOLD)))
    assert dashboard(user_id="u1").stats.conversations == 2 * ROWS_A_FOLD
    restart()
    assert dashboard(user_id="u1").stats.conversations == 2 * ROWS_A_FOLD


def test_folds_that_cannot_be_stored_stop_no_request(monkeypatch, caplog):
    def broken(*_):
        raise JournalUnavailable("no space")

    monkeypatch.setattr(Folds, "keep", broken)
    for number in range(ROWS_A_FOLD + 5):
        save(number)
    assert dashboard(user_id="u1").stats.conversations == ROWS_A_FOLD + 5
    assert "no space" in caplog.text


def test_a_shadow_that_cannot_be_folded_stays_in_memory_and_is_tried_again_32_rows_later(monkeypatch, scripts):
    tried = []

    def broken(_, folds):
        tried.append(folds)
        raise JournalUnavailable("no space")

    monkeypatch.setattr(Folds, "keep", broken)
    for number in range(3 * ROWS_A_FOLD):
        scripts.clear()
        save(number)
        assert len(scripts) == 1, "its own, and no waiting row"
    assert len(tried) == 2
