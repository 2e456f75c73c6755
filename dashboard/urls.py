"""Routes of the dashboard."""

from django.urls import path

from dashboard.mood_views import MoodEntryViewSet, StreaksViewSet
from dashboard.views import AffirmationViewSet, DashboardViewSet, MoodViewSet, PlanViewSet, StreakViewSet

urlpatterns = [
    path("api/dashboard", DashboardViewSet.as_view({"get": "retrieve"})),
    path("api/v1/dashboard", DashboardViewSet.as_view({"get": "retrieve_v1"})),
    path("api/v1/moods", MoodEntryViewSet.as_view({"get": "list", "post": "create"})),
    path("api/v1/moods/statistics", MoodEntryViewSet.as_view({"get": "statistics"})),
    path(
        "api/v1/moods/<str:mood_id>",
        MoodEntryViewSet.as_view({"get": "retrieve", "patch": "partial_update", "delete": "destroy"}),
    ),
    path("api/v1/streaks", StreaksViewSet.as_view({"get": "retrieve", "patch": "partial_update"})),
    path("api/mood", MoodViewSet.as_view({"get": "retrieve", "patch": "partial_update"})),
    path("api/mood-history", MoodViewSet.as_view({"get": "history"})),
    path("api/mood-insights", MoodViewSet.as_view({"get": "insights"})),
    path("api/streaks", StreakViewSet.as_view({"get": "retrieve"})),
    path("api/affirmations", AffirmationViewSet.as_view({"get": "retrieve"})),
    path("api/affirmations/track", AffirmationViewSet.as_view({"post": "track"})),
    path("api/plan", PlanViewSet.as_view({"patch": "partial_update"})),
]
