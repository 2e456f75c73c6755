"""A person is erased, registers again and writes; steps of the erasure and an older write come late, or once more.

Old words were made at time 1, the erasure has time 2, the new words have time 3. Another host has a pending row with
old words, and a process of the erasing host may keep a snapshot that it read before. The primary has a replica that
lags, and may fail over to it.
"""

from typing import NamedTuple

from tests.protocol.model.explore import Off, State, Steps, Switch, World, action, changed, invariant

OLD_AT, ERASED_AT, NEW_AT, LATER_AT = 1, 2, 3, 4
FAIL_OVERS, CRASHES = 2, 1
NONE, IN_FLIGHT, APPLIED = range(3)
NOTHING, PENDING, ERASED = range(3)
READ, OUTDATED, KEPT = range(1, 4)
"""A snapshot with old words: read, read before the host forgot the person, and kept in the host's journal."""

IN_JOURNAL = Switch("an erasure is a row", "its steps bypass the journal")
OLDER_ONLY = Switch("an erasure removes only what was made before it", "it removes everything")
OWN_TIME = Switch(
    "whoever goes on with an erasure, or repeats it, uses its time",
    "the time of the repetition is used",
)
TOMBSTONE_PROVEN = Switch("`erased` is said after the tombstone is proven", "it is said after the scripts ran")
REMOVAL_PROVEN = Switch(
    "`erased` is said after the removal is proven, too",
    "the proof of the tombstone is enough",
)
ROW_OF_NOBODY = Switch(
    "the row of an erasure belongs to no person",
    "it belongs to the erased person, whose older rows all hosts forget",
)
SNAPSHOT_AGE = Switch(
    "a snapshot that was read before the host forgot somebody is not kept",
    "it is kept, whenever it was read",
)
TOMBSTONE = Switch("a tombstone voids writes from before the erasure", "nothing keeps an older write from coming back")


class Store(NamedTuple):
    """A server: the time of the tombstone (0 for none), and whether it has old and new words of the person."""

    tombstone: int = 0
    has_old: bool = False
    has_new: bool = False


class Story(NamedTuple):
    """The state of this world. `told` is the answer to the erasure; `old_row` is the row of the other host.

    `snapshot` is one with old words, of a process of the erasing host.
    """

    primary: Store
    replica: Store
    erasure_row: int
    has_begun: bool
    told: int
    old_row: bool
    snapshot: int
    new_row: int
    is_new_told: bool
    fail_overs: int
    crashes: int


def is_void(s: Story, at: int, off: Off) -> bool:
    """Return whether a write of this time is older than the tombstone."""
    return at <= s.primary.tombstone and TOMBSTONE not in off


@action("the erasure is journaled as in flight, and sent", "accounts.privacy.erasure.begin")
def begin(s: State, off: Off) -> Steps:
    """Begin the erasure."""
    if not s.has_begun:
        yield "", changed(s, has_begun=True, erasure_row=NONE if IN_JOURNAL in off else IN_FLIGHT)


@action("the tombstone is set with {}", "accounts.writes.erasure_begin")
def set_tombstone(s: State, off: Off) -> Steps:
    """Set the tombstone: the request, the drain, a host that goes on, or a late repetition."""
    if s.has_begun:
        for at, name in times(s, off):
            yield name, changed(s, primary=changed(s.primary, tombstone=max(at, s.primary.tombstone)))


@action("the person's words are removed with {}", "accounts.writes.erasure")
def remove(s: State, off: Off) -> Steps:
    """Remove the words from before the erasure; this step may come late, and more than once."""
    if s.has_begun and s.primary.tombstone:
        for at, name in times(s, off):
            stays = s.primary.has_new and at < NEW_AT and OLDER_ONLY not in off
            yield name, changed(s, primary=changed(s.primary, has_old=False, has_new=stays))


def times(s: Story, off: Off) -> tuple[tuple[int, str], ...]:
    """Return the times that a step of the erasure may use."""
    own = (ERASED_AT, "the erasure's time")
    return (own, (LATER_AT, "a later time")) if OWN_TIME in off and s.is_new_told else (own,)


@action("the erasure is noted as applied: pending", "redis_models.journal.rows.Rows.applied")
def say_pending(s: State, _off: Off) -> Steps:
    """Tell the caller that the erasure has begun and will be finished; its reply may have been lost."""
    if s.erasure_row == IN_FLIGHT:
        yield "", changed(s, erasure_row=APPLIED, told=PENDING)


@action("the erasure is answered: erased", "accounts.privacy.erasure.finish")
def say_erased(s: State, off: Off) -> Steps:
    """Forget the host's copies, tell the caller that the erasure is done, and drop its row."""
    if not s.has_begun or s.told == ERASED or not s.primary.tombstone or s.primary.has_old:
        return
    is_known = s.erasure_row != NONE or IN_JOURNAL in off or ROW_OF_NOBODY in off
    is_tombstone_proven = s.replica.tombstone >= ERASED_AT or TOMBSTONE_PROVEN in off or IN_JOURNAL in off
    is_removal_proven = not s.replica.has_old or bool(off & {TOMBSTONE_PROVEN, REMOVAL_PROVEN, IN_JOURNAL})
    if is_known and is_tombstone_proven and is_removal_proven:
        is_kept = TOMBSTONE_PROVEN in off and s.erasure_row
        is_read = s.snapshot == READ and SNAPSHOT_AGE in off
        snapshot = READ if is_read else OUTDATED if s.snapshot in (READ, OUTDATED) else NONE
        yield "", changed(s, told=ERASED, erasure_row=APPLIED if is_kept else NONE, snapshot=snapshot)


