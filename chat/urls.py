"""Routes of the chat."""

from django.urls import path

from chat.views import SavedChatViewSet

urlpatterns = [
    path("api/chat/save", SavedChatViewSet.as_view({"post": "create", "get": "read", "delete": "destroy"})),
]
