"""Routes of the dashboard."""

from django.urls import path

from dashboard.views import AffirmationViewSet, DashboardViewSet, MoodViewSet, PlanViewSet, StreakViewSet

urlpatterns = [
    path("api/dashboard", DashboardViewSet.as_view({"get": "retrieve"})),
    path("api/mood", MoodViewSet.as_view({"get": "retrieve", "patch": "partial_update"})),
    path("api/mood-history", MoodViewSet.as_view({"get": "history"})),
    path("api/mood-insights", MoodViewSet.as_view({"get": "insights"})),
    path("api/streaks", StreakViewSet.as_view({"get": "retrieve"})),
    path("api/affirmations", AffirmationViewSet.as_view({"get": "retrieve"})),
    path("api/affirmations/track", AffirmationViewSet.as_view({"post": "track"})),
    path("api/plan", PlanViewSet.as_view({"patch": "partial_update"})),
]
