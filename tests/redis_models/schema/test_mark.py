import pytest
from redis.crc import key_slot

from redis_models.schema.mark import Finding, Noted, copy_keys, finding_of, id_of, new_mark


@pytest.mark.parametrize(
    ("found", "proven_id", "finding"),
    [
        ("", "", Finding.MISSING),
        ("", "a", Finding.MISSING),
        ("a.1", "", Finding.KNOWN),
        ("a.1", "a", Finding.KNOWN),
        ("a.2", "a", Finding.KNOWN),
        ("b.1", "a", Finding.ANOTHER),
    ],
)
def test_a_mark_is_known_missing_or_another(found, proven_id, finding):
    assert finding_of(found, proven_id=proven_id) is finding


def test_a_mark_that_is_written_again_has_a_new_epoch_and_the_id_that_is_known():
    for noted in (Noted(proven_id="a"), Noted(mark="a.1")):
        assert id_of(noted.successor()) == "a"
        assert noted.successor() != noted.successor()
    assert id_of(Noted().successor()) != id_of(new_mark())


def test_a_mark_is_news_if_it_or_the_database_in_use_is_not_noted():
    noted = Noted(proven_id="a", mark="a.1", reached_id="a")
    assert not noted.is_news("a.1")
    assert noted.is_news("a.2")
    assert Noted(proven_id="a", mark="a.1", reached_id="b").is_news("a.1")


def test_every_128_slots_of_a_cluster_hold_one_copy():
    assert sorted(key_slot(key.encode()) // 128 for key in copy_keys()) == list(range(128))
