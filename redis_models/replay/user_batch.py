"""One user's applied rows in a drain, until they are settled."""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from redis_models.connection import Primary
from redis_models.schema.parts import OWN_PART

PARTS_A_USER = 20


@dataclass(frozen=True, slots=True)
class UserBatch:
    """One user's applied rows and the parts they wrote to.

    `rows` maps each row's id to the primaries on which its steps ran (empty for a row without steps). `parts` are in
    the order of their last write. Only the last conversations get a new snapshot; kept snapshots of the others are out
    of date.
    """

    rows: dict[int, frozenset[Primary]]
    parts: dict[str, None]

    def proven_by(self, fenced: AbstractSet[Primary]) -> list[int]:
        """Return the ids of the rows all of whose steps ran on primaries in `fenced` (confirmed durable)."""
        return [row_id for row_id, beside in self.rows.items() if beside <= fenced]

    @property
    def newest_parts(self) -> tuple[str, ...]:
        """Return the parts that get a new snapshot: the user's own, and the 20 written to last."""
        return (OWN_PART, *self._conversations[-PARTS_A_USER:])

    @property
    def older_parts(self) -> tuple[str, ...]:
        """Return the other parts, whose kept snapshots are out of date."""
        return self._conversations[:-PARTS_A_USER]

    @property
    def _conversations(self) -> tuple[str, ...]:
        return tuple(part for part in self.parts if part != OWN_PART)
