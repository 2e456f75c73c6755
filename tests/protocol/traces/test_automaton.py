"""Automata read words of a small world: a lamp that burns out, which nobody sees, and is exchanged."""

from typing import NamedTuple

import pytest

from tests.protocol.model.explore import Off, Steps, Switch, World, action, changed
from tests.protocol.traces.automaton import Automaton, Label, Reading, becoming, doing, which_switch

LOOKED_AT = Switch("a lamp is only exchanged if it is broken", "it is exchanged at any time")


class Lamp(NamedTuple):
    is_lit: bool = False
    is_broken: bool = False
    storms: int = 0


@action("the lamp is switched {}")
def switch(s: Lamp, _off: Off) -> Steps:
    if not s.is_broken:
        yield "off" if s.is_lit else "on", changed(s, is_lit=not s.is_lit)


@action("the lamp burns out")
def burn_out(s: Lamp, _off: Off) -> Steps:
    if s.is_lit:
        yield "", changed(s, is_lit=False, is_broken=True)


@action("lightning strikes")
def strike(s: Lamp, _off: Off) -> Steps:
    if s.storms < 1:
        yield "", changed(s, is_lit=False, is_broken=True, storms=s.storms + 1)


@action("the lamp is exchanged")
def exchange(s: Lamp, off: Off) -> Steps:
    if s.is_broken or LOOKED_AT in off:
        yield "", Lamp()


READING = Reading(
    world=World("a lamp", (Lamp(),), (switch, burn_out, strike, exchange), (), {}, (LOOKED_AT,)),
    starts=(Lamp(),),
    moves={
        "on": doing(switch, "on"),
        "off": doing(switch, "off"),
        "new": doing(exchange),
        "gift": becoming(lambda _: Lamp()),
    },
    hidden=(burn_out,),
    windows={"storm!": (strike,), "wind": ()},
    counted=lambda state: state.storms,
    uncounted=lambda state: changed(state, storms=0),
)
LEGAL = (
    ("on", "off", "on"),
    ("on", "new", "on"),
    ("storm! begins", "storm! is over", "new"),
    ("storm! begins", "storm! is over", "new", "storm! begins", "storm! is over", "new"),
    ("on", "wind begins", "wind is over", "off"),
    ("on", "a label of another world", "off"),
    ("on", "gift", "on"),
)
ILLEGAL = (
    ("off",),
    ("on", "on"),
    ("new",),
    ("on", "off", "new"),
    ("storm! begins", "storm! is over", "on"),
    ("off", "gift"),
)


def word(names):
    return list(map(Label, names))


@pytest.mark.parametrize("names", LEGAL, ids=", ".join)
def test_a_word_is_legal_if_the_world_may_have_done_it(names):
    assert Automaton(READING).accepts(word(names))


@pytest.mark.parametrize("names", ILLEGAL, ids=", ".join)
def test_a_word_is_illegal_if_no_hidden_step_explains_it(names):
    assert not Automaton(READING).accepts(word(names))


def test_what_is_uncertain_may_have_happened_or_not():
    uncertain = [Label("on", is_certain=False)]
    assert Automaton(READING).accepts([*uncertain, Label("on")])
    assert Automaton(READING).accepts([*uncertain, Label("off")])


def test_the_rule_is_the_protection_without_which_the_word_is_legal():
    assert which_switch(READING, word(("on", "off", "new"))) is LOOKED_AT
    assert which_switch(READING, word(("off",))) is None
