"""A server's state as it reports it, and whether the server can guarantee to keep a write. No I/O."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from redis.crc import key_slot

from redis_models.errors import RedisUnavailable

WAITAOF_SINCE = (7, 2)
_FIRST_SLOTS = 8
"""The field of a line of CLUSTER NODES in which the slots begin."""


@dataclass(frozen=True, slots=True)
class ProbeReply:
    """A live server: its clock in ms since the epoch, and why it refuses writes (empty if it takes them).

    `mark` is the database's mark, empty if it is missing; None if this primary of a cluster owns no copy of it.
    """

    server_ms: int
    refusal: str
    mark: str | None


def probe_reply_from(reply: Any, *, is_marked: bool) -> ProbeReply:
    """Return what the reply of `probe.1` or `look.1` says; raises RedisUnavailable if it says something else."""
    try:
        seconds, microseconds, found, refusal = reply
        server_ms = int(seconds) * 1000 + int(microseconds) // 1000
        return ProbeReply(server_ms, refusal=str(refusal), mark=str(found) if is_marked else None)
    except (TypeError, ValueError) as error:
        raise RedisUnavailable("The server that answers the probe is not Redis.") from error


@dataclass(frozen=True, slots=True)
class ClusterPlace:
    """A primary's place in its cluster: its configuration epoch, which changes when a slot arrives, and its slots.

    `slots` are the slots that it owns and that are not moving away; `digest` changes with every change of them.
    `replicas` is how many replicas the cluster knows of, including those that are down. `epoch` is empty if the client
    may not ask for all this.
    """

    epoch: str = ""
    slots: frozenset[int] = frozenset()
    digest: str = ""
    replicas: int = 0


@dataclass(frozen=True, slots=True)
class ServerState:
    """The state of a primary at one moment.

    `replicas` are those that were seen, and `online_replicas` those that receive writes now. `place` is None outside a
    cluster.
    """

    replication_id: str
    run_id: str
    is_primary: bool
    replicas: int
    online_replicas: int
    has_append_only_file: bool
    syncs_append_only_file: bool
    has_waitaof: bool
    evicts: bool
    tells_its_state: bool = True
    place: ClusterPlace | None = None

    @property
    def identity(self) -> str:
        """Return a value that changes with every fail-over, restart or arrival of a slot: applied writes may be lost.

        A slot arrives without what its former owner had not synced, even if that slot was this server's before.
        """
        return f"{self.replication_id}/{self.run_id}" + (f"/{self.place.epoch}" if self.place else "")

    @property
    def identity_with_slots(self) -> str:
        """Return a value that also changes if a slot leaves: another server then has writes that were applied here."""
        return self.identity + (f"/{self.place.digest}" if self.place else "")

    def owns(self, key: str) -> bool:
        """Return whether the key is this server's and stays; always true outside a cluster."""
        return self.place is None or key_slot(key.encode()) in self.place.slots

    @property
    def weakness(self) -> str:
        """Return why the server cannot guarantee to keep a write; empty if it can."""
        return self._untold or self._weakness_of_configuration

    @property
    def _untold(self) -> str:
        if not self.tells_its_state:
            return "this client may not ask INFO, so the server's state is unknown; allow INFO in the client's ACL"
        if self.place and not self.place.epoch:
            return "this client may not ask CLUSTER NODES, so moves of slots are not seen; allow it in the client's ACL"
        return ""

    @property
    def _weakness_of_configuration(self) -> str:
        if self.evicts:
            return "the server evicts keys when its memory is full; set maxmemory-policy to noeviction"
        if self.has_append_only_file and not self.syncs_append_only_file:
            return "appendfsync is no; set it to everysec or always"
        if self.has_append_only_file and not self.has_waitaof:
            return "this server has no WAITAOF; it requires Redis 7.2 or Valkey"
        if not self.has_append_only_file:
            return "no append-only file: after a restart it is empty, and its replicas copy that; set appendonly to yes"
        return ""


UNKNOWN = ServerState(
    replication_id="",
    run_id="",
    is_primary=True,  # a replica refuses writes by itself
    replicas=0,
    online_replicas=0,
    has_append_only_file=False,
    syncs_append_only_file=False,
    has_waitaof=False,
    evicts=False,
    tells_its_state=False,
)
"""The state of a server that does not permit INFO, or has renamed it."""


def state_from(info: str, *, fsync: str, nodes: str | None = None) -> ServerState:
    """Return the state from INFO's text and the value of `appendfsync` (empty if CONFIG GET is not permitted).

    `nodes` is the text of CLUSTER NODES: empty if that is not permitted, None outside a cluster.
    """
    facts = dict(line.split(":", 1) for line in info.splitlines() if ":" in line and not line.startswith("#"))
    online, place = _online_replicas(facts), None if nodes is None else _place_from(nodes)
    return ServerState(
        replication_id=facts.get("master_replid", ""),
        run_id=facts.get("run_id", ""),
        is_primary=facts.get("role") == "master",
        replicas=max(online, place.replicas if place else 0),
        online_replicas=online,
        has_append_only_file=facts.get("aof_enabled") == "1",
        syncs_append_only_file=fsync != "no",
        has_waitaof=_version(facts) >= WAITAOF_SINCE,
        evicts=facts.get("maxmemory", "0") != "0" and facts.get("maxmemory_policy", "noeviction") != "noeviction",
        place=place,
    )


def _online_replicas(facts: Mapping[str, str]) -> int:
    """Return how many replicas receive writes: not those that still copy the database, as a backup tool does."""
    connected = int(facts.get("connected_slaves", 0))
    lines = [facts[name] for number in range(connected) if (name := f"slave{number}") in facts]
    return sum("state=online" in line for line in lines) if lines else connected


def _place_from(nodes: str) -> ClusterPlace:
    lines = [line.split() for line in nodes.splitlines() if line]
    own = next((fields for fields in lines if "myself" in fields[2]), None)
    if own is None:
        return ClusterPlace()
    slots = frozenset(_slots_of(own[_FIRST_SLOTS:]))
    digest = blake2b(",".join(map(str, sorted(slots))).encode(), digest_size=8).hexdigest()
    return ClusterPlace(own[6], slots, digest, sum(fields[3] == own[0] for fields in lines))


def _slots_of(fields: list[str]) -> Iterator[int]:
    """Yield the slots; a slot that is moving away is in a range, and also named as `[SLOT->-NODE]`."""
    leaving = {int(field[1:].partition("->-")[0]) for field in fields if "->-" in field}
    for field in fields:
        if not field.startswith("["):
            first, _, last = field.partition("-")
            yield from set(range(int(first), int(last or first) + 1)) - leaving


def _version(facts: Mapping[str, str]) -> tuple[int, ...]:
    text = facts.get("valkey_version") or facts.get("redis_version") or "0"
    return tuple(int(part) for part in text.split(".") if part.isdigit())[:2]


def unsynced(replicas: int, *, received: int, synced: int) -> str:
    """Return why nothing is proven if only so many of the known replicas received the writes, and synced them."""
    if received < replicas:
        return replicas_missing(replicas, present=received)
    return (
        f"only {synced} of {replicas} replicas synced the writes to an append-only file in time;"
        " set appendonly to yes, and appendfsync to everysec or always, on the others"
    )


def replicas_missing(replicas: int, *, present: int) -> str:
    """Return why nothing is proven if fewer replicas are there than were seen."""
    return (
        f"only {present} of {replicas} known replicas confirm writes; bring the others back, or, if they were removed"
        " for good, run `journal forget-replicas`"
    )
