"""manage.py set_plan EMAIL_OR_ID PLAN."""

from typing import Any

from django.core.management.base import CommandParser

from accounts.models import Plan
from accounts.selectors import user
from accounts.services import change_plan
from redis_models.management.terminal import TerminalCommand


class Command(TerminalCommand):
    """Change a user's plan."""

    help = "Set a user's plan: free, plus or premium. Exit status 1 if there is no such user."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the user and the plan."""
        super().add_arguments(parser)
        parser.add_argument("email_or_id", metavar="EMAIL_OR_ID")
        parser.add_argument("plan", metavar="PLAN")

    def run(self, *_: Any, **options: Any) -> None:
        """Set the plan and print the plan that is stored now."""
        plan = Plan.named(options["plan"])
        profile = user(email_or_id=options["email_or_id"])
        receipt = change_plan(user_id=profile.id, plan=plan)
        self.show_one(
            {"id": profile.id, "before": profile.plan, "plan": plan, "pending": receipt.is_pending},
            as_json=options["json"],
        )
