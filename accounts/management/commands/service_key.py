"""manage.py service_key create NAME | list | revoke ID."""

from typing import Any

from django.core.management.base import CommandError, CommandParser

from accounts.credentials import service_keys
from redis_models.management.terminal import TerminalCommand


class Command(TerminalCommand):
    """Manage service keys."""

    help = "Create, list or revoke the keys with which servers act for any user. A key is shown once, on creation."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the action and the key."""
        super().add_arguments(parser)
        parser.add_argument("action", choices=["create", "list", "revoke"])
        parser.add_argument("name_or_id", nargs="?", default="", metavar="NAME_OR_ID")

    def run(self, *_: Any, **options: Any) -> None:
        """Do it."""
        actions = {"create": self._create, "list": self._list, "revoke": self._revoke}
        if not options["name_or_id"] and options["action"] != "list":
            raise CommandError("Name the key." if options["action"] == "create" else "Say which key, by its id.")
        actions[options["action"]](options["name_or_id"], as_json=options["json"])

    def _create(self, name: str, *, as_json: bool) -> None:
        key, kept = service_keys.create(name=name)
        self.show_one({"id": kept.id, "name": kept.name, "key": key}, as_json=as_json)

    def _list(self, _: str, *, as_json: bool) -> None:
        rows = [
            {"id": each.id, "name": each.name, "createdAt": each.created_at, "revokedAt": each.revoked_at or None}
            for each in service_keys.service_keys()
        ]
        if not rows and not as_json:
            self.stdout.write("There is no service key in Redis.")
        self.show(rows, as_json=as_json)

    def _revoke(self, key_id: str, *, as_json: bool) -> None:
        revoked = service_keys.revoke(key_id=key_id)
        self.show_one({"id": revoked.id, "name": revoked.name, "revokedAt": revoked.revoked_at}, as_json=as_json)
