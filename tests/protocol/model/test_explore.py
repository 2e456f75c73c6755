"""The explorer finds the shortest trace, visits every state, and never stops silently."""

from dataclasses import replace
from typing import NamedTuple

import pytest

from tests.protocol.model.explore import (
    StateLimitReachedError,
    Switch,
    World,
    action,
    changed,
    explore,
    explore_limit,
    explore_without,
    invariant,
)

CHECKED = Switch("a withdrawal checks the balance", "it does not")


class Account(NamedTuple):
    balance: int = 0
    days: int = 0


@action("{} is paid in", "redis_models.writer.submit")
def pay_in(s, off):
    for amount in (1, 2):
        if s.balance + amount <= 4:
            yield str(amount), changed(s, balance=s.balance + amount)


@action("{} is withdrawn")
def withdraw(s, off):
    if s.balance >= 3 or CHECKED in off:
        yield "3", changed(s, balance=s.balance - 3)


@action("a day passes")
def wait(s, off):
    if s.days < 2:
        yield "", changed(s, days=s.days + 1)


@invariant("the balance is never negative")
def never_negative(s):
    return s.balance >= 0


@invariant("the balance is never 4")
def never_four(s):
    return s.balance != 4


WORLD = World(
    name="an account",
    starts=(Account(),),
    actions=(wait, pay_in, withdraw),
    invariants=(never_negative,),
    bounds={"days": 2},
    switches=(CHECKED,),
    limits=(never_four,),
)


def test_every_state_is_visited_once():
    explored = explore(WORLD)
    assert (explored.states, explored.broken, explored.trace) == (5 * 3, "", ())
    assert explored.happened == {pay_in, withdraw, wait}


def test_the_shortest_trace_to_a_planted_mistake_is_found():
    explored = explore_without(WORLD, CHECKED)
    assert (explored.broken, explored.trace) == ("the balance is never negative", ("3 is withdrawn",))


def test_of_several_ways_the_one_with_the_fewest_steps_is_found():
    assert explore_limit(WORLD, never_four).trace == ("2 is paid in", "2 is paid in")


def test_a_broken_start_is_found():
    explored = explore(replace(WORLD, starts=(Account(balance=-1),)))
    assert (explored.broken, explored.trace) == ("the balance is never negative", ())


def test_too_many_states_are_an_error():
    with pytest.raises(StateLimitReachedError, match="an account: more than 14 states"):
        explore(replace(WORLD, states_at_most=14))
    assert explore(replace(WORLD, states_at_most=15)).states == 15


def test_states_that_differ_by_a_symmetry_are_one():
    explored = explore(replace(WORLD, normal=lambda s: changed(s, days=0)))
    assert explored.states == 5


def test_smaller_starts_are_used_without_a_protection_and_for_limits():
    small = replace(WORLD, starts_of_switches=(Account(balance=3),), starts_of_limits=(Account(balance=2),))
    assert explore_without(small, CHECKED).trace == ("3 is withdrawn", "3 is withdrawn")
    assert explore_limit(small, never_four).trace == ("2 is paid in",)
