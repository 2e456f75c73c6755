"""Routes of the user registry."""

from django.urls import path

from accounts.contract.views import PlanLookupViewSet, RegistrationViewSet
from accounts.pages.views import ForgottenViewSet, LinkViewSet
from accounts.v1.me_views import ErasureViewSet, ExportViewSet, ImportViewSet, MeViewSet
from accounts.v1.session_views import SessionViewSet, SigningInViewSet

urlpatterns = [
    path("api/auth/register-user", RegistrationViewSet.as_view({"post": "create"})),
    path("api/auth/register-oauth-user", RegistrationViewSet.as_view({"post": "create_oauth"})),
    path("api/v1/session", SigningInViewSet.as_view({"post": "sign_in"})),
    path("api/v1/session/sign-up", SigningInViewSet.as_view({"post": "sign_up"})),
    path("api/v1/session/forgotten", SigningInViewSet.as_view({"post": "forget_password"})),
    path("api/v1/session/refresh", SigningInViewSet.as_view({"post": "refresh"})),
    path("api/v1/session/sign-out", SigningInViewSet.as_view({"post": "sign_out"})),
    path("api/v1/session/sign-out-everywhere", SessionViewSet.as_view({"post": "sign_out_everywhere"})),
    path("api/v1/session/list", SessionViewSet.as_view({"get": "list"})),
    path("api/v1/session/confirm", SessionViewSet.as_view({"post": "confirm"})),
    path("api/v1/session/confirm/link", SessionViewSet.as_view({"post": "send_confirmation_link"})),
    path("api/v1/session/<str:session_id>", SessionViewSet.as_view({"delete": "end"})),
    path(
        "api/v1/users/me",
        MeViewSet.as_view({"get": "retrieve", "patch": "partial_update", "delete": "destroy"}),
    ),
    path("api/v1/users/me/email", MeViewSet.as_view({"put": "change_email"})),
    path("api/v1/users/me/email/link", MeViewSet.as_view({"post": "send_email_link"})),
    path("api/v1/users/me/export", ExportViewSet.as_view({"get": "export"})),
    path("api/v1/users/me/import", ImportViewSet.as_view({"post": "import_document"})),
    path("api/v1/erasures/<str:token>", ErasureViewSet.as_view({"get": "retrieve"})),
    path("api/v1/users/me/password", SessionViewSet.as_view({"put": "change_password"})),
    path("links/<str:token>", LinkViewSet.as_view({"get": "show", "post": "open"})),
    path("forgotten", ForgottenViewSet.as_view({"get": "show", "post": "ask"})),
    path("api/user/plan", PlanLookupViewSet.as_view({"get": "retrieve"})),
]
