"""The site with five times its patience: for tests of what it answers, not of when it gives up.

A machine that runs tests may be busy, and whatever is given up too early is answered otherwise: from the journal, from
a snapshot, or by a 503. A test of a deadline sets the one that it is about.
"""

from importlib import import_module

from tests.support.waiting import SLACK

_DEADLINES = {
    "accounts.credentials.sessions": ("REVOCATION_BUDGET_S",),
    "accounts.credentials.jwks": ("TIMEOUT_S",),
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
    "redis_models.journal.store": ("LOCK_TIMEOUT_S",),
}
"""By module, since a name that was imported is a copy."""


def be_patient() -> None:
    """Let this process wait five times as long; call it once."""
    for name, deadlines in _DEADLINES.items():
        module = import_module(name)
        for each in deadlines:
            setattr(module, each, SLACK * getattr(module, each))
