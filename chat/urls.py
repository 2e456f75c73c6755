"""Routes of the chat."""

from django.urls import path

from chat.conversation_views import ConversationViewSet, MessageViewSet
from chat.reply_views import ReplyViewSet
from chat.views import (
    DailyGoalViewSet,
    HelplineViewSet,
    JourneyViewSet,
    PlansViewSet,
    SavedChatViewSet,
    TalkViewSet,
    UsageViewSet,
)

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
    path("api/v1/usage", UsageViewSet.as_view({"get": "retrieve_v1"})),
    path("api/v1/helplines", HelplineViewSet.as_view({"get": "list"})),
    path("api/user/usage", UsageViewSet.as_view({"get": "retrieve"})),
    path("api/journey", JourneyViewSet.as_view({"get": "retrieve"})),
    path("api/daily-goals", DailyGoalViewSet.as_view({"get": "retrieve", "post": "create"})),
]
