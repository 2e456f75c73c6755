"""The chat's Redis models."""

from dataclasses import dataclass
from datetime import datetime

import msgspec

from redis_models.schema.model import HashModel, stored_as


class Message(msgspec.Struct, frozen=True, omit_defaults=True):
    """One message of a conversation, as it is stored (in JSON).

    `timestamp` is ISO 8601 UTC; `emotion` is empty if there is none. Aira's replies also have the message they answer
    (`replyTo`), the reply they replace (`replaces`), their author (`source`), and, if the reply was cut off, `ending`:
    stopped or interrupted.
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
        """Return a text that changes with every change to title, tags or archived."""
        return f"{self.title_at}.{self.tags_at}.{self.archived_at}"
