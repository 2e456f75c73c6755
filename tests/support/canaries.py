"""Canaries: words of people in tests that must be nowhere but where they belong, looked for after each test.

Looked through is what was written since the last test: every log (the test process's own, and those of the sites that
were served), and the commands that the test server's append-only file holds. Passwords and tokens belong nowhere, an
email to its claim and its owner's profile, what somebody wrote to that conversation.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from tests.environment import SERVICE_KEY
from tests.support.people import PASSWORD, TEXT

SECRETS = (PASSWORD.encode(), SERVICE_KEY.encode(), b"sk-for-tests-only", b"eyJhbGciOi")
"""The last one is how every signed token begins: {"alg": in base64."""
EMAILS = b"@example.com"
PRINTED = re.compile(rb"^ +curl .*$", re.MULTILINE)
"""The requests to paste that `serve` prints; their email is an example."""
PLACES = {
    EMAILS: re.compile(rb"email:|user:[^:]+:(profile|registry)$"),
    TEXT.encode(): re.compile(rb"user:[^:]+:(conversation:|summaries$|requests$)"),
}
"""A canary and the keys of Redis to which it belongs: the last one keeps answers to requests for a day."""


class Watch:
    """Reads files on from where it stopped, and tells which canaries are where they do not belong."""

    def __init__(self, *, logs: Path, append_only: Path) -> None:
        self._logs = logs
        self._append_only = append_only
        self._read: dict[tuple[str, int], int] = {}

    def leaks(self) -> list[str]:
        """Return what was found in what was written since the last call: the file and the canary of each."""
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
        with path.open("rb") as file:
            name = (path.name, path.stat().st_ino)
            file.seek(self._read.get(name, 0))
            written = file.read()
            self._read[name] = file.tell()
        return written


def misplaced(written: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield the canaries in arguments of commands on keys to which they do not belong, with the key."""
    looked_for = [word for word in PLACES if word in written]
    for _, key, *arguments in filter(lambda command: len(command) > 1, commands(written) if looked_for else ()):
        for word in looked_for:
            if any(word in argument for argument in (key, *arguments)) and not PLACES[word].match(key):
                yield word, key


def commands(written: bytes) -> Iterator[list[bytes]]:
    """Yield the commands of an append-only file, each as its words."""
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
    """Return the number of a line such as *3 or $5, and where the next line begins."""
    end = written.index(b"\r\n", at)
    return int(written[at + 1 : end]), end + 2
