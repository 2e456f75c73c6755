"""The chat's Redis models."""

from dataclasses import dataclass
from datetime import datetime

from redis_models.model import HashModel, stored_as


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a conversation. `timestamp` is ISO 8601 UTC; `emotion` is empty where there is none."""

    id: str
    role: str
    content: str
    timestamp: str
    emotion: str = ""


@dataclass(frozen=True, slots=True)
class Conversation(HashModel):
    """`user:{id}:conversation:{cid}`: a conversation without its messages."""

    id: str
    title: str
    tags: tuple[str, ...] = ()
    created_at: datetime | None = stored_as("createdAt", default=None)
    updated_at: datetime | None = stored_as("updatedAt", default=None)
    message_count: int = stored_as("messageCount", default=0)
