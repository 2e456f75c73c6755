"""Find the data of older servers, by user."""

from dataclasses import dataclass, field

from redis_models.connection.source import Source
from redis_models.schema.identifiers import ID_GRAMMAR

_PATTERNS = (
    "user:*:registry",
    "user:*:profile",
    "user:*:stats",
    "user:*:mood_history",
    "user:*:chats:*",
    "chats:*",
    "chat:*:*",
)

NOBODY = "anonymous"


@dataclass(frozen=True, slots=True)
class Legacy:
    """One user's data of older servers. Chats are JSON by id, counters texts by date, moods pairs of member and ms.

    `has_claim` is false if the profile has an email that no user has claimed.
    """

    user_id: str
    registry: dict[str, str]
    profile: dict[str, str]
    stats: dict[str, str]
    chats: dict[str, str]
    moods: list[tuple[str, float]]
    counters: dict[str, str]
    missing_chats: tuple[str, ...] = ()
    has_claim: bool = True

    @property
    def is_old(self) -> bool:
        """Return whether any of the data is of an older server, as opposed to this version's in the same database."""
        has_old_stats = bool(self.stats) and "conversations_base" not in self.stats
        has_old_moods = any('"id":' not in member for member, _ in self.moods)
        has_old_keys = self.registry or self.chats or self.missing_chats or self.counters
        return bool(has_old_keys) or has_old_stats or has_old_moods or not self.has_claim

    @property
    def keys(self) -> list[str]:
        """Return the keys that only older servers use."""
        chats = [chat_key(self.user_id, chat_id) for chat_id in self.chats]
        counters = [counter_key(self.user_id, day) for day in self.counters]
        return [registry_key(self.user_id), index_key(self.user_id), *chats, *counters]


@dataclass(slots=True)
class Places:
    """The users with old keys: the ids of chats and the dates of counters found in the keys, by user.

    `strange` are keys with an invalid user id; `of_nobody` are keys of the user that all visitors without an id shared.
    """

    chats: dict[str, set[str]] = field(default_factory=dict)
    dates: dict[str, set[str]] = field(default_factory=dict)
    strange: list[str] = field(default_factory=list)
    of_nobody: list[str] = field(default_factory=list)

    @property
    def users(self) -> list[str]:
        """Return the users, sorted, so that an interrupted import can continue after the last one."""
        return sorted(self.chats)


def places(source: Source) -> Places:
    """Find all old keys, with one scan for each pattern; raises RedisUnavailable."""
    found = Places()
    for pattern in _PATTERNS:
        for key in source.keys(pattern):
            _note(found, key)
    return found


def _note(found: Places, key: str) -> None:
    user_id, chat_id, date = _parts(key)
    if not user_id:
        return
    if not ID_GRAMMAR.fullmatch(user_id):
        found.strange.append(key)
        return
    if user_id == NOBODY:
        found.of_nobody.append(key)
        return
    chats = found.chats.setdefault(user_id, set())
    if chat_id:
        chats.add(chat_id)
    if date:
        found.dates.setdefault(user_id, set()).add(date)


def _parts(key: str) -> tuple[str, str, str]:
    """Return the user's id, a chat's id and a counter's date; empty strings for those that the key does not have."""
    match key.split(":"):
        case ["user", user_id, "registry" | "profile" | "stats" | "mood_history"]:
            return user_id, "", ""
        case ["user", user_id, "chats", date]:
            return user_id, "", date
        case ["chats", user_id]:
            return user_id, "", ""
        case ["chat", user_id, *chat_id]:
            return user_id, ":".join(chat_id), ""
    return "", "", ""


def legacy_of(source: Source, found: Places, user_id: str) -> Legacy:
    """Read one user's data; raises RedisUnavailable."""
    listed = source.members(index_key(user_id))
    texts = {chat_id: source.text(chat_key(user_id, chat_id)) for chat_id in sorted(listed | found.chats[user_id])}
    dates = sorted(found.dates.get(user_id, ()))
    profile = source.hash(f"user:{user_id}:profile")
    email = profile.get("email", "").strip().lower()
    return Legacy(
        user_id=user_id,
        registry=source.hash(registry_key(user_id)),
        profile=profile,
        stats=source.hash(f"user:{user_id}:stats"),
        chats={chat_id: text for chat_id, text in texts.items() if text is not None},
        moods=source.scored(f"user:{user_id}:mood_history"),
        counters={date: source.text(counter_key(user_id, date)) or "" for date in dates},
        missing_chats=tuple(chat_id for chat_id, text in texts.items() if text is None),
        has_claim=not email or source.text(f"email:{email}:userId") is not None,
    )


def registry_key(user_id: str) -> str:
    """Name the old hash of a user's registration."""
    return f"user:{user_id}:registry"


def chat_key(user_id: str, chat_id: str) -> str:
    """Name the old string of a chat."""
    return f"chat:{user_id}:{chat_id}"


def counter_key(user_id: str, date: str) -> str:
    """Name the old string that counts the messages of a day."""
    return f"user:{user_id}:chats:{date}"


def index_key(user_id: str) -> str:
    """Name the old set of a user's chats."""
    return f"chats:{user_id}"
