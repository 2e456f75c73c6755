"""Multiplies the site's time-outs by five, for tests of its answers rather than of its time-outs.

A machine that runs tests may be busy, and a time-out that ends too early changes the answer: it comes from the journal
or from a snapshot, or is a 503. A test of a time-out sets that one itself.
"""

from importlib import import_module

from tests.support.waiting import SLACK

_DEADLINES = {
    "redis_models.background.revocations": ("READING_BUDGET_S",),
    "accounts.credentials.jwks": ("READING_S", "WAIT_S"),
    "accounts.credentials.provider_http": ("CONNECT_TIMEOUT_S",),
    "accounts.credentials.service_keys": ("BUDGET_S",),
    "redis_models.background.erasures": ("WAITED_FOR_S",),
    "redis_models.health.monitor": ("PROBE_TIMEOUT_S", "LOOK_BUDGET_S"),
    "redis_models.background.housekeeping": ("SNAPSHOTS_BUDGET_S",),
    "redis_models.connection.cluster": ("TOPOLOGY_TIMEOUT_S",),
    "redis_models.connection.factory": ("SENTINEL_TIMEOUT_S",),
    "redis_models.connection.connection_classes": ("_DETECTION_TIMEOUT_S",),
    "redis_models.connection.link": ("FENCE_TIMEOUT_MS", "OPERATION_BUDGET_S"),
    "redis_models.connection.one_server": ("LOOK_TIMEOUT_S",),
    "redis_models.connection.topology": ("LOOK_TIMEOUT_S",),
    "redis_models.journal.group_commit": ("LOCK_TIMEOUT_S",),
    "redis_models.journal.file.opening": ("LOCK_TIMEOUT_S",),
    "redis_models.journal.store": ("LOCK_TIMEOUT_S",),
    "redis_models.journal.file.transactions": ("LOCK_TIMEOUT_S",),
}
"""By module: a module that imported the name has a copy of its own."""


def be_patient() -> None:
    """Multiply this process's time-outs by five; must be called only once."""
    for name, deadlines in _DEADLINES.items():
        module = import_module(name)
        for each in deadlines:
            setattr(module, each, SLACK * getattr(module, each))
