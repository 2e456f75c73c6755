"""The shapes of signing up, in and out."""

from typing import Any, ClassVar

from rest_framework import serializers

from accounts.credentials.passwords import PASSWORD_MAX_LENGTH
from accounts.credentials.sessions import SignedIn
from accounts.credentials.tokens import ACCESS_LIFE_S
from accounts.services import NAME_MAX_LENGTH
from api.requests.fields import StrictBooleanField, StrictCharField, StrictIntegerField, StrictSerializer
from redis_models.schema.identifiers import EMAIL_MAX_LENGTH, LONG_RUN
from texts.normal_form import is_stream_safe

TOKEN_MAX_LENGTH = 4096
TRANSPORTS = ("token", "cookie")


class PasswordField(StrictCharField):
    """A password as it was typed; one with a long run of combining marks is refused."""

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

    email = StrictCharField(max_length=EMAIL_MAX_LENGTH)
    password = PasswordField()
    name = StrictCharField(max_length=NAME_MAX_LENGTH, required=False)


class SignInIn(StrictSerializer):
    """Email and password; `transport` says where the tokens go: into the answer, or into cookies."""

    email = StrictCharField(max_length=EMAIL_MAX_LENGTH)
    password = PasswordField()
    transport = serializers.ChoiceField(choices=TRANSPORTS, default="token")


class RefreshIn(StrictSerializer):
    """A refresh token; without one the cookie's counts."""

    refreshToken = StrictCharField(max_length=TOKEN_MAX_LENGTH, required=False)


class PasswordChangeIn(StrictSerializer):
    """The password as it is and as it shall be."""

    currentPassword = PasswordField()
    newPassword = PasswordField()
    transport = serializers.ChoiceField(choices=TRANSPORTS, default="token")


class SignedUpOut(StrictSerializer):
    """What is told of a sign-up: the same whether the email was free or not."""

    message = StrictCharField()


class SignedInOut(StrictSerializer):
    """A session. The tokens are left out where they went into cookies."""

    userId = StrictCharField()
    tokenType = StrictCharField()
    expiresIn = StrictIntegerField(help_text="Seconds for which the access token is good.")
    rotated = StrictBooleanField(help_text="False while Redis is away: the refresh token stays as it is.")
    accessToken = StrictCharField(required=False)
    refreshToken = StrictCharField(required=False)


def signed_in_out(signed_in: SignedIn, *, transport: str) -> dict[str, Any]:
    """Return the session as clients see it."""
    shown = {
        "userId": signed_in.session.user_id,
        "tokenType": "Bearer",
        "expiresIn": ACCESS_LIFE_S,
        "rotated": signed_in.is_rotated,
    }
    if transport == "cookie":
        return shown
    return shown | {"accessToken": signed_in.access_token, "refreshToken": signed_in.refresh_token}
