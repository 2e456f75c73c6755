"""The chat's endpoints of the existing API."""

from typing import Any, ClassVar

from msgspec import UNSET
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ViewSet

from accounts.access.callers import acting_user
from accounts.access.rules import Rule
from accounts.bounds.writes_a_minute import require_turn
from accounts.selectors import calendar_of
from api.answers.shapes import AcceptedOut, ErrorOut
from api.answers.write_state import pending_out
from api.requests.content import body
from chat import journey, selectors, services, talk
from chat.contract import bodies, serializers, shapes, talk_serializers
from chat.limits import spend_chat, spend_unread
from chat.replies.errors import (
    ModelBusy,
    ModelError,
    ModelFailed,
    ModelRefused,
    ModelTooSlow,
    ModelUnreachable,
    NoReply,
)
from chat.safety.talking import TalkErrorOut, carries_help, with_help
from chat.shapes import HelpOut
from chat.usage import usage
from dashboard.services import tick
from redis_models.errors import Invalid
from redis_models.health.clock import now_ms
from redis_models.operations.write import Outcome
from redis_models.schema.identifiers import valid_id

_REFUSALS = {
    Outcome.GONE: (status.HTTP_409_CONFLICT, "Chat was deleted"),
    Outcome.CONFLICT: (status.HTTP_422_UNPROCESSABLE_ENTITY, "Idempotency-Key was used with another body"),
}
MODEL_STATUS: dict[type[ModelError], int] = {
    ModelRefused: status.HTTP_401_UNAUTHORIZED,
    ModelBusy: status.HTTP_429_TOO_MANY_REQUESTS,
    ModelFailed: status.HTTP_503_SERVICE_UNAVAILABLE,
    ModelUnreachable: status.HTTP_500_INTERNAL_SERVER_ERROR,
    ModelTooSlow: status.HTTP_500_INTERNAL_SERVER_ERROR,
    NoReply: status.HTTP_500_INTERNAL_SERVER_ERROR,
}


class SavedChatViewSet(ViewSet):
    """Save, list, read and delete chats."""

    tag = "chats"
    names = {
        "create": "contract_save_chat",
        "read": "contract_get_chats",
        "destroy": "contract_delete_chat",
    }
    bodies = {"create": bodies.SaveIn}
    answers = {
        "create": shapes.SavedAnswer,
        "read": (shapes.ChatsAnswer, shapes.ChatAnswer),
        "destroy": shapes.DeletedAnswer,
    }
    queries = {"read": {"chatId": str, "full": str}, "destroy": {"chatId": str}}
    errors = {"create": (409, 422)}
    bounded = ("create",)
    rules = {"create": Rule.OWNER, "read": Rule.OWNER, "destroy": Rule.OWNER}
    max_body_bytes = 8 * 1024 * 1024
    raw_member = "messages"
    unavailable_text = "Failed to save chat. Please try again."

    def create(self, request: Request) -> Response:
        """Save a chat. While Redis is away, the journal accepts it."""
        given = body(request)
        user_id = acting_user(request)
        saved = services.save_conversation(
            user_id=user_id,
            messages=serializers.messages_in(given),
            title=serializers.title_in(given),
            tags=serializers.tags_in(given),
            conversation_id=valid_id(given["chatId"], name="chatId") if given.get("chatId") else "",
            request_key=serializers.request_key_in(request.headers.get("Idempotency-Key"), given),
        )
        if saved.outcome in _REFUSALS:
            code, text = _REFUSALS[saved.outcome]
            return Response(ErrorOut(error=text), status=code)
        return Response(shapes.SavedAnswer.of(saved))

    def read(self, request: Request) -> Response:
        """Return one chat if `chatId` names it, otherwise the list."""
        user_id = acting_user(request)
        chat_id = request.query_params.get("chatId")
        if chat_id:
            return Response(shapes.ChatAnswer.of(selectors.conversation(user_id=user_id, conversation_id=chat_id)))
        listed = selectors.conversations(user_id=user_id)
        if request.query_params.get("full") != "1":
            return Response(shapes.ChatsAnswer.of(listed))
        whole = selectors.whole_conversations(user_id=user_id, ids=[each["id"] for each in listed.summaries])
        return Response(shapes.ChatsAnswer.of_whole(listed, whole))

    def destroy(self, request: Request) -> Response:
        """Delete a chat. Deleting it again changes nothing."""
        user_id = acting_user(request)
        chat_id = request.query_params.get("chatId")
        if not chat_id:
            raise Invalid("Chat ID is required")
        receipt = services.delete_conversation(user_id=user_id, conversation_id=chat_id)
        return Response(shapes.DeletedAnswer(**pending_out(receipt)))


