"""manage.py backup ARCHIVE."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import CommandParser

from aira_site.backup import back_up
from redis_models.journal import journal
from redis_models.management.terminal import TerminalCommand


class Command(TerminalCommand):
    """Back the data dir up."""

    help = "Write the journal, the keys and the embedded server's data into one archive, also while `serve` runs."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add where to."""
        super().add_arguments(parser)
        parser.add_argument("archive", type=Path, metavar="ARCHIVE", help="A file that does not exist yet.")

    def run(self, *_: Any, **options: Any) -> None:
        """Write it and say what is in it."""
        names = back_up(journal(), settings.AIRA_DATA_DIR, options["archive"])
        size = options["archive"].stat().st_size
        self.show_one({"archive": str(options["archive"]), "files": len(names), "bytes": size}, as_json=options["json"])
