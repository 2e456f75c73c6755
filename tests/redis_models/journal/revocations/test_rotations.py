from redis_models.journal.revocations import rotations
from redis_models.journal.revocations.ended import LIFE_MS
from redis_models.journal.revocations.rotations import Rotation


def test_the_last_rotation_of_each_session_is_kept(kept):
    assert kept.rotations.of("s1") is None
    for generation in (1, 3, 2):
        kept.rotations.keep("s1", Rotation(generation, 10 + generation, "ab"))
    kept.rotations.keep("s2", Rotation(1, 5, ""))
    assert kept.rotations.of("s1") == Rotation(3, 13, "ab")
    assert kept.rotations.of("s2") == Rotation(1, 5, "")


def test_rotations_are_kept_for_30_days(kept):
    kept.rotations.keep("s1", Rotation(1, 5, ""))
    kept.rotations.keep("s2", Rotation(1, 4 + LIFE_MS, ""))
    assert kept.rotations.of("s1")
    kept.rotations.keep("s2", Rotation(2, 5 + LIFE_MS, ""))
    assert kept.rotations.of("s1") is None


def test_of_too_many_the_oldest_are_dropped(kept, monkeypatch):
    monkeypatch.setattr(rotations, "SESSIONS_AT_MOST", 2)
    for name in ("s1", "s2", "s3"):
        kept.rotations.keep(name, Rotation(1, 5, ""))
    assert [name for name in ("s1", "s2", "s3") if kept.rotations.of(name)] == ["s2", "s3"]
