"""Finding what older servers wrote of each user."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from redis_models.connection.source import Source
from redis_models.identifiers import ID_GRAMMAR

_PATTERNS = (
    "user:*:registry",
    "user:*:profile",
    "user:*:stats",
    "user:*:mood_history",
    "user:*:chats:*",
    "chats:*",
    "chat:*:*",
)


@dataclass(frozen=True, slots=True)
class Legacy:
    """What an older server wrote of one user. Chats are JSON by id; counters are texts by date; moods (member, ms)."""

    user_id: str
    registry: dict[str, str]
    profile: dict[str, str]
    stats: dict[str, str]
    chats: dict[str, str]
    moods: list[tuple[str, float]]
    counters: dict[str, str]
    missing_chats: tuple[str, ...] = ()


@dataclass(slots=True)
class Places:
    """The users that have old keys, each with the ids of the chats whose keys were seen, and the dates of counters."""

    chats: dict[str, set[str]] = field(default_factory=dict)
    dates: dict[str, set[str]] = field(default_factory=dict)
    strange: list[str] = field(default_factory=list)

    @property
    def users(self) -> list[str]:
        """Return the users, sorted, so that an import that was interrupted can go on behind the last one."""
        return sorted(self.chats)


def places(source: Source) -> Places:
    """Return where old keys are: one scan for each pattern."""
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
    chats = found.chats.setdefault(user_id, set())
    if chat_id:
        chats.add(chat_id)
    if date:
        found.dates.setdefault(user_id, set()).add(date)


def _parts(key: str) -> tuple[str, str, str]:
    """Return the user's id, and a chat's id or a counter's date; empty texts where the key is of another kind."""
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
    """Read everything old of one user."""
    listed = source.members(f"chats:{user_id}")
    texts = {chat_id: source.text(chat_key(user_id, chat_id)) for chat_id in sorted(listed | found.chats[user_id])}
    dates = sorted(found.dates.get(user_id, ()))
    return Legacy(
        user_id=user_id,
        registry=source.hash(registry_key(user_id)),
        profile=source.hash(f"user:{user_id}:profile"),
        stats=source.hash(f"user:{user_id}:stats"),
        chats={chat_id: text for chat_id, text in texts.items() if text is not None},
        moods=source.scored(f"user:{user_id}:mood_history"),
        counters={date: source.text(counter_key(user_id, date)) or "" for date in dates},
        missing_chats=tuple(chat_id for chat_id, text in texts.items() if text is None),
    )


def registry_key(user_id: str) -> str:
    """Name the old hash of who a user is."""
    return f"user:{user_id}:registry"


def chat_key(user_id: str, chat_id: str) -> str:
    """Name the old string of a chat."""
    return f"chat:{user_id}:{chat_id}"


def counter_key(user_id: str, date: str) -> str:
    """Name the old string of a day's count of messages."""
    return f"user:{user_id}:chats:{date}"


def old_keys(legacy: Legacy, *, converted_chats: Iterator[str]) -> list[str]:
    """Return the old keys of which nothing is needed any more, once those chats are stored."""
    converted = set(converted_chats)
    keys_of_chats = [chat_key(legacy.user_id, chat_id) for chat_id in legacy.chats if chat_id in converted]
    is_all = len(keys_of_chats) == len(legacy.chats)
    index = [f"chats:{legacy.user_id}"] if is_all else []
    counters = [counter_key(legacy.user_id, date) for date in legacy.counters]
    return [registry_key(legacy.user_id), *keys_of_chats, *index, *counters]
