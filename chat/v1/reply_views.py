"""Replies: /api/v1/conversations/{id}/replies, as server-sent events."""

from typing import Any

from django.http import HttpResponse, StreamingHttpResponse
from rest_framework.exceptions import APIException
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ViewSet

from accounts.access.bounded import require_bounds
from accounts.access.callers import acting_user
from accounts.access.rules import Rule
from api.answers.renderers import ShapeRenderer
from api.answers.shapes import IdStateOut
from api.answers.streams import waits_in_event_loop
from api.answers.write_state import written
from api.idempotency import new_id, request_key
from api.requests.content import body
from api.requests.fields import valid
from chat.helping import keep_help
from chat.limits import spend_chat, spend_unread
from chat.replies import asking
from chat.replies.events import AsyncStream, Stored, SyncStream, Telling, event
from chat.replies.live import DailyLimitReached, LiveReply, live_reply
from chat.replies.states import reply_state
from chat.replies.stopping import stop
from chat.safety import is_crisis
from chat.safety.help import Help, help_for
from chat.shapes import HelpOut
from chat.v1.conversation_serializers import ReplyIn
from chat.v1.reply_shapes import EVENTS
from redis_models.errors import Invalid, RedisModelError
from redis_models.health.clock import now_ms

CONTENT_TYPE = "text/event-stream"
HEADERS = {"X-Accel-Buffering": "no"}


class EventStreamRenderer(ShapeRenderer):
    """Accept clients that ask for events only; answers that are not a stream (errors) are JSON."""

    media_type = CONTENT_TYPE
    format = "events"


class ReplyViewSet(ViewSet):
    """Request a reply, listen to one, stop one. Help needs no credential."""

    tag = "replies"
    names = {
        "create": "create_reply",
        "retrieve": "listen_to_reply",
        "stop": "stop_reply",
    }
    rules = {"create": Rule.ANYBODY, "retrieve": Rule.OWNER, "stop": Rule.OWNER}
    bodies = {"create": ReplyIn}
    answers = {"create": EVENTS, "retrieve": EVENTS, "stop": IdStateOut}
    errors = {"create": (401, 403, 404, 409, 413, 429), "retrieve": (429,)}
    renderer_classes = (ShapeRenderer, EventStreamRenderer)

    def perform_authentication(self, request: Request) -> None:
        """Do nothing: `acting_user` authenticates later, since help is also for users whose session has ended."""

    def create(self, request: Request, conversation_id: str) -> HttpResponse | StreamingHttpResponse:
        """Begin a reply and stream it. If the message contains a crisis phrase, the answer is help."""
        spend_unread(request)
        given = body(request)
        if is_crisis(str(given.get("content", ""))):
            return _help(request, given, conversation_id)
        user_id, given = acting_user(request), valid(ReplyIn(data=given))
        require_bounds(request, user_id=user_id)
        spend_chat(request, user_id=user_id)
        key = request_key(request)
        reply_id = given.get("goOn") or given.get("replyId") or new_id(user_id, key, prefix="reply")
        message_id = given.get("messageId") or new_id(user_id, key, prefix="msg")
        begun = _begun(given, message_id, user_id=user_id, conversation_id=conversation_id, reply_id=reply_id)
        if isinstance(begun, asking.LimitReached):
            usage = begun.counted.usage
            raise DailyLimitReached(limit=usage.limit, retry_after_s=max(1, (usage.resets_ms - now_ms()) // 1000))
        return _stream(request, begun or Stored(user_id, conversation_id, reply_id), reply_id, user_id=user_id)

    def retrieve(self, request: Request, conversation_id: str, reply_id: str) -> HttpResponse | StreamingHttpResponse:
        """Stream a reply from the beginning, or after Last-Event-ID. This also works for replies that have ended."""
        user_id = acting_user(request)
        source = live_reply(user_id, reply_id)
        if source is None:
            reply_state(user_id=user_id, conversation_id=conversation_id, reply_id=reply_id)
        stored = Stored(user_id, conversation_id, reply_id)
        return _stream(request, source or stored, reply_id, user_id=user_id, told=_told(request))

    def stop(self, request: Request, conversation_id: str, reply_id: str) -> Response:
        """Stop a reply. The text so far is kept."""
        receipt = stop(user_id=acting_user(request), conversation_id=conversation_id, reply_id=reply_id)
        return written(IdStateOut(id=reply_id), receipt=receipt)


def _stream(
    request: Request, source: LiveReply | Stored, reply_id: str, *, user_id: str, told: int = 0
) -> StreamingHttpResponse:
    telling = Telling(reply_id, told=told)
    kind = AsyncStream if waits_in_event_loop(request) else SyncStream
    stream = kind(source, telling, user_id=user_id)
    return StreamingHttpResponse(stream, content_type=CONTENT_TYPE, headers=HEADERS)


def _told(request: Request) -> int:
    text = request.headers.get("Last-Event-ID", "0")
    if text.isascii() and text.isdecimal() and len(text) <= 9:
        return int(text)
    raise Invalid("Last-Event-ID must be the id of an event of this reply")


def _begun(given: dict[str, Any], message_id: str, **of_reply: str) -> Any:
    """Begin the requested reply: to a new message, in place of another reply, or the rest of one."""
    if "content" in given:
        return asking.ask(message_id=message_id, content=given["content"], is_spoken=given["voice"], **of_reply)
    if "regenerate" in given:
        return asking.regenerate(replaced_id=given["regenerate"], **of_reply)
    return asking.go_on(**of_reply)


def _help(request: Request, given: dict[str, Any], conversation_id: str) -> HttpResponse:
    found: Help = help_for(given.get("country"))
    message = _kept_help(request, given, conversation_id, found)
    told = [event("help", HelpOut.of(found)), event("done", {"replyId": None, "message": message})]
    return HttpResponse(b"".join(told), content_type=CONTENT_TYPE, headers=HEADERS)


def _kept_help(request: Request, given: dict[str, Any], conversation_id: str, found: Help) -> dict[str, Any] | None:
    """Return the help as a stored message; None if there is no acting user or it cannot be stored."""
    try:
        user_id, asked = acting_user(request), valid(ReplyIn(data=given))
        key = request_key(request)
        return keep_help(
            user_id=user_id,
            conversation_id=conversation_id,
            content=asked["content"],
            ids=(asked.get("messageId") or new_id(user_id, key, prefix="msg"), new_id(user_id, key, prefix="help")),
            found=found,
        )
    except (APIException, RedisModelError):
        return None
