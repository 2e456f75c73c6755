"""Routes of the user registry."""

from django.urls import path

from accounts.views import PlanViewSet, RegistrationViewSet

urlpatterns = [
    path("api/auth/register-user", RegistrationViewSet.as_view({"post": "create"})),
    path("api/auth/register-oauth-user", RegistrationViewSet.as_view({"post": "create_oauth"})),
    path("api/user/plan", PlanViewSet.as_view({"get": "retrieve"})),
]
