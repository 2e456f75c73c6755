"""An email has one owner among those who were told that it is theirs, however the steps of requests are interleaved.

Two people register, change their email, are erased, and register again. The steps of their requests run in any order
with those of others; each command may run late and once more; at last a drain applies everything again.
"""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts import writes
from redis_models.operations.claims import Origin, email_of
from redis_models.operations.write import NOBODY, REFUSED
from redis_models.schema import email_keys, keys
from tests.flows.writes.steps import Execution, evaluate
from tests.support.local import LocalClient

BASE = 1_795_423_341_000
EMAILS = OLD, NEW = "a@example.com", "b@example.com"
PEOPLE = "ann", "ben"


@pytest.fixture(params=["valkey", "in process"])
def client(request):
    return request.getfixturevalue("valkey").client if request.param == "valkey" else LocalClient()


@pytest.fixture(params=["one server", "as on a cluster"], autouse=True)
def _topology(request, settings):
    if request.param == "as on a cluster":
        settings.REDIS_ENDPOINT = replace(settings.REDIS_ENDPOINT, nodes=(("127.0.0.1", 1),))


def person_of(write):
    """Return who the write is about; an erasure is a write of nobody."""
    about = (write.user_id, *write.args, *(person for person in PEOPLE if keys.erased(person) in write.keys))
    return next(person for person in about if person in PEOPLE)


class Story:
    """What the two people do. `told` is the email that each was last told is theirs."""

    def __init__(self, client):
        self.client, self.at = client, BASE
        self.running, self.sent, self.accepted = [], [], []
        self.told = {}

    def begin(self, person, kind, email):
        """Begin a request of the person, unless an erasure of the person is running or cannot begin."""
        theirs = [execution for execution in self.running if person_of(execution.write) == person]
        if any(execution.write.user_id == NOBODY for execution in theirs):
            return
        self.at += 1
        had = self.client.hgetall(keys.profile(person)).get("email")
        made = None
        if kind == "register":
            made = writes.registration(user_id=person, email=email, name=person, plan="", at=self.at)
        elif kind == "change" and had not in (None, email):
            # Claims of one origin: the other tests are about those that give way.
            made = writes.email_change(user_id=person, new=email, old=had, origin=Origin.OPERATOR, at=self.at)
        elif kind == "erase" and not theirs:
            made = writes.erasure_begin(user_id=person, at=self.at)
        if made:
            self.running.append(Execution(made))

    def go_on(self, number):
        """Run the next step of a running request, and answer it if that was its last one."""
        execution = self.running[number % len(self.running)]
        execution.go_on(self.client)
        if execution.receipt is not None:
            self.running.remove(execution)
            self.sent += execution.sent
            self.answer(execution.write, execution.receipt)

    def finish(self):
        """Run all steps that are left."""
        while self.running:
            self.go_on(0)

    def answer(self, write, receipt):
        """Tell the person, and begin what follows from the request."""
        at = {"user_id": person_of(write), "at": write.at}
        if write.script == "accounts.erase_begin.1":
            self.told.pop(person_of(write), None)
            self.running.append(Execution(writes.erasure_of_claim(email=receipt.reply[0], **at)))
        elif write.user_id == NOBODY and write.script != "accounts.erase.1":
            self.running.append(Execution(writes.erasure(ids=(), **at)))
        elif write.claim and receipt.outcome not in REFUSED:
            self.accepted.append(write)
            email = email_of(write.claim)
            self.told[write.user_id] = email
            old = write.args[2] if "email" in write.script else email
            if write.script == "accounts.email_profile.1" and old != email:
                self.running.append(Execution(writes.email_release(email=old, **at)))

    def repeat(self, number):
        """Run a command once more that ran before."""
        if self.sent:
            evaluate(self.client, *self.sent[number % len(self.sent)])

    def owners(self):
        """Return the owner of each email."""
        return {email: self.client.get(email_keys.claim(email)) for email in EMAILS}


ANNS = (("ann", "change", NEW), ("ann", "change", OLD), ("ann", "register", OLD), ("ann", "erase", ""))
BENS = (("ben", "register", OLD), ("ben", "register", NEW), ("ben", "change", OLD))
requests = st.lists(st.one_of(*map(st.sampled_from, (ANNS[:2], ANNS, BENS))), min_size=2, max_size=6)
turns = st.lists(st.integers(0, 11), max_size=24)
"""Whose turn it is: 0 to 3 begin the next request, 4 to 10 run a step of one that is running, 11 repeats a command."""
thoroughly = settings(
    max_examples=400, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


def check(story):
    for email in EMAILS:
        owners = [person for person, told in story.told.items() if told == email]
        assert len(owners) <= 1, f"{email} is {owners}'s"
        assert not owners or story.owners()[email] == owners[0]


@thoroughly
@given(data=st.data(), some=requests, order=turns)
def test_an_email_has_one_owner_among_those_who_were_told_that_it_is_theirs(client, data, some, order):
    client.flushall()
    story = Story(client)
    story.begin("ann", "register", OLD)
    story.finish()
    waiting = iter(some)
    for turn in order:
        if turn == 11:
            story.repeat(data.draw(st.integers(0, 20)))
        elif turn > 3 and story.running:
            story.go_on(turn - 4)
        elif request := next(waiting, None):
            story.begin(*request)
    for request in waiting:
        story.finish()
        story.begin(*request)
    story.finish()
    check(story)
    for write in data.draw(st.permutations(story.accepted)):
        write_again = replace(write, acknowledged=True)
        write_again.execute(lambda step, argv: evaluate(client, step, argv))
    check(story)
    for person, told in story.told.items():
        assert client.hgetall(keys.profile(person))["email"] == told
