"""manage.py journal status|replay|dead."""

from typing import Any

from django.core.management.base import CommandError, CommandParser

from redis_models.codec import iso_from_ms
from redis_models.journal import journal
from redis_models.management.terminal import TerminalCommand
from redis_models.writer import replay


class Command(TerminalCommand):
    """Look after the journal."""

    help = "Show the journal's state, apply what waits now, or list what was set aside."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add what to do."""
        super().add_arguments(parser)
        parser.add_argument("action", choices=["status", "replay", "dead"])

    def run(self, *_: Any, **options: Any) -> None:
        """Do it."""
        actions = {"status": self._status, "replay": self._replay, "dead": self._dead}
        actions[options["action"]](as_json=options["json"])

    def _status(self, *, as_json: bool) -> None:
        status = journal().status()
        facts = {
            "mode": status.mode,
            "durable": status.is_durable,
            "pending": status.pending,
            "setAside": status.set_aside,
            "oldestAgeSeconds": status.oldest_age_s,
            "lastReplay": iso_from_ms(status.last_replay_ms) if status.last_replay_ms else None,
        }
        self.show_one(facts, as_json=as_json)

    def _replay(self, *, as_json: bool) -> None:
        done = replay()
        pending = journal().status().pending
        self.show_one({"applied": done.applied, "setAside": done.set_aside, "pending": pending}, as_json=as_json)
        if not done.is_complete:
            raise CommandError("Redis went away; what is pending goes on waiting.")

    def _dead(self, *, as_json: bool) -> None:
        rows = [
            {
                "row": row.id,
                "user": row.write.user_id,
                "script": row.write.script,
                "at": iso_from_ms(row.write.at),
                "reason": row.set_aside,
            }
            for row in journal().rows_set_aside()
        ]
        if not rows and not as_json:
            self.stdout.write("Nothing was set aside.")
        self.show(rows, as_json=as_json)
