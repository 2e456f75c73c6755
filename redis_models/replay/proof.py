"""The proof of one primary: it keeps all that was written over a link, and was the same server from the beginning."""

from redis_models import connection, trace
from redis_models.connection import Link, Primary, ServerState
from redis_models.errors import RedisUnavailable
from redis_models.journal import Journal
from redis_models.journal.facts import REPLICAS, UNCONFIRMED

_BEGIN = "redis_models.replay.primary_drain.primary_drain_of"
_ASK = "redis_models.replay.proof.Proof.ask"


class Proof:
    """Remembers the server's state as it was before the first write; `ask` compares it after the last one.

    `weakness` is why the server cannot prove that it keeps writes, or why it did not when it was last asked; empty if
    it does. What was seen of replicas is stored in the journal: a replica that is down may be promoted later, so it
    still counts, also after a restart of this host.
    """

    def __init__(self, kept: Journal, link: Link, primary: Primary, *, database: str) -> None:
        self._kept, self._link, self._primary = kept, link, primary
        self.before = link.state()
        if not self.before.is_primary:
            raise RedisUnavailable("The server is not the primary any more.")
        of = f"{database} {primary}"
        self._unconfirmed = f"{UNCONFIRMED} {of}"
        self._replicas = self._most_replicas(f"{REPLICAS} {of}")
        self._noted = kept.admin.fact(self._unconfirmed)
        self.was_unconfirmed = bool(self._noted)
        self.weakness = self.before.weakness or self._noted
        self._trace(_BEGIN, "weak" if self.before.weakness else "remembered", self.before)

    def _most_replicas(self, name: str) -> int:
        known = int(self._kept.admin.fact(name) or 0)
        seen = max(self.before.replicas, connection.replicas_known_to_sentinels())
        if seen > known:
            self._kept.admin.note(name, str(seen))
        return max(seen, known)

    def ask(self) -> ServerState | None:
        """Return the state of the server, which proves that it keeps all writes in slots that it owns; None if not.

        Raises RedisUnavailable if a fail-over, a restart or a slot that arrived may have undone writes.
        """
        self.weakness = self.before.weakness or self._missing()
        now = self._link.state()
        self._trace(_ASK, "weak" if self.weakness else "proven", now)
        if not now.is_primary or now.identity != self.before.identity:
            raise RedisUnavailable("The server changed while the journal was applied to it.")
        if not self.before.weakness and self.weakness != self._noted:
            self._kept.admin.note(self._unconfirmed, self.weakness)
            self._noted = self.weakness
        return None if self.weakness else now

    def _trace(self, step: str, says: str, state: ServerState) -> None:
        server, primary = trace.digest(state.identity), trace.digest(str(self._primary))
        has_file = state.has_append_only_file
        trace.note(step, says, server=server, primary=primary, replicas=self._replicas, has_file=has_file)

    def _missing(self) -> str:
        if self.before.online_replicas < self._replicas:
            return connection.replicas_missing(self._replicas, present=self.before.online_replicas)
        return self._link.unconfirmed(self._primary, replicas=self._replicas)
