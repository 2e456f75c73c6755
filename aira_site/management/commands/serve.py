"""manage.py serve."""

import contextlib
import os
import secrets
import shlex
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.credentials.service_keys import digest_of
from aira_site.process.supervisor import (
    CannotServe,
    HttpServer,
    Place,
    Stop,
    locked,
    reserved,
    supervise,
    wait_until_live,
)
from redis_models.embedded.server import EmbeddedServer, EmbeddedServerUnavailable
from redis_models.errors import JournalUnavailable, RedisUnavailable
from redis_models.replay import drain

READY = """
Aira is ready at {url}

  Redis     {redis} (from {variable})
  Journal   {journal}; durability {durability}
  Data dir  {data_dir}
  Mail      {mail}
{warnings}
Register a user, save a conversation, look at the dashboard:

  curl -s {url}/api/auth/register-user {auth}-d '{{"userId": "ann", "email": "ann@example.com", "name": "Ann"}}'

  curl -s {url}/api/chat/save {auth}-d '{{"userId": "ann", "messages": [{{"id": "1", "role": "user", "content": "I feel a bit anxious today", "timestamp": "2026-11-23T08:00:00.000Z"}}]}}'

  curl -s '{url}/api/dashboard?userId=ann' {auth}

Ctrl-C stops everything.
"""  # noqa: E501 (each request is one line, to be pasted)


_MAIL = {
    "smtp": "sent by {host}",
    "console": "printed here, because neither AIRA_SMTP_URL nor AIRA_PUBLIC_URL is set",
    "none": "not sent: emails stay unproven, and nobody can set a forgotten password; set AIRA_SMTP_URL",
}
_UNVERIFIED = (
    "a token without email_verified proves no email, so plan look-ups do not find it; "
    "set AIRA_OIDC_EMAILS=verified if your provider verifies every email"
)


class Command(BaseCommand):
    """Serve the site, and the embedded Valkey if no other Redis is configured."""

    help = "Serve the site, with an embedded Valkey if no Redis is configured. Ctrl-C stops everything."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the options for listening."""
        parser.add_argument("--host", default=settings.AIRA_HOST, help="Address to listen on (AIRA_HOST).")
        parser.add_argument("--port", type=int, default=settings.AIRA_PORT, help="Port to listen on (AIRA_PORT).")
        parser.add_argument(
            "--workers", type=int, default=settings.AIRA_WORKERS, help="Number of processes (AIRA_WORKERS)."
        )

    def handle(self, *_: Any, **options: Any) -> None:
        """Serve until a signal arrives."""
        place = Place(options["host"], options["port"], options["workers"])
        try:
            with contextlib.ExitStack() as held:
                if _needs_data_dir():
                    held.enter_context(locked(settings.AIRA_DATA_DIR))
                held.enter_context(reserved(place))
                self._serve(place, held)
        except (CannotServe, EmbeddedServerUnavailable) as error:
            raise CommandError(str(error)) from error
        except OSError as error:
            raise CommandError(f"AIRA_DATA_DIR {settings.AIRA_DATA_DIR} cannot be used: {error.strerror}.") from error

    def _serve(self, place: Place, held: contextlib.ExitStack) -> None:
        stop = Stop()
        environment = _service_key() | {"AIRA_HOST": place.host, "AIRA_PORT": str(place.port)}
        embedded = EmbeddedServer(settings.AIRA_DATA_DIR) if _is_embedded() else None
        if embedded is not None:
            held.callback(embedded.stop)
            embedded.start()
        http = HttpServer(place, environment)
        held.callback(http.stop)
        wait_until_live(http, stop)
        if not stop.is_asked:
            self.stdout.write(_ready_text(place))
            self.stdout.flush()
        supervise(http, embedded, stop)


def _is_embedded() -> bool:
    return bool(settings.REDIS_ENDPOINT.variable == "AIRA_DATA_DIR")


def _needs_data_dir() -> bool:
    return _is_embedded() or settings.AIRA_JOURNAL != "memory"


def _key_file() -> Path:
    return Path(settings.AIRA_DATA_DIR, "service-key")


def _needs_development_key() -> bool:
    return settings.AIRA_AUTH == "required" and not settings.AIRA_SERVICE_KEYS


def _service_key() -> dict[str, str]:
    """Return the workers' variable for the development key; the first start creates the key (mode 0600)."""
    if not _needs_development_key():
        return {}
    path = _key_file()
    try:
        if not path.exists():
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "w") as file:
                file.write(f"aira_sk_{secrets.token_urlsafe(32)}\n")
        return {"AIRA_SERVICE_KEYS": digest_of(path.read_text().strip())}
    except OSError:
        raise CannotServe(
            "AIRA_SERVICE_KEYS is required, because a development key cannot be kept in the data dir; "
            "set it to the SHA-256 digests of your service keys, or, on a private network, set AIRA_AUTH to trusted."
        ) from None


def _ready_text(place: Place) -> str:
    key = f'-H "Authorization: Bearer $(cat {_short(_key_file())})" '
    endpoint = settings.REDIS_ENDPOINT
    own_key = '-H "Authorization: Bearer $AIRA_KEY" '
    auth = key if _needs_development_key() else own_key if settings.AIRA_AUTH == "required" else ""
    return READY.format(
        url=place.url,
        redis=endpoint.display,
        variable=endpoint.variable,
        journal=settings.AIRA_JOURNAL,
        durability=_durability(),
        data_dir=_short(settings.AIRA_DATA_DIR) if _needs_data_dir() else "not used",
        mail=_MAIL[settings.AIRA_MAIL].format(host=settings.EMAIL_HOST),
        warnings=_warnings(),
        auth=auth,
    )


def _warnings() -> str:
    """Return what the operator should know about the emails of an identity provider's tokens; empty, or lines."""
    if not settings.AIRA_JWT_SECRET or settings.AIRA_OIDC_EMAILS == "verified":
        return ""
    return f"  Emails    {_UNVERIFIED}\n"


def _durability() -> str:
    try:
        weakness = drain.weakness()
    except (RedisUnavailable, JournalUnavailable) as error:
        return f"not known: {error}"
    return f"unproven: {weakness}" if weakness else "proven"


def _short(path: Path) -> str:
    """Return the path, quoted for a shell, and relative to the working directory if that is shorter."""
    relative = os.path.relpath(path)
    return shlex.quote(min(relative, str(path), key=len))
