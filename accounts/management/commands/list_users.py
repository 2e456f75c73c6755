"""manage.py list_users [--plan PLAN] [--joined-after DATE] [--limit N]."""

from itertools import islice
from typing import Any

from django.core.management.base import CommandError, CommandParser

from accounts.models import Plan
from accounts.selectors import users
from accounts.shapes import profile_row
from redis_models.management.terminal import TerminalCommand
from redis_models.schema.codec import iso_from_ms, ms_from_iso


class Command(TerminalCommand):
    """List users."""

    help = "List registered users, in no particular order. Exit status 1 if there are none."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the filters."""
        super().add_arguments(parser)
        parser.add_argument("--plan", help="Only users with this plan: free, plus or premium.")
        parser.add_argument(
            "--joined-after", metavar="DATE", help="Only users who joined at or after this ISO 8601 date or time, UTC."
        )
        parser.add_argument("--limit", type=int, default=100, help="The maximum number of users (default: 100).")

    def run(self, *_: Any, **options: Any) -> None:
        """Show the users."""
        plan = Plan.named(options["plan"]) if options["plan"] else None
        joined_after = iso_from_ms(ms_from_iso(options["joined_after"])) if options["joined_after"] else ""
        if options["limit"] < 1:
            raise CommandError("--limit must be at least 1.")
        found = list(islice(users(plan=plan, joined_after=joined_after), options["limit"]))
        if not found:
            raise CommandError("There is no such user.")
        self.show([profile_row(profile) for profile in found], as_json=options["json"])