@action("another process of the host reads a snapshot", "redis_models.offline.view.fresh_snapshot")
def read_snapshot(s: State, _off: Off) -> Steps:
    """Read the words from before the erasure, to keep them for an outage; that takes a while."""
    if s.snapshot == NONE and s.primary.has_old:
        yield "", changed(s, snapshot=READ)


@action("the process keeps its snapshot", "redis_models.journal.snapshots.Snapshots.keep")
def keep_snapshot(s: State, _off: Off) -> Steps:
    """Keep the snapshot, unless the host has forgotten somebody since it was read."""
    if s.snapshot == READ:
        yield "", changed(s, snapshot=KEPT)
    elif s.snapshot == OUTDATED:
        yield "and it is outdated", changed(s, snapshot=NONE)


@action("all hosts forget the person's rows from before the erasure", "redis_models.journal.erasure.Erasure.forget")
def forget(s: State, off: Off) -> Steps:
    """Remove the rows of the erased person from the journals."""
    if s.primary.tombstone and s.told and (s.old_row or ROW_OF_NOBODY in off):
        yield "", changed(s, old_row=False, erasure_row=NONE if ROW_OF_NOBODY in off else s.erasure_row)


@action("another host applies its row with old words", "redis_models.replay.primary_drain.PrimaryDrain.apply")
def old_applied(s: State, off: Off) -> Steps:
    """Apply a write from before the erasure; it is void after the tombstone."""
    if s.old_row and not is_void(s, OLD_AT, off):
        yield "", changed(s, primary=changed(s.primary, has_old=True))


@action("the person registers again and writes new words: yes", "redis_models.writer.submit")
def write_new(s: State, off: Off) -> Steps:
    """Write new words after the erasure was answered."""
    if s.told and not s.is_new_told and not is_void(s, NEW_AT, off):
        yield "", changed(s, primary=changed(s.primary, has_new=True), new_row=APPLIED, is_new_told=True)


@action("the drain applies the new words again", "redis_models.replay.primary_drain.PrimaryDrain.apply")
def new_applied(s: State, off: Off) -> Steps:
    """Apply the row of the new words, which is dropped if it is void."""
    if s.new_row and is_void(s, NEW_AT, off):
        yield "and they are void", changed(s, new_row=NONE)
    elif s.new_row:
        yield "", changed(s, primary=changed(s.primary, has_new=True))


@action("the drain drops the row of the new words", "redis_models.journal.queue.Queue.settle")
def drop_new(s: State, _off: Off) -> Steps:
    """Remove the row that was proven."""
    if s.new_row and s.primary.has_new and s.replica.has_new:
        yield "", changed(s, new_row=NONE)


@action("the replica copies the primary")
def copy(s: State, _off: Off) -> Steps:
    """Let the replica catch up."""
    if s.replica != s.primary:
        yield "", changed(s, replica=s.primary)


@action("the primary is killed, and the replica that lags is promoted")
def promote(s: State, _off: Off) -> Steps:
    """Lose what the replica does not have."""
    if s.fail_overs < FAIL_OVERS and s.primary != s.replica:
        yield "", changed(s, primary=s.replica, fail_overs=s.fail_overs + 1)


@action("the host is killed, and starts again")
def crash(s: State, _off: Off) -> Steps:
    """End the request; its caller was told nothing. The abandoned row is due: an erasure may wait, so it goes on."""
    if s.crashes < CRASHES:
        row = APPLIED if s.erasure_row == IN_FLIGHT else s.erasure_row
        yield "", changed(s, erasure_row=row, crashes=s.crashes + 1)


@invariant("who was told `erased` has no old words in Redis any more")
def erased_is_true(s: State) -> bool:
    """Return whether the answer `erased` is true, now and whatever was promoted since."""
    return s.told != ERASED or not s.primary.has_old


@invariant("who was told `erased` has no old words in the host's snapshots any more")
def snapshots_are_clean(s: State) -> bool:
    """Return whether the host could show old words in an outage after it said `erased`."""
    return s.told != ERASED or s.snapshot != KEPT


@invariant("an erasure that is pending is finished, or will be")
def pending_is_true(s: State) -> bool:
    """Return whether an erasure that was acknowledged is still a row, or is done."""
    return s.told != PENDING or s.erasure_row != NONE or (s.primary.tombstone > 0 and not s.primary.has_old)


@invariant("nothing newer than an erasure is erased by it, and no acknowledged write is gone")
def new_words_stay(s: State) -> bool:
    """Return whether the new words are in the journal or in the primary."""
    return not s.is_new_told or s.new_row != NONE or s.primary.has_new


WORLD = World(
    name="erasing",
    starts=(Story(Store(has_old=True), Store(has_old=True), NONE, False, NOTHING, True, NONE, NONE, False, 0, 0),),
    actions=(
        *(begin, set_tombstone, remove, say_pending, say_erased, forget, read_snapshot, keep_snapshot),
        *(old_applied, write_new, new_applied, drop_new, copy, promote, crash),
    ),
    invariants=(erased_is_true, snapshots_are_clean, pending_is_true, new_words_stay),
    bounds={"hosts": 2, "writes": 3, "replicas": 1, "fail-overs": FAIL_OVERS, "crashes of the host": CRASHES},
    switches=(
        *(IN_JOURNAL, OLDER_ONLY, OWN_TIME, TOMBSTONE_PROVEN, REMOVAL_PROVEN, ROW_OF_NOBODY, SNAPSHOT_AGE, TOMBSTONE),
    ),
)
