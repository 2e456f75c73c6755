"""Routes of the dashboard."""

from django.urls import path

from dashboard.contract.views import (
    AffirmationViewSet,
    DashboardViewSet,
    MoodViewSet,
    PlanChangeViewSet,
    StreakNumbersViewSet,
)
from dashboard.v1.dashboard_views import DashboardViewSet as DashboardV1ViewSet
from dashboard.v1.mood_views import MoodEntryViewSet, StreaksViewSet

urlpatterns = [
    path("api/dashboard", DashboardViewSet.as_view({"get": "retrieve"})),
    path("api/v1/dashboard", DashboardV1ViewSet.as_view({"get": "retrieve"})),
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
    path("api/streaks", StreakNumbersViewSet.as_view({"get": "retrieve"})),
    path("api/affirmations", AffirmationViewSet.as_view({"get": "retrieve"})),
    path("api/affirmations/track", AffirmationViewSet.as_view({"post": "track"})),
    path("api/plan", PlanChangeViewSet.as_view({"patch": "partial_update"})),
]
