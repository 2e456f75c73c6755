from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from redis_models.errors import Invalid
from redis_models.schema.model import HashModel, pairs, stored_as


@dataclass(frozen=True)
class Example(HashModel):
    id: str
    score: float = 0.0
    tags: tuple[str, ...] = ()
    joined_at: datetime | None = stored_as("joinedAt", default=None)


def test_a_model_is_read_back_from_its_hash_unchanged():
    example = Example("a", 6.5, ("x",), datetime(2026, 11, 23, tzinfo=UTC))
    assert Example.from_hash(example.to_hash()) == example


def test_the_hash_uses_the_stored_names_and_leaves_none_out():
    assert Example("a").to_hash() == {"id": "a", "score": "0", "tags": "[]"}
    assert "joinedAt" in Example("a", joined_at=datetime(2026, 11, 23, tzinfo=UTC)).to_hash()


def test_unknown_fields_of_the_hash_are_ignored_and_missing_ones_take_their_default():
    assert Example.from_hash({"id": "a", "of_old": "1"}) == Example("a")


def test_a_hash_without_a_field_that_has_no_default_is_refused():
    with pytest.raises(Invalid, match="lacks its id"):
        Example.from_hash({"score": "1"})


def test_pairs_reads_a_flat_reply():
    assert pairs(["a", "1", "b", "2"]) == {"a": "1", "b": "2"}
    assert pairs([]) == {}
