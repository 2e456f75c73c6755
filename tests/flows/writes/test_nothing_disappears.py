"""Acknowledged data never disappear from reads: reads equal a model, whatever happens in between."""

import itertools

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from chat.models import Message
from chat.selectors import conversation, conversations
from chat.services import delete_conversation, save_conversation
from dashboard.selectors import user_stats
from redis_models import gateway
from redis_models.background import housekeeping
from redis_models.errors import NotFound, RedisUnavailable
from redis_models.health import monitor, registry
from redis_models.host import Host, name_for_process
from redis_models.journal import journal
from redis_models.operations.write import Outcome
from redis_models.replay.drain import drain

BASE_MS = 1_795_423_341_000
CONVERSATIONS = st.sampled_from(["c1", "c2", "c3"])
MESSAGES = [Message(f"m{n}", "user", f"text {n}", f"2026-11-23T08:0{n}:00.000Z") for n in range(5)]
_users = (f"u{number}" for number in itertools.count())


class Site(RuleBasedStateMachine):
    """One user on one worker, a Redis that goes away and comes back, and a model: each conversation's messages."""

    def __init__(self):
        super().__init__()
        self.user_id = next(_users)
        self.kept = {}
        self.deleted = set()
        self.now = BASE_MS
        for breaker in registry.breakers().values():
            breaker.is_monitored = True
        monitor.probe_once()

    def at(self):
        self.now += 1000
        return self.now

    @rule(conversation_id=CONVERSATIONS, message=st.sampled_from(MESSAGES))
    def apply_a_save(self, conversation_id, message):
        saved = save_conversation(
            user_id=self.user_id, conversation_id=conversation_id, messages=[message], title="Chat", at=self.at()
        )
        if conversation_id in self.deleted:
            assert saved.outcome is Outcome.GONE
        else:
            assert saved.outcome is not Outcome.GONE
            self.kept.setdefault(conversation_id, set()).add(message.id)

    @rule(conversation_id=CONVERSATIONS)
    def apply_a_deletion(self, conversation_id):
        delete_conversation(user_id=self.user_id, conversation_id=conversation_id, at=self.at())
        self.kept.pop(conversation_id, None)
        self.deleted.add(conversation_id)

    @rule(which=st.integers(0, 5))
    def apply_a_waiting_write_and_lose_the_mark(self, which):
        waiting = journal().rows.by_id(journal().rows.pending_ids(self.user_id))
        if waiting and self.is_here:
            gateway.apply(waiting[which % len(waiting)].write)

    @precondition(lambda self: self.is_here)
    @rule()
    def snapshot(self):
        housekeeping.renew_snapshots()

    @rule()
    def drain(self):
        drain()

    @rule()
    def kill_the_worker(self):
        was_here = self.is_here
        journal().close()
        name_for_process(Host())  # loses the worker's memory
        for breaker in registry.breakers().values():
            breaker.is_monitored = True
        if not was_here:
            self.outage()

    @precondition(lambda self: self.is_here)
    @rule()
    def outage(self):
        for breaker in registry.breakers().values():
            for _ in range(2):
                breaker.probe_missed("away")

    @precondition(lambda self: not self.is_here)
    @rule()
    def recover(self):
        monitor.probe_once()

    @property
    def is_here(self):
        return registry.current().is_healthy

    @invariant()
    def reads_equal_the_model(self):
        listed = conversations(user_id=self.user_id)
        assert {each["id"] for each in listed.summaries} == self.kept.keys()
        assert user_stats(user_id=self.user_id).conversations == len(self.kept)

    @rule(conversation_id=CONVERSATIONS)
    def a_single_conversation_is_whole_or_not_shown(self, conversation_id):
        try:
            found = conversation(user_id=self.user_id, conversation_id=conversation_id)
        except NotFound:
            assert conversation_id not in self.kept
        except RedisUnavailable:
            assert not self.is_here
        else:
            assert {message["id"] for message in found.messages} == self.kept[conversation_id]


@pytest.mark.no_cover  # 500 lives of a site; other tests cover the same lines
def test_reads_equal_a_model_over_outages_lost_marks_snapshots_drains_and_restarts(valkey):
    thoroughly = settings(max_examples=500, stateful_step_count=15, suppress_health_check=list(HealthCheck))
    run_state_machine_as_test(Site, settings=thoroughly)
