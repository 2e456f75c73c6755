"""Conversations and their messages: /api/v1/conversations."""

from collections.abc import Callable

from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ViewSet

from accounts.access.callers import acting_user
from accounts.access.rules import Rule
from api.answers.pages import page_in
from api.answers.shapes import IdStateOut
from api.answers.write_state import written
from api.errors import WrongFields
from api.idempotency import new_id, once, request_key
from api.requests.content import body
from api.requests.fields import valid
from api.requests.preconditions import etag, require_match
from chat import listing, selectors, services
from chat.listing import Summary
from chat.shapes import TITLE_MAX_LENGTH
from chat.v1 import conversation_serializers as serializers
from chat.v1 import conversation_shapes as shapes
from redis_models.errors import Conflict
from redis_models.health.clock import now_ms
from redis_models.operations.write import Outcome, Receipt
from texts.normal_form import comparable

_ARCHIVED = {"true": True, "false": False}


class ConversationViewSet(ViewSet):
    """Create, find, rename, tag, archive and delete conversations."""

    tag = "conversations"
    names = {
        "list": "list_conversations",
        "create": "create_conversation",
        "retrieve": "get_conversation",
        "partial_update": "change_conversation",
        "destroy": "delete_conversation",
    }
    errors = {"create": (409, 422), "partial_update": (409, 412)}
    bounded = ("create", "partial_update")
    rules = dict.fromkeys(("list", "create", "retrieve", "partial_update", "destroy"), Rule.OWNER)

    bodies = {"create": serializers.ConversationIn, "partial_update": serializers.ConversationChange}
    answers = {
        "list": shapes.ConversationPageOut,
        "create": {201: IdStateOut},
        "retrieve": shapes.ConversationOut,
        "partial_update": shapes.ConversationChangedOut,
        "destroy": IdStateOut,
    }
    queries = {"list": {"limit": int, "cursor": str, "title": str, "archived": bool}}

    def list(self, request: Request) -> Response:
        """Return a page of summaries, newest first. With `title` or `archived` as filters, a page may be short."""
        user_id, page = acting_user(request), page_in(request)
        accepts = _selection(request)
        if accepts is None:
            return Response(shapes.ConversationPageOut.of(listing.conversation_page(user_id=user_id, page=page)))
        found = listing.conversations_where(user_id=user_id, page=page, accepts=accepts)
        return Response(shapes.ConversationPageOut.of(found))

    def create(self, request: Request) -> Response:
        """Make a conversation."""
        user_id = acting_user(request)
        given = valid(serializers.ConversationIn(data=body(request)))
        conversation_id = given.pop("id", "") or new_id(user_id, request_key(request), prefix="conv")

        def answer() -> Response:
            receipt = services.create_conversation(user_id=user_id, conversation_id=conversation_id, **given)
            _require_there(receipt)
            headers = {"Location": f"/api/v1/conversations/{conversation_id}"}
            return written(IdStateOut(id=conversation_id), receipt=receipt, code=201, headers=headers)

        return once(request, user_id=user_id, answer=answer)

    def retrieve(self, request: Request, conversation_id: str) -> Response:
        """Return a conversation without its messages."""
        stored = selectors.one_conversation(user_id=acting_user(request), conversation_id=conversation_id)
        return Response(shapes.ConversationOut.of(stored), headers={"ETag": etag(stored.version)})

    def partial_update(self, request: Request, conversation_id: str) -> Response:
        """Rename, tag or archive a conversation. The newest change of each field wins.

        A request without fields changes nothing.
        """
        user_id = acting_user(request)
        given = valid(serializers.ConversationChange(data=body(request)))
        stored = selectors.one_conversation(user_id=user_id, conversation_id=conversation_id)
        require_match(request, version=stored.version)
        if not given:
            return written(IdStateOut(id=conversation_id), receipt=None)
        receipt = services.change_conversation(user_id=user_id, conversation_id=conversation_id, changes=given)
        _require_there(receipt)
        return written(shapes.ConversationChangedOut(id=conversation_id, **given), receipt=receipt)

    def destroy(self, request: Request, conversation_id: str) -> Response:
        """Delete a conversation permanently."""
        user_id = acting_user(request)
        selectors.one_conversation(user_id=user_id, conversation_id=conversation_id)
        receipt = services.delete_conversation(user_id=user_id, conversation_id=conversation_id)
        return written(IdStateOut(id=conversation_id), receipt=receipt)


class MessageViewSet(ViewSet):
    """Append and read the messages of a conversation. They are never changed."""

    tag = "messages"
    names = {
        "list": "list_messages",
        "create": "append_messages",
    }
    errors = {"create": (409, 422)}
    bounded = ("create",)
    rules = {"list": Rule.OWNER, "create": Rule.OWNER}
    bodies = {"create": serializers.MessagesIn}
    answers = {"list": shapes.MessagePageOut, "create": {201: shapes.AppendedOut}}
    queries = {"list": {"limit": int, "cursor": str}}
    max_body_bytes = 8 * 1024 * 1024

    def list(self, request: Request, conversation_id: str) -> Response:
        """Return a page of messages in the order of arrival. Without a cursor, return the newest ones."""
        user_id = acting_user(request)
        found = listing.message_page(user_id=user_id, conversation_id=conversation_id, page=page_in(request))
        return Response(shapes.MessagePageOut.of(found))

    def create(self, request: Request, conversation_id: str) -> Response:
        """Append messages. Those with stored ids are skipped. A missing conversation is created."""
        user_id = acting_user(request)
        given = valid(serializers.MessagesIn(data=body(request)))["messages"]
        messages = serializers.messages_from(given, user_id=user_id, key=request_key(request), now=now_ms())

        def answer() -> Response:
            receipt = services.append_messages(user_id=user_id, conversation_id=conversation_id, messages=messages)
            _require_there(receipt)
            return written(shapes.AppendedOut(ids=tuple(each.id for each in messages)), receipt=receipt, code=201)

        return once(request, user_id=user_id, answer=answer)


def _require_there(receipt: Receipt) -> None:
    if receipt.outcome is Outcome.GONE:
        raise Conflict("The conversation was deleted")


def _selection(request: Request) -> Callable[[Summary], bool] | None:
    """Return the filter of the query, or None if there is none; raises WrongFields."""
    title, archived = request.query_params.get("title", ""), request.query_params.get("archived")
    if len(title) > TITLE_MAX_LENGTH:
        raise WrongFields({"title": f"title must be at most {TITLE_MAX_LENGTH} characters."})
    if archived is not None and archived not in _ARCHIVED:
        raise WrongFields({"archived": "archived must be true or false."})
    if not title and archived is None:
        return None
    words, wanted = comparable(title), None if archived is None else _ARCHIVED[archived]
    return lambda summary: words in comparable(summary["title"]) and wanted in (None, summary.get("archived", False))
