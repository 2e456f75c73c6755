"""One user's rows in a drain, from when they were applied until they are settled."""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from redis_models.connection import Primary
from redis_models.schema.parts import OWN_PART

PARTS_A_USER = 20


@dataclass(frozen=True, slots=True)
class UserBatch:
    """What is remembered of one user's rows until they are settled.

    `rows` are their ids, each with the other primaries on which a step of it ran. `parts` are what was written to, in
    the order in which it was last written to. Of many conversations only the newest are kept for an outage; a snapshot
    of an older one, from before it was written to, is worth nothing any more.
    """

    rows: dict[int, frozenset[Primary]]
    parts: dict[str, None]

    def proven_by(self, fenced: AbstractSet[Primary]) -> list[int]:
        """Return the ids of the rows all of whose steps ran on primaries that are fenced."""
        return [row_id for row_id, beside in self.rows.items() if beside <= fenced]

    @property
    def newest_parts(self) -> tuple[str, ...]:
        """Return the parts whose snapshot is renewed: the user's own, and those of the newest conversations."""
        return (OWN_PART, *self._conversations[-PARTS_A_USER:])

    @property
    def older_parts(self) -> tuple[str, ...]:
        """Return the parts whose kept snapshot is out of date now."""
        return self._conversations[:-PARTS_A_USER]

    @property
    def _conversations(self) -> tuple[str, ...]:
        return tuple(part for part in self.parts if part != OWN_PART)
