"""manage.py delete_user EMAIL_OR_ID [--no-input]."""

import sys
from typing import Any

from django.core.management.base import CommandError, CommandParser
from rich.console import Console
from rich.progress import Progress

from accounts.privacy.erasure import erase
from accounts.privacy.receipts import ErasureReceipt
from accounts.selectors import user
from chat.selectors import conversations
from redis_models.management.terminal import TerminalCommand


class Command(TerminalCommand):
    """Erase a user."""

    help = "Erase a user with all conversations, moods and stats. Asks first. Exits with 1 if there is no such user."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the user and whether to ask."""
        super().add_arguments(parser)
        parser.add_argument("email_or_id", metavar="EMAIL_OR_ID")
        parser.add_argument("--no-input", "--noinput", action="store_false", dest="interactive", help="Do not ask.")

    def run(self, *_: Any, **options: Any) -> None:
        """Ask, erase the user, and show what was removed."""
        profile = user(email_or_id=options["email_or_id"])
        count = conversations(user_id=profile.id).count
        if options["interactive"] and not self._agrees(profile.id, count):
            raise CommandError("Nothing was deleted.")
        with Progress(console=Console(file=sys.stderr), transient=True, disable=not sys.stderr.isatty()) as progress:
            task = progress.add_task("Deleting conversations", total=count)
            receipt = erase(user_id=profile.id, on_batch=lambda size: progress.advance(task, size))
        self.show_one(_receipt_row(receipt, as_json=options["json"]), as_json=options["json"])

    def _agrees(self, user_id: str, count: int) -> bool:
        noun = "conversation" if count == 1 else "conversations"
        self.stdout.write(f"This deletes {user_id} and {count} {noun} for ever.")
        return input("Type 'yes' to continue: ") == "yes"


def _receipt_row(receipt: ErasureReceipt, *, as_json: bool) -> dict[str, Any]:
    """Return the removed data and, if the erasure is not confirmed everywhere, the places that were not reached."""
    row = {"id": receipt.user_id, "deleted": True, "conversations": receipt.conversations}
    if receipt.is_confirmed:
        return row
    return row | {"notReached": list(receipt.not_reached) if as_json else " ".join(receipt.not_reached)}
