"""manage.py find_user EMAIL_OR_ID."""

from typing import Any

from django.core.management.base import CommandParser

from accounts.selectors import user
from accounts.shapes import profile_row
from redis_models.management.terminal import TerminalCommand


class Command(TerminalCommand):
    """Look a user up."""

    help = "Show a user, by email first where the text holds an @, else by id. Exit status 1 where there is none."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add whom to look up."""
        super().add_arguments(parser)
        parser.add_argument("email_or_id", metavar="EMAIL_OR_ID")

    def run(self, *_: Any, **options: Any) -> None:
        """Show the user."""
        self.show_one(profile_row(user(email_or_id=options["email_or_id"])), as_json=options["json"])
