"""What a server says of itself that decides whether it can promise to keep a write. Pure, but for parsing INFO."""

from collections.abc import Mapping
from dataclasses import dataclass

WAITAOF_SINCE = (7, 2)


@dataclass(frozen=True, slots=True)
class ServerState:
    """A primary at one moment."""

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
        """Return what changes whenever applied writes may have been lost by a fail-over or a restart."""
        return f"{self.replication_id}/{self.run_id}"

    @property
    def weakness(self) -> str:
        """Return why the server cannot promise to keep a write; empty where it can."""
        if not self.tells_its_state:
            return "this client may not ask INFO, so nothing is known of the server; allow it in the client's ACL"
        if self.evicts:
            return "the server evicts keys when its memory is full; set maxmemory-policy to noeviction"
        if self.has_append_only_file and not self.syncs_append_only_file:
            return "appendfsync is no; set it to everysec or always"
        if self.has_append_only_file and not self.has_waitaof:
            return "this server has no WAITAOF (it came with 7.2)"
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
"""The state of a server that does not permit INFO, or that knows it by another name."""


def state_from(info: str, *, fsync: str) -> ServerState:
    """Return the state from INFO's text and `appendfsync` (empty where it may not be asked)."""
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
    return tuple(int(suboperation) for suboperation in text.split(".") if suboperation.isdigit())[:2]
