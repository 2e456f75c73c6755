"""One user's applied rows in a drain, until they are settled."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from redis_models.connection import Primary, ServerState
from redis_models.schema.parts import OWN_PART

PARTS_A_USER = 20


class Place(NamedTuple):
    """Where a step of a row was applied: the primary, its identity then, and one of the keys."""

    primary: Primary
    identity: str
    key: str


@dataclass(frozen=True, slots=True)
class UserBatch:
    """One user's applied rows and the parts they wrote to.

    `rows` maps each row's id to where its steps were applied. `parts` are in the order of their last write. Only the
    last conversations get a new snapshot; kept snapshots of the others are out of date.
    """

    rows: dict[int, Sequence[Place]]
    parts: dict[str, None]

    def proven_by(self, proofs: Mapping[Primary, ServerState]) -> set[int]:
        """Return the ids of the rows all of whose steps are proven: by primaries that (still) own their keys."""
        return {row_id for row_id, places in self.rows.items() if all(_is_proven(each, proofs) for each in places)}

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


def servers_of(identities: Iterable[str]) -> str:
    """Return the servers on which a row was applied as the text that its row notes."""
    return " ".join(sorted(set(identities)))


def _is_proven(place: Place, proofs: Mapping[Primary, ServerState]) -> bool:
    proof = proofs.get(place.primary)
    return proof is not None and proof.owns(place.key)
