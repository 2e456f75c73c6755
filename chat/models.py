"""The chat's Redis models."""

from dataclasses import dataclass
from datetime import datetime

import msgspec

from redis_models.schema.model import HashModel, stored_as


class Message(msgspec.Struct, frozen=True, omit_defaults=True):
    """One message of a conversation, as it is stored in JSON.

    `timestamp` is ISO 8601 UTC; `emotion` is empty where there is none. A reply of Aira's also says which message it
    answers (`replyTo`), which reply it replaces (`replaces`), who spoke (`source`), and `ending` where it did not end
    by itself: stopped or interrupted.
    """

    id: str
    role: str
    content: str
    timestamp: str
    emotion: str = ""
    replyTo: str = ""  # noqa: N815 (as it is stored)
    replaces: str = ""
    source: str = ""
    ending: str = ""


@dataclass(frozen=True, slots=True)
class Conversation(HashModel):
    """`user:{id}:conversation:{cid}`: a conversation without its messages."""

    id: str
    title: str = ""
    tags: tuple[str, ...] = ()
    created_at: datetime | None = stored_as("createdAt", default=None)
    updated_at: datetime | None = stored_as("updatedAt", default=None)
    message_count: int = stored_as("messageCount", default=0)
    archived: bool = False
    title_at: int = stored_as("titleAt", default=0)
    tags_at: int = stored_as("tagsAt", default=0)
    archived_at: int = stored_as("archivedAt", default=0)

    @property
    def version(self) -> str:
        """Return a text that is another one after each change of title, tags or archiving."""
        return f"{self.title_at}.{self.tags_at}.{self.archived_at}"
