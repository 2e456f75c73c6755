"""manage.py restore ARCHIVE DATA_DIR."""

from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from aira_site.backup import restore
from redis_models.management.terminal import TerminalCommand


class Command(TerminalCommand):
    """Restore a data dir."""

    help = (
        "Unpack what `backup` wrote into an empty or missing folder; then start `serve` with AIRA_DATA_DIR set to it."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the archive and the data dir."""
        super().add_arguments(parser)
        parser.add_argument("archive", type=Path, metavar="ARCHIVE")
        parser.add_argument("data_dir", type=Path, metavar="DATA_DIR")

    def run(self, *_: Any, **options: Any) -> None:
        """Unpack the archive and show how many files it had."""
        names = restore(options["archive"], options["data_dir"])
        self.show_one({"dataDir": str(options["data_dir"]), "files": len(names)}, as_json=options["json"])
