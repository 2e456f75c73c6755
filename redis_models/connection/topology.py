"""Which servers there are: the primaries by name, and what `manage.py redis_health` shows. Never a secret."""

from dataclasses import dataclass
from typing import Any, NewType

from redis import Redis

from redis_models.connection.operation import suboperation
from redis_models.connection.translation import FOREIGN

Primary = NewType("Primary", str)
ONLY = Primary("the primary")
"""The name of the one primary of a single server or behind sentinels, and of a cluster that was never reached."""
LOOK_TIMEOUT_S = 0.5


@dataclass(frozen=True, slots=True)
class Member:
    """One server; `slots` is None but for a cluster's primary, `follows` empty but for a replica."""

    name: str
    role: str
    is_up: bool
    slots: int | None = None
    follows: str = ""


def try_command(client: Redis, *command: str) -> Any:
    """Return the server's reply to the command, or None where it does not answer in half a second."""
    with suboperation(at_most_s=LOOK_TIMEOUT_S):
        try:
            return client.execute_command(*command)
        except FOREIGN:
            return None


def members_of(client: Redis, *, name: str) -> list[Member]:
    """Return the server and its replicas; of one that does not permit INFO only whether it answers."""
    replication = try_command(client, "INFO", "replication")
    if replication is None:
        return [Member(name, "primary", is_up=try_command(client, "PING") is not None)]
    return _members_from(replication, name=name)


def _members_from(replication: dict[str, Any], *, name: str) -> list[Member]:
    role = "primary" if replication["role"] == "master" else "replica"
    replicas = [replication[f"slave{number}"] for number in range(replication["connected_slaves"])]
    followers = [
        Member(f"{each['ip']}:{each['port']}", "replica", is_up=each["state"] == "online", follows=name)
        for each in replicas
    ]
    return [Member(name, role, is_up=True), *followers]
