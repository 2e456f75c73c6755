"""What happens beside the requests while Redis is healthy: waiting writes are replayed, snapshots are renewed."""

import logging

from redis_models import health, noted, reader, writer
from redis_models.budget import budget
from redis_models.errors import JournalUnavailable, RedisUnavailable
from redis_models.journal import journal
from redis_models.periodic import Periodic

INTERVAL_S = 0.25
SNAPSHOTS_A_STEP = 50
SNAPSHOTS_BUDGET_S = 2.0

_log = logging.getLogger(__name__)


def keep_once() -> None:
    """Replay what waits, and keep snapshots of the users seen since; does nothing while Redis is away."""
    if not health.current().is_healthy:
        return
    try:
        _replay()
        with budget(SNAPSHOTS_BUDGET_S):
            _renew_snapshots()
    except RedisUnavailable:
        _log.info("Redis went away; what waits goes on waiting.")
    except JournalUnavailable as error:
        _log.error("%s", error)


def _replay() -> None:
    if not journal().users_waiting():
        return
    done = writer.replay()
    if done.applied or done.set_aside:
        _log.info("Replayed the journal. applied=%d set_aside=%d", done.applied, done.set_aside)


def _renew_snapshots() -> None:
    users = noted.taken(SNAPSHOTS_A_STEP)
    fresh = {user_id: reader.fresh_snapshot(user_id) for user_id in users}
    snapshots = {user_id: snapshot for user_id, snapshot in fresh.items() if snapshot is not None}
    if snapshots:
        journal().settle([], snapshots)


keeper = Periodic("redis-keeper", interval_s=INTERVAL_S, step=keep_once)
