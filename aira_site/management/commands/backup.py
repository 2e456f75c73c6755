"""manage.py backup ARCHIVE."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import CommandParser

from aira_site.backup import back_up
from redis_models.journal import journal
from redis_models.management.terminal import TerminalCommand


class Command(TerminalCommand):
    """Back up the data dir."""

    help = "Write the journal, the keys and the embedded server's data into one archive, even while `serve` runs."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the archive."""
        super().add_arguments(parser)
        parser.add_argument("archive", type=Path, metavar="ARCHIVE", help="The file to write; it must not exist yet.")

    def run(self, *_: Any, **options: Any) -> None:
        """Write the archive and show its size."""
        names = back_up(journal(), settings.AIRA_DATA_DIR, options["archive"])
        size = options["archive"].stat().st_size
        self.show_one({"archive": str(options["archive"]), "files": len(names), "bytes": size}, as_json=options["json"])
