"""The only package that imports redis and django_redis: connections, retries, and the translation of errors."""

from redis_models.connection.client import (
    ProbeReply,
    free_blocked_callers,
    keys_matching,
    probe,
    round_trip,
    run_script,
)

__all__ = ["ProbeReply", "free_blocked_callers", "keys_matching", "probe", "round_trip", "run_script"]
