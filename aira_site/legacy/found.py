"""Finding what older servers wrote of each user."""

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
    """What an older server wrote of one user. Chats are JSON by id; counters are texts by date; moods (member, ms).

    `has_claim` is whether the profile's email, if there is one, is claimed by anybody.
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
        """Return whether anything of it is an older server's, and not this one's in the same database."""
        has_old_stats = bool(self.stats) and "conversations_base" not in self.stats
        has_old_moods = any('"id":' not in member for member, _ in self.moods)
        has_old_keys = self.registry or self.chats or self.missing_chats or self.counters
        return bool(has_old_keys) or has_old_stats or has_old_moods or not self.has_claim

    @property
    def keys(self) -> list[str]:
        """Return the keys that an older server alone used."""
        chats = [chat_key(self.user_id, chat_id) for chat_id in self.chats]
        counters = [counter_key(self.user_id, day) for day in self.counters]
        return [registry_key(self.user_id), index_key(self.user_id), *chats, *counters]


@dataclass(slots=True)
class Places:
    """The users that have old keys, each with the ids of the chats whose keys were seen, and the dates of counters.

    `strange` are keys whose user's id is not valid, `of_nobody` those of the user whom visitors without an id shared.
    """

    chats: dict[str, set[str]] = field(default_factory=dict)
    dates: dict[str, set[str]] = field(default_factory=dict)
    strange: list[str] = field(default_factory=list)
    of_nobody: list[str] = field(default_factory=list)

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
    if user_id == NOBODY:
        found.of_nobody.append(key)
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
    """Name the old hash of who a user is."""
    return f"user:{user_id}:registry"


def chat_key(user_id: str, chat_id: str) -> str:
    """Name the old string of a chat."""
    return f"chat:{user_id}:{chat_id}"


def counter_key(user_id: str, date: str) -> str:
    """Name the old string of a day's count of messages."""
    return f"user:{user_id}:chats:{date}"


def index_key(user_id: str) -> str:
    """Name the old set of a user's chats."""
    return f"chats:{user_id}"
