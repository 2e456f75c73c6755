"""What the servers and the hosts hold at the end of a life, read key by key, without the program."""

import json
from collections.abc import Iterable, Iterator

from redis_models.offline.local_redis.commands import COMMANDS
from redis_models.offline.local_redis.keyspace import Keyspace
from redis_models.offline.local_redis.sorted_set import SortedSet
from tests.protocol.history.history import History

_MAKES = {"hash": b"HSET", "list": b"RPUSH"}
"""The commands that make the keys in which contents lie."""


class Texts:
    """The keys of a keyspace as texts."""

    def __init__(self, keyspace: Keyspace) -> None:
        self._keyspace = keyspace
        self.names = sorted(name.decode() for name, _ in keyspace.items())

    def hash(self, name: str) -> dict[str, str]:
        """Return the hash; empty if there is none."""
        found = self._keyspace.get(name.encode(), dict) or {}
        return {field.decode(): value.decode() for field, value in found.items()}

    def elements(self, name: str) -> list[str]:
        """Return the elements of the list; none if there is no list."""
        return [each.decode() for each in self._keyspace.get(name.encode(), list) or ()]

    def scores(self, name: str) -> dict[str, float]:
        """Return the members of the sorted set, with their scores; none if there is no set."""
        found = self._keyspace.get(name.encode(), SortedSet) or SortedSet()
        return {member.decode(): score for score, member in found.between(0, -1)}

    def text(self, name: str) -> str:
        """Return the text; empty if there is none."""
        return (self._keyspace.get(name.encode(), bytes) or b"").decode()

    def of_users(self, what: str) -> list[str]:
        """Return the ids of the users who have a key of that name."""
        return [name.split(":")[1] for name in self.names if name.startswith("user:") and name.endswith(f":{what}")]

    @property
    def conversations(self) -> list[tuple[str, str]]:
        """Return user and id of each conversation that has a key of its own."""
        parted = [name.split(":") for name in self.names if name.startswith("user:")]
        return sorted({(each[1], each[3]) for each in parted if each[2] == "conversation"})


def record_findings(history: History, keyspace: Keyspace) -> None:
    """Record what is there, and whether the counts are right."""
    texts = Texts(keyspace)
    for place, items in _contents(texts):
        history.found(place, items)
    for user_id in texts.of_users("stats"):
        _count_user(history, texts, user_id)
    for user_id, conversation_id in texts.conversations:
        name, place = f"user:{user_id}:conversation:{conversation_id}", f"{user_id}/{conversation_id}"
        messages = len({*_messages(texts, name)})
        history.counted(f"messages of {place}", says=int(texts.hash(name).get("messageCount", 0)), holds=messages)
    for user_id, email in _owners(texts):
        history.counted(f"the owner of {email}", says=int(texts.text(f"email:{email}:userId") == user_id), holds=1)


def record_kept(history: History, host: str, stored: Iterable[tuple[str, str, list[str]]]) -> None:
    """Record what a host keeps of a user: names, kinds and elements of keys."""
    keyspace = Keyspace()
    for name, kind, elements in stored:
        if kind in _MAKES:
            COMMANDS[_MAKES[kind]](keyspace, *(text.encode() for text in (name, *elements)))
    for place, items in _contents(Texts(keyspace)):
        history.kept(host, place, items)


def _contents(texts: Texts) -> Iterator[tuple[str, list[str]]]:
    """Yield each place with what it holds."""
    for user_id, conversation_id in texts.conversations:
        name, place = f"user:{user_id}:conversation:{conversation_id}", f"{user_id}/{conversation_id}"
        yield f"{place}/messages", _messages(texts, name)
        fields = texts.hash(name)
        if fields.get("titleAt", "0") != "0":
            yield f"{place}/title", [fields["title"]]
    for user_id in texts.of_users("credential"):
        yield f"{user_id}/password", [texts.hash(f"user:{user_id}:credential").get("password", "")]
    for user_id in texts.of_users("profile"):
        profile = texts.hash(f"user:{user_id}:profile")
        if "plan_at" in profile:
            yield f"{user_id}/plan", [profile["plan"]]
    for user_id, email in _owners(texts):
        yield f"email/{email}", [user_id]


def _messages(texts: Texts, conversation: str) -> list[str]:
    return [json.loads(each)["id"] for each in texts.elements(f"{conversation}:messages")]


def _owners(texts: Texts) -> Iterator[tuple[str, str]]:
    """Yield who has which email; a profile with a conflict has none."""
    for user_id in texts.of_users("profile"):
        profile = texts.hash(f"user:{user_id}:profile")
        if profile.get("email") and "email_conflict" not in profile:
            yield user_id, profile["email"]


def _count_user(history: History, texts: Texts, user_id: str) -> None:
    beginning = f"user:{user_id}"
    stats, ids = texts.hash(f"{beginning}:stats"), texts.scores(f"{beginning}:conversations")
    history.counted(f"conversations of {user_id}", says=int(stats["conversations"]), holds=len(ids))
    history.counted(f"summaries of {user_id}", says=len(texts.hash(f"{beginning}:summaries")), holds=len(ids))
    days = len(texts.hash(f"{beginning}:active_days"))
    history.counted(f"active days of {user_id}", says=int(stats["days_active"]), holds=days)
