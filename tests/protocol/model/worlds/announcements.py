"""An erasure is announced to another host, which may still talk to an old primary while a new one is in charge.

The host looks for announcements, forgets the erased person, and confirms the time of its last look. Before the erasure
it has confirmed time 1 to both primaries, the erasure is announced at time 2, and looks after it have time 3. The old
primary knows nothing of what happens on the new one, and becomes its replica when the host's connections move. That the
announcements of the last minute are read again is left out: it helps only if both primaries take writes for less.
"""

from typing import NamedTuple

from tests.protocol.model.explore import Off, State, Steps, Switch, World, action, changed, invariant

NEVER, BEFORE, ANNOUNCED_AT, AFTER = range(4)
CRASHES = 1

SINCE_STORED = Switch(
    "a host reads the announcements since its confirmation that the server has",
    "it reads those since its last look, on whatever server that was",
)
ALL_PROCESSED = Switch(
    "a host's time is stored as confirmed only if the host has processed all announcements up to it",
    "the time of its last look is stored",
)


class Story(NamedTuple):
    """The state of this world. The erasure is announced and done on the old primary, or on the new one alone.

    `old` and `new` are the times that the primaries have as confirmed by the host. `until` is that of its last look. It
    `has_processed` the announcement in this life, or `is_told` of it just now. It `has_copy` of old words.
    """

    is_split: bool = False
    is_moved: bool = False
    on_old: bool = False
    on_new: bool = False
    old: int = BEFORE
    new: int = BEFORE
    until: int = BEFORE
    is_told: bool = False
    has_processed: bool = False
    has_copy: bool = True
    has_looked: bool = False
    is_confirmed: bool = False
    crashes: int = 0


def is_announced(s: Story) -> bool:
    """Return whether the primary to which the host talks has the announcement, and no old words any more."""
    return s.on_new if s.is_moved else s.on_old


@action("a replica is promoted beside the primary, to which the host still talks")
def promote(s: State, _off: Off) -> Steps:
    """Let both primaries take writes."""
    if not s.is_split:
        yield "", changed(s, is_split=True, new=s.old)


@action("the host's connections move to the new primary")
def move(s: State, _off: Off) -> Steps:
    """End the split for this host."""
    if s.is_split and not s.is_moved:
        yield "", changed(s, is_moved=True)


@action("the erasure is done and announced on {}", "redis_models.background.erasures.announce")
def announce(s: State, _off: Off) -> Steps:
    """Erase and announce, by another host."""
    if not s.on_new:
        name = "the new primary" if s.is_split else "the primary"
        yield name, changed(s, on_new=True, on_old=not s.is_split)


@action("the host asks for announcements, {}", "redis_models.background.erasures.confirmation")
def ask(s: State, off: Off) -> Steps:
    """Store the confirmation and read the announcements, in one script."""
    if s.is_told:
        return
    stored = s.new if s.is_moved else s.old
    since = s.until if SINCE_STORED in off else min(s.until, stored)
    has_missed = is_announced(s) and s.until >= ANNOUNCED_AT and not s.has_processed
    confirms = s.until if s.until > stored and (not has_missed or ALL_PROCESSED in off) else stored
    is_told = is_announced(s) and since <= ANNOUNCED_AT and not s.has_processed
    until = AFTER if s.on_new else BEFORE
    before = {"new": confirms} if s.is_moved else {"old": confirms, "new": s.new if s.is_split else confirms}
    after = changed(s, until=until, is_told=is_told, has_looked=s.has_looked or (is_announced(s) and not is_told))
    yield "and is told of the erasure" if is_told else "and there is nothing new", changed(after, **before)


@action("the host forgets the erased person", "redis_models.journal.erasure.Erasure.forget")
def forget(s: State, _off: Off) -> Steps:
    """Remove the copy."""
    if s.is_told:
        yield "", changed(s, is_told=False, has_processed=True, has_copy=False, has_looked=True)


@action("the host keeps a snapshot with old words", "redis_models.journal.snapshots.Snapshots.keep")
def keep(s: State, _off: Off) -> Steps:
    """Keep what the primary has to which the host talks."""
    if not is_announced(s) and not s.has_copy:
        yield "", changed(s, has_copy=True)


@action("the receipt says that the host has confirmed", "redis_models.background.erasures.unconfirmed")
def confirm(s: State, _off: Off) -> Steps:
    """Tell the person, from what the primary in charge has."""
    if s.on_new and s.new >= ANNOUNCED_AT and not s.is_confirmed:
        yield "", changed(s, is_confirmed=True)


@action("the host's process is killed, and starts again")
def die(s: State, _off: Off) -> Steps:
    """Forget what is in memory; it has no confirmation of its own, and asks for all announcements."""
    if s.crashes < CRASHES:
        yield "", changed(s, until=NEVER, is_told=False, has_processed=False, crashes=s.crashes + 1)


@invariant("a host that is said to have confirmed an erasure keeps no copy of the erased person's words")
def confirmed_is_true(s: State) -> bool:
    """Return whether the receipt is true."""
    return not s.is_confirmed or not s.has_copy


@invariant("a host that has looked on the primary in charge since the erasure keeps no copy either")
def looked_is_enough(s: State) -> bool:
    """Return whether a host that is there forgets the person, whoever asks."""
    return not s.has_looked or not s.has_copy


WORLD = World(
    name="announcements",
    starts=(Story(), Story(has_copy=False)),
    actions=(promote, move, announce, ask, forget, keep, confirm, die),
    invariants=(confirmed_is_true, looked_is_enough),
    bounds={"hosts": 2, "erasures": 1, "primaries": 2, "crashes of the host": CRASHES},
    switches=(SINCE_STORED, ALL_PROCESSED),
)
