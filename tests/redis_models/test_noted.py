from redis_models import noted

KEYS = {"own": "user:u1:stats", "c1": "user:u1:conversation:c1"}


def test_noted_users_are_taken_once_the_longest_noted_first():
    for user_id in ("a", "b", "a", "c"):
        noted.note_written(user_id, ())
    assert noted.taken(2) == {"a": ("",), "b": ("",)}
    assert noted.taken(2) == {"c": ("",)}
    assert noted.taken(2) == {}


def test_the_parts_that_were_touched_are_due_together_with_the_users_own():
    noted.note_read("u1", [KEYS["c1"]])
    noted.note_read("u1", [KEYS["own"]])
    assert noted.taken(1) == {"u1": ("", "c1")}


def test_a_part_that_is_only_read_is_due_again_after_a_while(monkeypatch):
    monkeypatch.setattr(noted, "RENEWED_EVERY_S", 3600.0)
    noted.note_read("u1", [KEYS["own"]])
    assert noted.taken(5) == {"u1": ("",)}
    noted.note_read("u1", [KEYS["own"]])
    assert noted.taken(5) == {}
    noted.note_written("u1", [KEYS["own"]])
    assert noted.taken(5) == {"u1": ("",)}
    monkeypatch.setattr(noted, "RENEWED_EVERY_S", 0.0)
    noted.note_read("u1", [KEYS["own"]])
    assert noted.taken(5) == {"u1": ("",)}


def test_the_number_of_noted_users_is_bounded(monkeypatch):
    monkeypatch.setattr(noted, "USERS_AT_MOST", 3)
    for user_id in "abcde":
        noted.note_written(user_id, ())
    assert list(noted.taken(10)) == ["c", "d", "e"]
