"""Requests to sign up, in and out, under /api/v1."""

from typing import Any, ClassVar

from rest_framework import serializers

from accounts.credentials.passwords import PASSWORD_MAX_LENGTH
from accounts.services import NAME_MAX_LENGTH
from api.requests.fields import StrictCharField, StrictSerializer
from redis_models.schema.identifiers import EMAIL_MAX_LENGTH, LONG_RUN
from texts.normal_form import is_stream_safe

TOKEN_MAX_LENGTH = 4096
TRANSPORTS = ("token", "cookie")


class PasswordField(StrictCharField):
    """A password, unchanged; one with a long run of combining marks is refused."""

    default_error_messages: ClassVar[dict[str, Any]] = {"marks": f"It {LONG_RUN}"}

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=PASSWORD_MAX_LENGTH, trim_whitespace=False, write_only=True, **options)

    def to_internal_value(self, data: Any) -> str:
        """Return the password; raises ValidationError."""
        password = super().to_internal_value(data)
        if not is_stream_safe(password[:PASSWORD_MAX_LENGTH]):
            self.fail("marks")
        return password


class SignUpIn(StrictSerializer):
    """A new account."""

    example = {"email": "ann@example.com", "password": "correct horse battery", "name": "Ann"}
    email = StrictCharField(max_length=EMAIL_MAX_LENGTH, help_text="The email to sign in with.")
    password = PasswordField(help_text="At least 10 characters.")
    name = StrictCharField(max_length=NAME_MAX_LENGTH, required=False, help_text="The name to greet the user with.")


class ForgottenIn(StrictSerializer):
    """The email of an account whose password was forgotten."""

    example = {"email": "ann@example.com"}
    email = StrictCharField(max_length=EMAIL_MAX_LENGTH, help_text="The email to send a link to.")


class SignInIn(StrictSerializer):
    """Email and password; `transport` decides whether the tokens go into the answer or into cookies."""

    example = {"email": "ann@example.com", "password": "correct horse battery"}
    email = StrictCharField(max_length=EMAIL_MAX_LENGTH, help_text="The email of the account.")
    password = PasswordField(help_text="The password of the account.")
    transport = serializers.ChoiceField(
        choices=TRANSPORTS, default="token", help_text="Where the tokens go: into the answer, or into cookies."
    )


class RefreshIn(StrictSerializer):
    """A refresh token; if it is left out, the cookie is used."""

    example = {"refreshToken": "r1.dXNlcg.c2VjcmV0"}
    refreshToken = StrictCharField(
        max_length=TOKEN_MAX_LENGTH, required=False, help_text="The refresh token; if left out, the cookie is used."
    )


class ConfirmIn(StrictSerializer):
    """The password of the session's user."""

    example = {"password": "correct horse battery"}
    password = PasswordField(help_text="The password of the account.")


class PasswordChangeIn(StrictSerializer):
    """The current and the new password."""

    example = {"currentPassword": "correct horse battery", "newPassword": "another horse battery"}
    currentPassword = PasswordField(help_text="The current password.")
    newPassword = PasswordField(help_text="The new password.")
    transport = serializers.ChoiceField(
        choices=TRANSPORTS, default="token", help_text="Where the tokens go: into the answer, or into cookies."
    )
