"""The only package that imports redis and django_redis: connections, retries, and the translation of errors."""

from redis_models.connection.client import (
    ProbeReply,
    connection_to,
    key_at,
    keys_matching,
    look_again,
    primaries,
    primary_of,
    probe,
    round_trip,
    run_script,
    topology,
)
from redis_models.connection.policy import free_blocked_callers
from redis_models.connection.primary import ONLY, Primary
from redis_models.connection.topology import Member

__all__ = [
    "ONLY",
    "Member",
    "Primary",
    "ProbeReply",
    "connection_to",
    "free_blocked_callers",
    "key_at",
    "keys_matching",
    "look_again",
    "primaries",
    "primary_of",
    "probe",
    "round_trip",
    "run_script",
    "topology",
]
