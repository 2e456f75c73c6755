"""Routes of the chat."""

from django.urls import path

from chat.views import DailyGoalViewSet, JourneyViewSet, SavedChatViewSet, UsageViewSet

urlpatterns = [
    path("api/chat/save", SavedChatViewSet.as_view({"post": "create", "get": "read", "delete": "destroy"})),
    path("api/user/usage", UsageViewSet.as_view({"get": "retrieve"})),
    path("api/journey", JourneyViewSet.as_view({"get": "retrieve"})),
    path("api/daily-goals", DailyGoalViewSet.as_view({"get": "retrieve", "post": "create"})),
]
