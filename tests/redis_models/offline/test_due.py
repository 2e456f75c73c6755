from redis_models.offline import due

KEYS = {"own": "user:u1:stats", "c1": "user:u1:conversation:c1"}


def test_due_users_are_taken_once_oldest_first():
    for user_id in ("a", "b", "a", "c"):
        due.note_written(user_id, ())
    assert due.taken(2) == {"a": ("",), "b": ("",)}
    assert due.taken(2) == {"c": ("",)}
    assert due.taken(2) == {}


def test_written_parts_are_due_together_with_the_users_own_part():
    due.note_read("u1", [KEYS["c1"]])
    due.note_read("u1", [KEYS["own"]])
    assert due.taken(1) == {"u1": ("", "c1")}


def test_a_part_that_is_only_read_is_due_again_after_a_while(monkeypatch):
    monkeypatch.setattr(due, "RENEWED_EVERY_S", 3600.0)
    due.note_read("u1", [KEYS["own"]])
    assert due.taken(5) == {"u1": ("",)}
    due.note_read("u1", [KEYS["own"]])
    assert due.taken(5) == {}
    due.note_written("u1", [KEYS["own"]])
    assert due.taken(5) == {"u1": ("",)}
    monkeypatch.setattr(due, "RENEWED_EVERY_S", 0.0)
    due.note_read("u1", [KEYS["own"]])
    assert due.taken(5) == {"u1": ("",)}


def test_the_number_of_due_users_is_bounded(monkeypatch):
    monkeypatch.setattr(due, "USERS_AT_MOST", 3)
    for user_id in "abcde":
        due.note_written(user_id, ())
    assert list(due.taken(10)) == ["c", "d", "e"]
