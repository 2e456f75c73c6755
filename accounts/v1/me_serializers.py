"""Requests of users about themselves, under /api/v1."""

from accounts.services import NAME_MAX_LENGTH
from accounts.v1.session_serializers import PasswordField
from api.requests.fields import StrictCharField, StrictSerializer
from redis_models.schema.identifiers import EMAIL_MAX_LENGTH


class ProfileIn(StrictSerializer):
    """Changes to a user's own profile."""

    example = {"name": "Ann", "timeZone": "Europe/Berlin"}
    name = StrictCharField(max_length=NAME_MAX_LENGTH, required=False, help_text="The user's display name.")
    timeZone = StrictCharField(
        max_length=64, required=False, help_text="The IANA name of a time zone, such as Europe/Berlin."
    )


class EmailLinkIn(StrictSerializer):
    """The email to send a link to; without one, the email of the profile."""

    example = {"email": "ann@example.org", "password": "correct horse battery"}
    email = StrictCharField(
        max_length=EMAIL_MAX_LENGTH, required=False, help_text="Another email, to which to change by the link."
    )
    password = PasswordField(
        required=False, help_text="The current password; required for another email if the user has one."
    )


class EmailIn(StrictSerializer):
    """A new email; users who have a password must send it."""

    example = {"email": "ann@example.org", "password": "correct horse battery"}
    email = StrictCharField(max_length=EMAIL_MAX_LENGTH, help_text="The new email.")
    password = PasswordField(required=False, help_text="The current password; required if the user has one.")
