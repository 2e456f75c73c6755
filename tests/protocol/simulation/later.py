"""What lives leave out, because it would break a promise today, or because the simulation lacks something for it.

The model shows what can happen without a protection; see "not built yet" in docs/protocol.md.
"""

DRAIN_WHILE_CUT = "a process that has not seen all replicas drains while one is cut off"
DISKS_LAG = "a replica's disk lags behind its memory"
CLAIMS_WITH_LOSS = "people register in a life in which servers lose data"
ERASURES = "erasures"

LATER: dict[str, str] = {}
"""The protection that each of them waits for, by its name in the model."""
UNFINISHED = {ERASURES: "a life ends before another host goes on with an erasure that was begun and not finished"}
"""What the simulation itself lacks for lives that contain it."""


def is_on(name: str) -> bool:
    """Return whether lives contain it."""
    return name not in LATER and name not in UNFINISHED
