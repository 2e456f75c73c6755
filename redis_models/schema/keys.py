"""The names of the keys of users, and what all names of keys have in common.

On a cluster only, the user id or email in a key is a hash tag (`user:{u1}:profile`), so that all keys of a user share
a slot, and so do those of an email.
"""

from functools import cache, lru_cache
from typing import Final

from django.conf import settings

from redis_models.schema.identifiers import valid_id

SERVICE_KEYS: Final = "aira:service_keys"
"""The hash of digest -> service key."""
ALL_PROFILES: Final = "user:*:profile"
"""The glob pattern of all profiles' keys; `user_of` returns the user's id in a key."""


def is_cluster() -> bool:
    """Return whether Redis is a cluster."""
    return bool(settings.REDIS_ENDPOINT.nodes)


def of(user_id: str, *parts: str) -> str:
    """Name a key of the user by its parts; an empty part gives the prefix of all keys of the user."""
    return _beginning(user_id, is_tagged=is_cluster()) + ":".join(parts)


@lru_cache(maxsize=10_000)
def _beginning(user_id: str, *, is_tagged: bool) -> str:
    shown = f"{{{valid_id(user_id)}}}" if is_tagged else valid_id(user_id)
    return f"user:{shown}:"


def user_of(key: str) -> str:
    """Return the user's id in a key of a user."""
    return key.split(":", 2)[1].removeprefix("{").removesuffix("}")


def share_a_server(*keys: str) -> bool:
    """Return whether one script may use all of these keys: always, except on a cluster if their hash tags differ."""
    return not is_cluster() or len({key.split(":", 2)[1] for key in keys}) == 1


def profile(user_id: str) -> str:
    """Name the hash of the user's profile, including the plan."""
    return of(user_id, "profile")


def erased(user_id: str) -> str:
    """Name the string of the time (ms) at which the user was erased; earlier writes have no effect."""
    return of(user_id, "erased")


def stats(user_id: str) -> str:
    """Name the hash of the dashboard's stats; only scripts write it."""
    return of(user_id, "stats")


def mood_history(user_id: str) -> str:
    """Name the zset of mood entries as JSON, by time (ms)."""
    return of(user_id, "mood_history")


def moods(user_id: str) -> str:
    """Name the hash of mood id -> its member of the history, or a tombstone."""
    return of(user_id, "moods")


def active_days(user_id: str) -> str:
    """Name the hash of UTC date (YYYY-MM-DD) -> the first and last times (ms) of the user's activity on that day."""
    return of(user_id, "active_days")


def chat_days(user_id: str) -> str:
    """Name the hash of UTC date (YYYY-MM-DD) -> the first and last times (ms) of the user's messages on that day."""
    return of(user_id, "chat_days")


def preferences(user_id: str) -> str:
    """Name the hash of the user's preferences, each with its time."""
    return of(user_id, "preferences")


def affirmations(user_id: str) -> str:
    """Name the zset of affirmations that the user saw, as JSON, by time (ms)."""
    return of(user_id, "affirmations")


def usage(user_id: str) -> str:
    """Name the zset of messages to Aira by the number of their day; negative for those that were given back."""
    return of(user_id, "usage")


def conversations(user_id: str) -> str:
    """Name the zset of conversation ids by creation time (ms): the index from which counts are derived."""
    return of(user_id, "conversations")


def summaries(user_id: str) -> str:
    """Name the hash of conversation id -> the summary's JSON."""
    return of(user_id, "summaries")


def deleted(user_id: str) -> str:
    """Name the zset of ids of deleted conversations by time of deletion (ms)."""
    return of(user_id, "deleted")


def conversation(user_id: str, conversation_id: str) -> str:
    """Name the hash of one conversation without its messages."""
    return of(user_id, "conversation", valid_id(conversation_id, name="chatId"))


def credential(user_id: str) -> str:
    """Name the hash of the user's encoded password and its time (ms)."""
    return of(user_id, "credential")


def sessions(user_id: str) -> str:
    """Name the hash of the user's sessions; it holds only digests of tokens."""
    return of(user_id, "sessions")


def links(user_id: str) -> str:
    """Name the hash of the id of each link that the user used lately -> when (ms)."""
    return of(user_id, "links")


def imported(user_id: str) -> str:
    """Name the hash of token -> time (ms) and number of added elements, of the user's imports of the last 30 days."""
    return of(user_id, "imported")


def requests(user_id: str) -> tuple[str, str]:
    """Name the hash of answers to requests with an Idempotency-Key, and the zset of the requests' times (ms)."""
    return of(user_id, "requests"), of(user_id, "request_times")


def of_conversation(user_id: str, conversation_id: str) -> tuple[str, str, str, str]:
    """Return the four keys that hold one conversation.

    They are the hash of its fields; the list of its messages as JSON, in the order of arrival; the hash of message ids;
    and the hash of replies in progress, in pieces until each becomes a message.
    """
    own = conversation(user_id, conversation_id)
    return own, f"{own}:messages", f"{own}:message_ids", f"{own}:replies"


def of_user(user_id: str) -> tuple[str, ...]:
    """Return the user's keys in a snapshot, without those of single conversations."""
    beginning = of(user_id, "")
    return tuple(f"{beginning}{name}" for name in _names_of_user())


@cache
def _names_of_user() -> tuple[str, ...]:
    named = (
        profile,
        stats,
        active_days,
        chat_days,
        preferences,
        affirmations,
        usage,
        conversations,
        summaries,
        deleted,
        mood_history,
        moods,
    )
    return tuple(name("u").rpartition(":")[2] for name in named)


def beside_snapshot(user_id: str) -> tuple[str, ...]:
    """Return the user's keys that are in no snapshot: only Redis answers from them. An erasure removes them too."""
    return (credential(user_id), sessions(user_id), links(user_id), imported(user_id), *requests(user_id))


def of_database() -> str:
    """Name the string of the database's mark, by which a journal identifies the database."""
    return "aira:database"