class TalkViewSet(ViewSet):
    """Return a complete reply. Help needs no credential; for anything else, `create` requires one itself."""

    tag = "replies"
    names = {"create": "contract_talk"}
    bodies = {"create": bodies.TalkIn}
    answers: ClassVar[dict[str, Any]] = {
        "create": {200: (shapes.TalkAnswer, HelpOut), 429: (TalkErrorOut, shapes.LimitAnswer)}
    }
    rules = {"create": Rule.ANYBODY}
    errors = {"create": (401, 403, 404, 429, 500)}
    max_body_bytes = 8 * 1024 * 1024
    raw_member = "messages"

    def perform_authentication(self, request: Request) -> None:
        """Do nothing: `acting_user` authenticates later, since help is also for users whose session has ended."""

    def create(self, request: Request) -> Response:
        """Reply to the last message. If it contains a crisis phrase, the answer is help, before anything else."""
        spend_unread(request)
        given = body(request)
        said = talk_serializers.said_in(given)
        if help_first := talk.help_first(said, country=given.get("country")):
            return Response(HelpOut.of(help_first))
        user_id = acting_user(request)
        require_turn(user_id)
        spend_chat(request, user_id=user_id)
        try:
            found = talk.reply(user_id=user_id, said=said, is_spoken=given.get("isVoiceMode") is True)
        except ModelError as error:
            return _model_failed(request, error)
        if found.limit is not None:
            return Response(shapes.LimitAnswer.of(found.limit), status=status.HTTP_429_TOO_MANY_REQUESTS)
        return Response(shapes.TalkAnswer(message=found.text, listener=True if found.is_listener else UNSET))


def _model_failed(request: Request, error: ModelError) -> Response:
    status_code, shape = MODEL_STATUS[type(error)], ErrorOut(error=error.text)
    is_helped = carries_help(request.path_info, status_code)
    return Response(with_help(shape, country=body(request).get("country")) if is_helped else shape, status=status_code)


class JourneyViewSet(ViewSet):
    """The user's recent events."""

    tag = "journey"
    names = {"retrieve": "contract_get_journey"}
    answers = {"retrieve": shapes.JourneyAnswer}
    rules = {"retrieve": Rule.OWNER}

    def retrieve(self, request: Request) -> Response:
        """Return the newest events."""
        user_id = acting_user(request, missing="Missing userId parameter")
        return Response(shapes.JourneyAnswer.of(journey.journey(user_id=user_id)))


class DailyGoalViewSet(ViewSet):
    """Three small goals a day. A goal is reached by doing it or by a tick."""

    tag = "goals"
    names = {
        "retrieve": "contract_get_goals",
        "create": "contract_tick_goal",
    }
    bodies = {"create": bodies.GoalIn}
    answers = {"retrieve": shapes.GoalsAnswer, "create": AcceptedOut}
    bounded = ("create",)
    rules = {"retrieve": Rule.OWNER, "create": Rule.OWNER}

    def retrieve(self, request: Request) -> Response:
        """Return which of today's goals are reached."""
        user_id = acting_user(request, missing="Missing userId parameter")
        return Response(shapes.GoalsAnswer.of(journey.goals(user_id=user_id)))

    def create(self, request: Request) -> Response:
        """Tick one of today's goals, or remove the tick."""
        user_id, given = acting_user(request, missing="Missing userId parameter"), body(request)
        is_done = given.get("completed", True)
        if not isinstance(is_done, bool):
            raise Invalid("completed must be true or false")
        today = calendar_of(user_id=user_id).date_of(now_ms()).isoformat()
        name = journey.tick_name(journey.goal_in(given.get("goalId")), today)
        receipt = tick(user_id=user_id, name=name, value="done" if is_done else "open")
        return Response(AcceptedOut(**pending_out(receipt)))


class UsageViewSet(ViewSet):
    """The messages left today."""

    tag = "usage"
    names = {"retrieve": "contract_get_usage"}
    answers = {"retrieve": shapes.UsageAnswer}
    rules = {"retrieve": Rule.OWNER}

    def retrieve(self, request: Request) -> Response:
        """Return today's usage."""
        found, _, answer = usage(user_id=acting_user(request))
        return Response(shapes.UsageAnswer.of(found, answer))
