"""Connections, retries and the translation of errors. The only package that imports redis and django_redis."""

from redis_models.connection.bounded import free_blocked_callers
from redis_models.connection.client import (
    connection_to,
    copies_on,
    copy_mark,
    database,
    key_at,
    keys_matching,
    look_at,
    mark_database,
    mark_on,
    primaries,
    primary_of,
    probe,
    refresh_topology,
    replicas_known_to_sentinels,
    round_trip,
    run_script,
    topology,
)
from redis_models.connection.link import Call, Link, link_to
from redis_models.connection.server_state import ProbeReply, ServerState, replicas_missing
from redis_models.connection.topology import ONLY, Member, Primary

__all__ = [
    "ONLY",
    "Call",
    "Link",
    "Member",
    "Primary",
    "ProbeReply",
    "ServerState",
    "connection_to",
    "copies_on",
    "copy_mark",
    "database",
    "free_blocked_callers",
    "key_at",
    "keys_matching",
    "link_to",
    "look_at",
    "mark_database",
    "mark_on",
    "primaries",
    "primary_of",
    "probe",
    "refresh_topology",
    "replicas_known_to_sentinels",
    "replicas_missing",
    "round_trip",
    "run_script",
    "topology",
]
