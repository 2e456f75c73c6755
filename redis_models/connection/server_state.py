"""A server's state as INFO reports it, and whether the server can guarantee to keep a write. No I/O."""

from collections.abc import Mapping
from dataclasses import dataclass

WAITAOF_SINCE = (7, 2)


@dataclass(frozen=True, slots=True)
class ServerState:
    """The state of a primary at one moment."""

    replication_id: str
    run_id: str
    is_primary: bool
    replicas: int
    has_append_only_file: bool
    syncs_append_only_file: bool
    has_waitaof: bool
    evicts: bool
    tells_its_state: bool = True

    @property
    def identity(self) -> str:
        """Return a value that changes with every fail-over and restart, which may lose applied writes."""
        return f"{self.replication_id}/{self.run_id}"

    @property
    def weakness(self) -> str:
        """Return why the server cannot guarantee to keep a write; empty if it can."""
        if not self.tells_its_state:
            return "this client may not ask INFO, so the server's state is unknown; allow INFO in the client's ACL"
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
    has_append_only_file=False,
    syncs_append_only_file=False,
    has_waitaof=False,
    evicts=False,
    tells_its_state=False,
)
"""The state of a server that does not permit INFO, or has renamed it."""


def state_from(info: str, *, fsync: str) -> ServerState:
    """Return the state from INFO's text and the value of `appendfsync` (empty if CONFIG GET is not permitted)."""
    facts = dict(line.split(":", 1) for line in info.splitlines() if ":" in line and not line.startswith("#"))
    return ServerState(
        replication_id=facts.get("master_replid", ""),
        run_id=facts.get("run_id", ""),
        is_primary=facts.get("role") == "master",
        replicas=int(facts.get("connected_slaves", 0)),
        has_append_only_file=facts.get("aof_enabled") == "1",
        syncs_append_only_file=fsync != "no",
        has_waitaof=_version(facts) >= WAITAOF_SINCE,
        evicts=facts.get("maxmemory", "0") != "0" and facts.get("maxmemory_policy", "noeviction") != "noeviction",
    )


def _version(facts: Mapping[str, str]) -> tuple[int, ...]:
    text = facts.get("valkey_version") or facts.get("redis_version") or "0"
    return tuple(int(part) for part in text.split(".") if part.isdigit())[:2]
