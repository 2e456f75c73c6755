import threading

import pytest

from redis_models.budget import budget
from redis_models.errors import Conflict, JournalFull, JournalUnavailable
from redis_models.journal.group_commit import GroupCommit, Request
from tests.support.waiting import PATIENCE_S, joined, wait_until


class Batches:
    """Records the batches; the first one waits until the test releases it."""

    def __init__(self):
        self.sizes = []
        self.entered, self.go = threading.Event(), threading.Event()

    def commit(self, batch):
        self.sizes.append(len(batch))
        self.entered.set()
        assert self.go.wait(PATIENCE_S)
        for request in batch:
            request.run(None)


def in_thread(call):
    thread = threading.Thread(target=call)
    thread.start()
    return thread


def test_requests_made_during_a_commit_share_the_next_one():
    batches, results = Batches(), []
    commits = GroupCommit(batches.commit)
    threads = [in_thread(lambda: results.append(commits.run(lambda _: 0)))]
    assert batches.entered.wait(PATIENCE_S)
    threads += [
        in_thread(lambda number=number: results.append(commits.run(lambda _: number))) for number in range(1, 9)
    ]
    wait_until(lambda: commits.count == 8)
    batches.go.set()
    joined(*threads)
    assert batches.sizes == [1, 8]
    assert sorted(results) == list(range(9))


def test_an_error_of_one_request_reaches_only_its_caller():
    def commit(batch):
        for request in batch:
            request.run(None)

    def refuse(_):
        raise Conflict("no")

    commits = GroupCommit(commit)
    seen = []
    commits.later(lambda _: seen.append(1))
    with pytest.raises(Conflict):
        commits.run(refuse)
    assert seen == [1]


def test_a_failing_transaction_fails_for_all_its_requests():
    def commit(batch):
        raise JournalUnavailable("no disk")

    with pytest.raises(JournalUnavailable, match="no disk"):
        GroupCommit(commit).run(lambda _: None)


@pytest.mark.parametrize(("error", "made"), [(JournalFull("no room"), ["later", "own"]), (JournalUnavailable("x"), [])])
def test_a_change_that_may_wait_does_so_until_the_disk_is_not_full(error, made):
    seen, errors = [], [error]

    def commit(batch):
        if errors:
            raise errors.pop()
        for request in batch:
            request.run(None)

    commits = GroupCommit(commit)
    commits.later(lambda _: seen.append("later"))
    with pytest.raises(JournalUnavailable):
        commits.run(lambda _: seen.append("refused"))
    commits.flush()
    if made:
        commits.run(lambda _: seen.append("own"))
    assert seen == made


def test_a_request_without_a_turn_within_its_budget_is_withdrawn():
    seen = []

    def commit(batch):
        for request in batch:
            request.run(None)

    commits = GroupCommit(commit)
    with commits.turn, budget(0.02), pytest.raises(JournalUnavailable, match="busy"):
        commits.run(lambda _: seen.append("too late"))
    commits.flush()
    commits.later(lambda _: seen.append("later"))
    commits.flush()
    assert seen == ["later"]


def test_a_request_in_a_batch_cannot_be_withdrawn():
    seen = []
    commits = GroupCommit(seen.extend)
    commits.later(lambda _: None)
    commits.withdraw(Request(lambda _: None))
    with pytest.raises(JournalUnavailable, match="did not keep it"):
        commits.flush()
    assert len(seen) == 2
