"""A shadow that was folded, evicted and made again equals one made from the snapshot and all rows."""

from dataclasses import replace

import pytest
from django.test.utils import override_settings
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import run_state_machine_as_test

from redis_models import writer
from redis_models.health import registry
from redis_models.host import current_host
from redis_models.journal import State, journal
from redis_models.offline import kept_shadows, view
from redis_models.offline.kept_shadows import KeptShadows
from redis_models.offline.shadow import Shadow
from redis_models.schema.parts import parts_of
from redis_models.testing import fresh_host
from tests.flows.writes.test_commutation import GROUPS, USER
from tests.flows.writes.test_nothing_disappears import Site

PARTS = ("", "c1", "c2", "c3", "c4")
KINDS = [st.one_of(group) for name, group in GROUPS.items() if name not in ("sessions", "an account")]
WRITES = st.one_of(KINDS).map(lambda write: replace(write, deferrable=True))
STEPS = st.one_of(
    st.tuples(st.just("write"), WRITES),
    st.tuples(st.just("a write of another worker"), WRITES),
    st.tuples(st.just("a write in flight"), WRITES),
    st.tuples(st.sampled_from(["accept", "refuse", "apply"]), st.integers(0, 3)),
    st.tuples(st.sampled_from(["read", "evict", "restart"]), st.sampled_from(PARTS)),
    st.tuples(st.just("a row leaves"), st.integers(0, 7)),
)


ROWS_A_FOLD = 3


@pytest.fixture(autouse=True)
def _small(monkeypatch):
    monkeypatch.setattr(kept_shadows, "ROWS_A_FOLD", ROWS_A_FOLD)
    monkeypatch.setattr(kept_shadows, "FOLDS_AT_ONCE", 1)


class Worker:
    """A worker in an outage, and the rows in flight."""

    def __init__(self):
        self.in_flight = []

    def do(self, step, what):
        rows = journal().rows
        match step:
            case "write":
                writer.submit(what)
            case "a write of another worker":
                rows.keep(what, row_id=None)
            case "a write in flight":
                self.in_flight.append((rows.begin(what, deadline_ms=2**50), what))
            case "accept" | "refuse" | "apply" if self.in_flight:
                row_id, write = self.in_flight.pop(what % len(self.in_flight))
                {"accept": lambda: rows.keep(write, row_id=row_id), "refuse": lambda: rows.drop(row_id),
                 "apply": lambda: rows.applied(row_id)}[step]()  # fmt: skip
                journal().flush()
            case "a row leaves":
                shown = sorted(journal().snapshots.view(USER).shown)
                journal().queue.settle(shown[what : what + 1], {}, {})
            case "read":
                view.shadow_of(USER, ("", what), is_reachable=False)
            case "evict":
                evict()
            case "restart":
                current_host().states.pop(KeptShadows, None)


def evict():
    """Use the shadow of another user, for whom the user's leaves memory."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(kept_shadows, "BYTES_AT_MOST", 1)
        kept_shadows.kept("u2", ("",), except_row=None)


def from_all_rows():
    shown = journal().snapshots.view(USER).shown
    reference = Shadow(journal().snapshots.get(USER, PARTS))
    reference.apply(journal().rows.by_id(shown), dict.fromkeys(shown, State.PENDING))
    return reference


def contents(shadow):
    """Return the keys of the parts, with their values; a list without its order."""
    found = {}
    for name, kind, elements in shadow.redis.stored():
        if parts_of(USER, (name,))[-1] in PARTS and elements:
            is_ordered = kind in ("zset", "string")
            whole = zip(elements[::2], elements[1::2], strict=True) if kind == "hash" else elements
            found[name] = list(whole) if is_ordered else sorted(whole)
    return found


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(steps=st.lists(STEPS, min_size=3, max_size=16))
def test_a_shadow_made_from_a_fold_equals_one_made_from_all_rows(steps):
    with fresh_host(), override_settings(AIRA_JOURNAL="memory"):
        away()
        journal().erasure.forget(USER, until_ms=2**52)
        worker = Worker()
        for step, what in steps:
            worker.do(step, what)
            assert contents(kept_shadows.kept(USER, PARTS, except_row=None)) == contents(from_all_rows())
            assert journal().folds.pending(USER) == len(journal().rows.pending_ids(USER))


def away():
    for breaker in registry.breakers().values():
        breaker.is_monitored = True
        for _ in range(2):
            breaker.probe_missed("away")


def test_reads_equal_a_model_if_every_shadow_is_folded_at_once(valkey, monkeypatch):
    monkeypatch.setattr(kept_shadows, "ROWS_A_FOLD", 1)
    few = settings(max_examples=60, stateful_step_count=15, suppress_health_check=list(HealthCheck))
    run_state_machine_as_test(Site, settings=few)
