"""manage.py journal status|replay|dead|adopt|forget-replicas."""

from argparse import SUPPRESS
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from redis_models.errors import JournalUnavailable
from redis_models.health.report import probed_report
from redis_models.journal import Row, journal
from redis_models.management import adopting
from redis_models.management.row_file import write_rows
from redis_models.management.terminal import TerminalCommand
from redis_models.replay.drain import drain
from redis_models.schema.codec import iso_from_ms

_ACTIONS = {
    "status": "Show the mode, the numbers and ages of rows, and whether Redis is proven to keep writes.",
    "replay": "Apply all due rows now, and drop those that Redis is proven to keep.",
    "adopt": "Let the rows go to the database in use, although it was emptied or is another one. Asks first.",
    "salvage": "Add the whole rows of a damaged or former file; without one, check the journal's own.",
    "forget-replicas": "Wait no more for replicas that were removed for good; those that are there are counted anew.",
    "dead": "List dead letters, or retry, drop or export them.",
}


class Command(TerminalCommand):
    """Show, replay or manage the journal."""

    help = "Show the status of the journal, apply its rows now, or manage its dead letters."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the actions and their options."""
        super().add_arguments(parser)
        actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
        for name, text in _ACTIONS.items():
            action = actions.add_parser(name, help=text)
            action.add_argument("--json", action="store_true", default=SUPPRESS, help="Print JSON for programs.")
        adopting.add_options(actions.choices["adopt"])
        actions.choices["salvage"].add_argument("file", nargs="?", type=Path, metavar="FILE", help="The file to read.")
        dead = actions.choices["dead"]
        dead.add_argument("what", nargs="?", choices=["list", "retry", "drop", "export"], default="list")
        dead.add_argument("rows", nargs="*", type=int, metavar="ROW", help="Ids of dead letters; default: all.")
        dead.add_argument("--output", type=Path, metavar="FILE", help="The file that export writes (mode 0600).")

    def run(self, *_: Any, **options: Any) -> None:
        """Run the chosen action."""
        actions = {
            "status": self._status,
            "replay": self._replay,
            "adopt": self._adopt,
            "salvage": self._salvage,
            "forget-replicas": self._forget_replicas,
            "dead": self._dead,
        }
        actions[options["action"]](**options)

    def _status(self, **options: Any) -> None:
        found = probed_report()
        if found.journal is None:
            raise JournalUnavailable("The journal cannot be used; see its file's disk and permissions.")
        dead_letters = found.journal.dead_letters
        facts = found.facts() | {"forAnotherDatabase": journal().admin.elsewhere()}
        self.show_one(facts | _former_name(dead_letters, **options), as_json=options["json"])

    def _replay(self, **options: Any) -> None:
        done = drain()
        facts = {
            "applied": done.applied,
            "fenced": done.fenced,
            "deadLetters": done.dead_letters,
            "heldBack": done.held_back,
            "pending": journal().admin.status().pending,
            **_former_name(done.dead_letters, **options),
        }
        self.show_one(facts, as_json=options["json"])
        if done.stopped_by:
            raise CommandError(f"{done.stopped_by} Pending rows stay in the journal.")

    def _adopt(self, **options: Any) -> None:
        adopting.run(self, **{name: options[name] for name in ("yes", "drop", "output", "json")})

    def _salvage(self, **options: Any) -> None:
        """Salvage a file; the journal's own is checked, and salvaged if it is damaged, whenever it is opened."""
        kept = journal().admin
        rows = kept.salvage(options["file"]).rows if options["file"] else 0
        facts = {"broughtBack": rows, "pending": kept.status().pending, "unreadableRows": kept.status().unreadable_rows}
        self.show_one(facts, as_json=options["json"])

    def _forget_replicas(self, **options: Any) -> None:
        self.show_one({"forgottenReplicas": journal().admin.forget_replicas()}, as_json=options["json"])

    def _dead(self, **options: Any) -> None:
        actions = {"list": self._list, "retry": self._retry, "drop": self._drop, "export": self._export}
        actions[options["what"]](**options)

    def _list(self, **options: Any) -> None:
        rows = [_row_out(row) for row in journal().admin.dead_letters()]
        if not rows and not options["json"]:
            self.stdout.write("There are no dead letters.")
        self.show(rows, as_json=options["json"])

    def _retry(self, **options: Any) -> None:
        self.show_one({"retried": journal().admin.retry(options["rows"])}, as_json=options["json"])

    def _drop(self, **options: Any) -> None:
        self.show_one({"dropped": journal().admin.drop(options["rows"])}, as_json=options["json"])

    def _export(self, **options: Any) -> None:
        """Write complete rows to a file, one JSON object per line; never to a terminal, as they hold user content."""
        rows = [row for row in journal().admin.dead_letters() if not options["rows"] or row.id in options["rows"]]
        if options["output"] is None:
            raise CommandError("The export holds user content; name a file with --output.")
        write_rows(rows, options["output"])
        self.show_one({"exported": len(rows)}, as_json=options["json"])


def _former_name(dead_letters: int, **options: Any) -> dict[str, int]:
    """Return the count under its name in the JSON of 0.1, which is kept for one release."""
    return {"setAside": dead_letters} if options["json"] else {}


def _row_out(row: Row) -> dict[str, Any]:
    return {
        "row": row.id,
        "user": row.write.user_id,
        "script": row.write.script,
        "at": iso_from_ms(row.write.at),
        "reason": row.reason,
    }
