"""manage.py import_legacy [--from URL] [--dry-run] [--plan-from registry|profile|stats] [--delete-old]."""

import sys
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError, CommandParser
from rich.console import Console
from rich.progress import Progress as Bar

from aira_site.legacy.converted import PLAN_SOURCES, Problem
from aira_site.legacy.found import NOBODY, Places, places
from aira_site.legacy.importing import Imported, Options, Progress, imported, progress_file
from redis_models.connection.source import Source
from redis_models.endpoint import Endpoint, EndpointError, endpoint_from
from redis_models.management.terminal import TerminalCommand


class Command(TerminalCommand):
    """Import data of older servers."""

    help = (
        "Import chats, moods without ids, daily counters and the registry of an older server, from this database or "
        "from another one. It may be interrupted and run again; old keys are only removed with --delete-old."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the source and the options."""
        super().add_arguments(parser)
        parser.add_argument(
            "--from", dest="source", metavar="URL", help="The redis:// or rediss:// url of another database."
        )
        parser.add_argument("--dry-run", action="store_true", help="Read and report, but write nothing.")
        parser.add_argument("--plan-from", choices=PLAN_SOURCES, help="Whose plan to use if they differ.")
        parser.add_argument("--delete-old", action="store_true", help="Remove old keys whose contents were imported.")

    def run(self, *_: Any, **options: Any) -> None:
        """Import the data, and report."""
        endpoint = _endpoint(options["source"])
        if options["delete_old"] and options["source"]:
            raise CommandError("--delete-old works for this database only; another one is only read.")
        source = Source(endpoint, timeout_s=settings.AIRA_REDIS_TIMEOUT_S)
        chosen = Options(options["plan_from"], is_dry=options["dry_run"], deletes_old=options["delete_old"])
        found = places(source)
        progress = Progress(progress_file(settings.AIRA_DATA_DIR, endpoint.display))
        after = "" if chosen.is_dry else progress.last
        done = self._import(source, found, chosen, progress)
        problems = [Problem("", key, "its user id is not valid") for key in found.strange]
        problems += [
            Problem(NOBODY, key, "all visitors without an id shared it, so it belongs to nobody")
            for key in found.of_nobody
        ]
        problems += [problem for each in done for problem in each.problems]
        facts: dict[str, Any] = {"dryRun": chosen.is_dry} | ({"wentOnAfter": after} if after else {})
        self._report(facts, done, problems, as_json=options["json"])

    def _import(self, source: Source, found: Places, options: Options, progress: Progress) -> list[Imported]:
        after = "" if options.is_dry else progress.last
        done = []
        console = Console(file=sys.stderr)
        with Bar(console=console, transient=True, disable=not sys.stderr.isatty()) as bar:
            task = bar.add_task("Importing users", total=sum(user > after for user in found.users))
            for each in imported(source, found, options=options, after=after):
                bar.advance(task)
                if each is None:
                    continue
                done.append(each)
                if not options.is_dry:
                    progress.note(each.user_id)
        if not options.is_dry:
            progress.end()
        return done

    def _report(self, facts: dict[str, Any], done: list[Imported], problems: list[Problem], *, as_json: bool) -> None:
        facts |= {
            "users": len(done),
            "chats": sum(each.chats for each in done),
            "moods": sum(each.moods for each in done),
            "problems": len(problems),
        }
        counts = [
            {"user": each.user_id, "counted": each.old_count, "stored": each.count}
            for each in done
            if each.old_count != each.count
        ]
        listed = [{"user": each.user_id, "what": each.what, "why": each.why} for each in problems]
        if as_json:
            self.show_one(facts | {"counts": counts, "problemList": listed}, as_json=True)
            return
        self.show_one(facts, as_json=False)
        if "wentOnAfter" in facts:
            self.stdout.write("\nAn interrupted run imported the users up to that one; --dry-run reports all users.")
        for title, rows in (("Counts that an older server had wrong:", counts), ("Problems:", listed)):
            if rows:
                self.stdout.write(f"\n{title}")
                self.show(rows, as_json=False)


def _endpoint(url: str | None) -> Endpoint:
    try:
        endpoint = settings.REDIS_ENDPOINT if url is None else endpoint_from({"REDIS_URL": url}, embedded_url="")
    except EndpointError as error:
        raise CommandError(str(error).replace("REDIS_URL", "--from")) from error
    if endpoint.nodes:
        raise CommandError("Older servers wrote to a single server, not to a cluster; name that server with --from.")
    return endpoint
