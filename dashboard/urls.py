"""Routes of the dashboard."""

from django.urls import path

from dashboard.views import DashboardViewSet, PlanViewSet

urlpatterns = [
    path("api/dashboard", DashboardViewSet.as_view({"get": "retrieve"})),
    path("api/plan", PlanViewSet.as_view({"patch": "partial_update"})),
]
