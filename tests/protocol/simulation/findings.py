"""What the servers hold at the end of a life, read key by key, without the program."""

import json

from redis_models.offline.local_redis.keyspace import Keyspace
from redis_models.offline.local_redis.sorted_set import SortedSet
from tests.protocol.history.history import History


class _Texts:
    """The keys of a server as texts."""

    def __init__(self, keyspace: Keyspace) -> None:
        self._keyspace = keyspace
        self.names = sorted(name.decode() for name, _ in keyspace.items())

    def hash(self, name: str) -> dict[str, str]:
        found = self._keyspace.get(name.encode(), dict) or {}
        return {field.decode(): value.decode() for field, value in found.items()}

    def elements(self, name: str) -> list[str]:
        return [each.decode() for each in self._keyspace.get(name.encode(), list) or ()]

    def members(self, name: str) -> list[str]:
        found = self._keyspace.get(name.encode(), SortedSet) or SortedSet()
        return [member.decode() for _, member in found.between(0, -1)]

    def text(self, name: str) -> str:
        return (self._keyspace.get(name.encode(), bytes) or b"").decode()

    def of_users(self, what: str) -> list[str]:
        """Return the ids of the users who have a key of that name."""
        return [name.split(":")[1] for name in self.names if name.startswith("user:") and name.endswith(f":{what}")]


def record_findings(history: History, keyspace: Keyspace) -> None:
    """Record what is there, and whether the counts are right."""
    texts = _Texts(keyspace)
    for user_id in texts.of_users("stats"):
        _record_user(history, texts, user_id)
    for user_id in texts.of_users("credential"):
        history.found(f"{user_id}/password", [texts.hash(f"user:{user_id}:credential").get("password", "")])
    _record_people(history, texts)


def _record_user(history: History, texts: _Texts, user_id: str) -> None:
    beginning = f"user:{user_id}"
    stats, ids = texts.hash(f"{beginning}:stats"), texts.members(f"{beginning}:conversations")
    history.counted(f"conversations of {user_id}", says=int(stats["conversations"]), holds=len(ids))
    history.counted(f"summaries of {user_id}", says=len(texts.hash(f"{beginning}:summaries")), holds=len(ids))
    days = len(texts.hash(f"{beginning}:active_days"))
    history.counted(f"active days of {user_id}", says=int(stats["days_active"]), holds=days)
    for name in texts.names:
        if name.startswith(f"{beginning}:conversation:") and name.count(":") == 3:
            _record_conversation(history, texts, name, f"{user_id}/{name.rpartition(':')[2]}")


def _record_conversation(history: History, texts: _Texts, name: str, place: str) -> None:
    fields = texts.hash(name)
    messages = [json.loads(each)["id"] for each in texts.elements(f"{name}:messages")]
    history.found(f"{place}/messages", messages)
    history.counted(f"messages of {place}", says=int(fields["messageCount"]), holds=len(set(messages)))
    if fields["titleAt"] != "0":
        history.found(f"{place}/title", [fields["title"]])


def _record_people(history: History, texts: _Texts) -> None:
    """Record who has which plan and email; a profile with a conflict has no email."""
    for user_id in texts.of_users("profile"):
        profile = texts.hash(f"user:{user_id}:profile")
        email = profile.get("email")
        if not email:
            history.found(f"{user_id}/plan", [profile["plan"]])
        elif "email_conflict" not in profile:
            history.found(f"email/{email}", [user_id])
            history.counted(f"the owner of {email}", says=int(texts.text(f"email:{email}:userId") == user_id), holds=1)
