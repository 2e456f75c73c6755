"""The simulated network: sockets as redis-py uses them, and what befalls an exchange of a command and its reply."""

import socket
from collections import deque
from collections.abc import Callable, Sequence
from itertools import count
from typing import Any

import hiredis

from tests.protocol.simulation.world.baton import Baton, baton
from tests.protocol.simulation.world.deployment import Deployment
from tests.protocol.simulation.world.server import Blocked, Offset, Server

FATES = ("the command is lost", "the reply is lost", "the command is late", "the reply is late")
LATE_S = (0.3, 3.0)
PAUSED, LONGEST_PAUSE_S = 0.15, 0.1
"""How often a server does something else between two commands of a pipeline, and for how long at most."""


class Network:
    """Connections to a deployment. `badness` is the share of exchanges that something befalls."""

    def __init__(self, made: Baton, deployment: Deployment, tell: Callable[[str], object], quiet_fd: int) -> None:
        self.baton, self.deployment, self.tell, self.quiet_fd = made, deployment, tell, quiet_fd
        self.badness = 0.0
        self.is_away = False
        self.sockets: dict[int, SimulatedSocket] = {}
        self.numbers = count()
        deployment.on_gone.append(self.close_all_to)

    def fate(self) -> str:
        """Return what befalls the next exchange; empty if nothing does."""
        is_bad = self.badness > 0 and self.baton.random.random() < self.badness
        return self.baton.random.choice(FATES) if is_bad else ""

    def close_all_to(self, server: Server) -> None:
        """Close the connections to the server, which is gone."""
        for each in list(self.sockets.values()):
            if each.server is server:
                each.break_off()

    def close_all_of(self, process: Any) -> None:
        """Close the connections of a process that was killed."""
        for each in list(self.sockets.values()):
            if each.process is process:
                each.close()

    def wake(self, server: Server) -> None:
        """Let a server that hung run the commands that it has received meanwhile."""
        server.is_hung = False
        for each in list(self.sockets.values()):
            if each.server is server:
                each.serve()


class SimulatedSocket:
    """A socket in the network of the world that runs; it has what redis-py calls."""

    network: Network

    def __init__(self, *_: object) -> None:
        self.process = baton().current.process
        self.server: Server | None = None
        self._timeout: float | None = None
        self._reader = hiredis.Reader()
        self._commands: deque[Sequence[bytes]] = deque()
        self._inbox = bytearray()
        self._is_broken = False
        self._is_blocked = False
        self._offset = Offset()
        self._number = next(self.network.numbers)

    def connect(self, _: object) -> None:
        baton().switch()
        primary = self.network.deployment.primary
        if self.network.is_away or not primary.is_up:
            raise ConnectionRefusedError(111, "Connection refused")
        self.server = primary
        self.network.sockets[self._number] = self

    def sendall(self, data: bytes) -> None:
        baton().switch()
        if self._is_broken:
            raise BrokenPipeError(32, "Broken pipe")
        self._reader.feed(data)
        commands = list(iter(self._reader.gets, False))
        fate = self.network.fate()
        if fate:
            self.network.tell(f"{baton().current.name}: {fate} ({named(commands)})")
        match fate:
            case "the command is lost":
                self.break_off()
            case "the command is late":
                self._later(lambda: self._take(commands))
            case "the reply is lost":
                self._take(commands)
                self.break_off()
            case "the reply is late":
                self._is_blocked = True
                self._later(lambda: self._unblocked(commands))
            case _:
                self._take(commands)
                baton().switch()

    def _later(self, do: Callable[[], object]) -> None:
        baton().at(baton().now + baton().random.uniform(*LATE_S), do)

    def _unblocked(self, commands: Sequence[Sequence[bytes]]) -> None:
        self._is_blocked = False
        self._take(commands)

    def _take(self, commands: Sequence[Sequence[bytes]]) -> None:
        self._commands.extend(commands)
        self.serve()

    def serve(self) -> None:
        """Let the server run the commands that it has received; also those of a client that has gone."""
        server = self.server
        while self._commands and server is not None and server.is_up and not (server.is_hung or self._is_blocked):
            reply = server.run(self._commands.popleft(), self._offset)
            if isinstance(reply, Blocked):
                self._block(reply)
            else:
                self._inbox += reply
            if self._commands and not self._is_blocked and baton().random.random() < PAUSED:
                self._pause(baton().random.uniform(0.0, LONGEST_PAUSE_S))

    def _block(self, reply: Blocked) -> None:
        if reply.is_enough():
            self._inbox += reply.now()
            return

        self._pause(reply.timeout_s, reply.now)

    def _pause(self, seconds: float, reply: Callable[[], bytes] = bytes) -> None:
        """Go on with the commands later, beginning with this reply."""

        def end() -> None:
            self._is_blocked = False
            if self.server is not None:
                self._inbox += reply()
                self.serve()

        self._is_blocked = True
        baton().at(baton().now + seconds, end)

    def break_off(self) -> None:
        """Close the connection from the other side; what the server has received is lost, and so are its replies."""
        self.server = None
        self._commands.clear()
        self.close()

    def recv_into(self, buffer: bytearray) -> int:
        baton().switch()
        most = float("inf") if self._timeout is None else self._timeout
        if not self.pending() and not baton().wait(self.pending, most):
            raise TimeoutError("timed out")
        size = min(len(buffer), len(self._inbox))
        buffer[:size] = self._inbox[:size]
        del self._inbox[:size]
        return size

    def settimeout(self, seconds: float | None) -> None:
        self._timeout = seconds

    def gettimeout(self) -> float | None:
        return self._timeout

    def pending(self) -> bool:
        return bool(self._inbox) or self._is_broken

    def fileno(self) -> int:
        return self.network.quiet_fd

    def shutdown(self, how: int) -> None:
        self._is_broken = True

    def close(self) -> None:
        self._is_broken = True
        self._inbox.clear()
        if not self._commands:
            self.network.sockets.pop(self._number, None)


def named(commands: Sequence[Sequence[bytes]]) -> str:
    """Return the names of the commands."""
    return " ".join(dict.fromkeys(command[0].decode() for command in commands))


def of_module() -> dict[str, Any]:
    """Return the names of the module socket, with simulated sockets."""
    return vars(socket) | {"socket": SimulatedSocket}
