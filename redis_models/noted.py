"""Users whose data was read or written a moment ago, whose snapshot is therefore due; bounded: the oldest go."""

import threading

USERS_AT_MOST = 10_000

_lock = threading.Lock()
_users: dict[str, None] = {}


def note(user_id: str) -> None:
    """Remember the user."""
    with _lock:
        _users[user_id] = None
        if len(_users) > USERS_AT_MOST:
            del _users[next(iter(_users))]


def taken(most: int) -> list[str]:
    """Return up to `most` users, the longest remembered first, and forget them."""
    with _lock:
        users = list(_users)[:most]
        for user_id in users:
            del _users[user_id]
    return users
