"""manage.py find_user EMAIL_OR_ID."""

from typing import Any

from django.core.management.base import CommandParser

from accounts.selectors import user
from accounts.shapes import profile_row
from redis_models.management.terminal import TerminalCommand


class Command(TerminalCommand):
    """Look up a user."""

    help = "Show a user, by email if the text contains an @, otherwise by id. Exit status 1 if there is no such user."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the email or id to look up."""
        super().add_arguments(parser)
        parser.add_argument("email_or_id", metavar="EMAIL_OR_ID")

    def run(self, *_: Any, **options: Any) -> None:
        """Show the user."""
        self.show_one(profile_row(user(email_or_id=options["email_or_id"])), as_json=options["json"])
