"""All routes: those of the apps, and those of the site itself."""

from django.urls import include, path

from aira_site.docs.views import DocsViewSet
from aira_site.http.health_views import HealthViewSet

urlpatterns = [
    path("", include("accounts.urls")),
    path("", include("dashboard.urls")),
    path("", include("chat.urls")),
    path("api/v1/openapi.json", DocsViewSet.as_view({"get": "document"}), name="openapi"),
    path("api/v1/docs", DocsViewSet.as_view({"get": "page"})),
    path("api/health/redis", HealthViewSet.as_view({"get": "redis"})),
    path("live", HealthViewSet.as_view({"get": "live"})),
    path("ready", HealthViewSet.as_view({"get": "ready"})),
]

handler400 = "aira_site.http.exception_handler.bad_request"
handler403 = "aira_site.http.exception_handler.forbidden"
handler404 = "aira_site.http.exception_handler.not_found"
handler500 = "aira_site.http.exception_handler.server_error"
