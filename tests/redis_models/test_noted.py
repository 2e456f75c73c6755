from redis_models import noted


def test_noted_users_are_taken_once_the_longest_noted_first():
    for user_id in ("a", "b", "a", "c"):
        noted.note(user_id)
    assert noted.taken(2) == ["a", "b"]
    assert noted.taken(2) == ["c"]
    assert noted.taken(2) == []


def test_the_number_of_noted_users_is_bounded(monkeypatch):
    monkeypatch.setattr(noted, "USERS_AT_MOST", 3)
    for user_id in "abcde":
        noted.note(user_id)
    assert noted.taken(10) == ["c", "d", "e"]
