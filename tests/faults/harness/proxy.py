"""A proxy between the client and Redis that injects one of the fifteen kinds of faults.

It runs in its own process, so the client's threads do not compete with it for the interpreter.
"""

import asyncio
import os
import subprocess
import sys
from pathlib import Path
from typing import Self

from tests.faults.harness.exchange import Network
from tests.faults.harness.kinds import KINDS
from tests.faults.harness.zygote import ROOT, say, unmeasured
from tests.support.waiting import PATIENCE_S


class FaultProxy:
    """A running proxy for the server on the unix socket `target`; use it as a context manager."""

    def __init__(self, kind: str, target: Path) -> None:
        command = [sys.executable, "-m", "tests.faults.harness.proxy", kind, str(target)]
        self._process = subprocess.Popen(
            command, cwd=ROOT, env=unmeasured(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
        )
        self.url = f"redis://127.0.0.1:{self._read()}/0"

    def _read(self) -> int:
        return int(self._process.stdout.readline())

    def heal(self) -> int:
        """Stop injecting faults; return how many were injected."""
        self._process.stdin.write("heal\n")
        return self._read()

    def close(self) -> None:
        self._process.stdin.close()
        self._process.wait(PATIENCE_S)
        self._process.stdout.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


async def _serve(kind: str, target: Path) -> None:
    network = Network(target, KINDS[kind].inject, every=KINDS[kind].every)
    await network.listen()
    say(network.port)
    while await asyncio.to_thread(sys.stdin.readline):
        say(network.heal())
    os._exit(0)  # open exchanges end with the process


if __name__ == "__main__":
    asyncio.run(_serve(sys.argv[1], Path(sys.argv[2])))
