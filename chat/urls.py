"""Routes of the chat."""

from django.urls import path

from chat.contract.views import DailyGoalViewSet, JourneyViewSet, SavedChatViewSet, TalkViewSet, UsageViewSet
from chat.v1.conversation_views import ConversationViewSet, MessageViewSet
from chat.v1.helpline_views import HelplineViewSet
from chat.v1.plan_views import PlansViewSet
from chat.v1.plan_views import UsageViewSet as UsageV1ViewSet
from chat.v1.reply_views import ReplyViewSet

urlpatterns = [
    path("api/chat/save", SavedChatViewSet.as_view({"post": "create", "get": "read", "delete": "destroy"})),
    path("api/v1/conversations", ConversationViewSet.as_view({"get": "list", "post": "create"})),
    path(
        "api/v1/conversations/<str:conversation_id>",
        ConversationViewSet.as_view({"get": "retrieve", "patch": "partial_update", "delete": "destroy"}),
    ),
    path(
        "api/v1/conversations/<str:conversation_id>/messages",
        MessageViewSet.as_view({"get": "list", "post": "create"}),
    ),
    path("api/v1/conversations/<str:conversation_id>/replies", ReplyViewSet.as_view({"post": "create"})),
    path(
        "api/v1/conversations/<str:conversation_id>/replies/<str:reply_id>", ReplyViewSet.as_view({"get": "retrieve"})
    ),
    path(
        "api/v1/conversations/<str:conversation_id>/replies/<str:reply_id>/stop", ReplyViewSet.as_view({"post": "stop"})
    ),
    path("api/chat", TalkViewSet.as_view({"post": "create"})),
    path("api/v1/plans", PlansViewSet.as_view({"get": "list"})),
    path("api/v1/usage", UsageV1ViewSet.as_view({"get": "retrieve"})),
    path("api/v1/helplines", HelplineViewSet.as_view({"get": "list"})),
    path("api/user/usage", UsageViewSet.as_view({"get": "retrieve"})),
    path("api/journey", JourneyViewSet.as_view({"get": "retrieve"})),
    path("api/daily-goals", DailyGoalViewSet.as_view({"get": "retrieve", "post": "create"})),
]
