"""The servers of a deployment: the names of primaries, and the members that `manage.py redis_health` shows."""

from dataclasses import dataclass
from typing import Any, NewType

from redis import Redis

from redis_models.connection.operation import suboperation
from redis_models.connection.translation import FOREIGN

Primary = NewType("Primary", str)
ONLY = Primary("the primary")
"""The name of a single server, of the primary behind sentinels, and of a cluster that was never reached."""
LOOK_TIMEOUT_S = 0.5


@dataclass(frozen=True, slots=True)
class Member:
    """One server. `slots` is set for a primary of a cluster only, `follows` for a replica only. Holds no secrets."""

    name: str
    role: str
    is_up: bool
    slots: int | None = None
    follows: str = ""


def try_command(client: Redis, *command: str) -> Any:
    """Return the server's reply to the command; None if it replies with an error or not within half a second."""
    with suboperation(at_most_s=LOOK_TIMEOUT_S):
        try:
            return client.execute_command(*command)
        except FOREIGN:
            return None


def members_of(client: Redis, *, name: str) -> list[Member]:
    """Return the server and its replicas; only the server if it does not permit INFO."""
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
