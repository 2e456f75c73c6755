"""Canaries: passwords, emails and texts of test users that must not leak, which each test is checked for.

Everything written during the test is searched: every log (of the test process and of the served sites) and the commands
in the test server's append-only file. Passwords and tokens must not appear anywhere, an email only in its claim and its
owner's profile, a message only in its conversation.
"""

import os
import re
from collections.abc import Iterator
from pathlib import Path

from tests.environment import SERVICE_KEY
from tests.support.people import PASSWORD, TEXT

SECRETS = (PASSWORD.encode(), SERVICE_KEY.encode(), b"sk-for-tests-only", b"eyJhbGciOi")
"""The last one is the beginning of every signed token: {"alg": in base64."""
EMAILS = b"@example.com"
PRINTED = re.compile(rb"^ +(?:curl|mail) .*$", re.MULTILINE)
"""The example requests that `serve` prints, with an example email, and the mails that it prints in development."""
PLACES = {
    EMAILS: re.compile(rb"email:|user:[^:]+:(profile|registry)$"),
    TEXT.encode(): re.compile(rb"user:[^:]+:(conversation:|summaries$|requests$)"),
}
"""Each canary with the Redis keys that may contain it; `requests` keeps answers to requests for a day."""


class Watch:
    """Reads what was appended to logs and append-only files, and reports canaries in places where they must not be."""

    def __init__(self, *, logs: Path, append_only: Path) -> None:
        self._logs = logs
        self._append_only = append_only
        self._read: dict[tuple[str, int], int] = {}

    def leaks(self) -> list[str]:
        """Return the file and the canary of each leak written since the last call."""
        found = []
        for path in sorted(self._logs.glob("*.log")):
            written = PRINTED.sub(b"", self._written(path))
            found += [f"{path.name}: {word!r}" for word in (*SECRETS, *PLACES) if word in written]
        for path in sorted(self._append_only.glob("*.aof")):
            written = self._written(path)
            found += [f"{path.name}: {word!r}" for word in SECRETS if word in written]
            found += [f"{path.name}: {word!r} in {key!r}" for word, key in misplaced(written)]
        return found

    def _written(self, path: Path) -> bytes:
        """Return what was appended to the file since the last call; nothing if a rewrite has removed it just now."""
        try:
            file = path.open("rb")
        except FileNotFoundError:
            return b""
        with file:
            name = (path.name, os.fstat(file.fileno()).st_ino)
            file.seek(self._read.get(name, 0))
            written = file.read()
            self._read[name] = file.tell()
        return written


def misplaced(written: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield (canary, key) for each command that writes a canary to a key that must not contain it."""
    looked_for = [word for word in PLACES if word in written]
    for _, key, *arguments in filter(lambda command: len(command) > 1, commands(written) if looked_for else ()):
        for word in looked_for:
            if any(word in argument for argument in (key, *arguments)) and not PLACES[word].match(key):
                yield word, key


def commands(written: bytes) -> Iterator[list[bytes]]:
    """Yield each command of an append-only file as a list of words."""
    at = 0
    while written.startswith(b"*", at):
        count, at = _number(written, at)
        words = []
        for _ in range(count):
            size, at = _number(written, at)
            words.append(written[at : at + size])
            at += size + 2
        yield words


def _number(written: bytes, at: int) -> tuple[int, int]:
    """Return the number in a line such as *3 or $5, and the offset of the next line."""
    end = written.index(b"\r\n", at)
    return int(written[at + 1 : end]), end + 2
