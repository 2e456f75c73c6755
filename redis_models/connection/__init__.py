"""The only package that imports redis and django_redis: connections, retries, and the translation of errors."""

from redis_models.connection.client import (
    ProbeReply,
    database,
    free_blocked_callers,
    keys_matching,
    mark_database,
    probe,
    round_trip,
    run_script,
)
from redis_models.connection.link import Call, Link, Primary, link_to, primaries, primary_of
from redis_models.connection.state import ServerState

__all__ = [
    "Call",
    "Link",
    "Primary",
    "ProbeReply",
    "ServerState",
    "database",
    "free_blocked_callers",
    "keys_matching",
    "link_to",
    "mark_database",
    "primaries",
    "primary_of",
    "probe",
    "round_trip",
    "run_script",
]
