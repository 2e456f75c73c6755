"""Have the servers prove that they keep the database's mark; only then its loss means that data were lost."""

import logging

from django.conf import settings

from redis_models import connection
from redis_models.connection import Primary
from redis_models.errors import RedisUnavailable
from redis_models.health import database_mark
from redis_models.journal import Journal
from redis_models.replay.proof import Proof
from redis_models.schema.mark import id_of

_log = logging.getLogger(__name__)


def prove(kept: Journal, mark: str) -> None:
    """Note the mark as proven if all primaries prove that they keep it, and its copies on a cluster.

    If a server can prove nothing, the mark counts as proven as soon as the database holds a user: from then on, who
    loses the mark loses data. Does nothing if the mark is proven already. Raises JournalUnavailable.
    """
    noted, is_cluster = kept.mark.noted(), bool(settings.REDIS_ENDPOINT.nodes)
    if noted.proven_id and (noted.copied_id or not is_cluster):
        return
    try:
        if _is_kept(kept, mark, is_cluster=is_cluster):
            kept.mark.prove(mark, is_copied=is_cluster)
            kept.rows.database = kept.mark.noted().proven_id
    except RedisUnavailable as error:
        _log.info("The mark of the database is not proven yet. reason=%s", error)


def _is_kept(kept: Journal, mark: str, *, is_cluster: bool) -> bool:
    primaries = connection.primaries()
    if is_cluster and any(connection.copies_on(primary) - {mark} for primary in primaries):
        return False
    proofs = [_is_proven(kept, mark, primary) for primary in primaries]
    if False in proofs or (None in proofs and not database_mark.holds_users()):
        return False
    return connection.database() == mark


def _is_proven(kept: Journal, mark: str, primary: Primary) -> bool | None:
    """Return whether the primary proves what it has, as it proves rows; None if it can prove nothing as it is."""
    with connection.link_to(primary) as link:
        proof = Proof(kept, link, primary, database=id_of(mark))
        is_proven = proof.ask() is not None
    return None if proof.before.weakness else is_proven
