"""A small network between clients and one server, which forwards complete commands and complete replies."""

import asyncio
import contextlib
import socket
import struct
from collections.abc import Awaitable, Callable
from pathlib import Path

import hiredis

_CHUNK_BYTES = 65536
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)

Fault = Callable[["Exchange"], Awaitable[None]]


class Wire:
    """The stream of one side, read one complete message at a time."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def receive(self, *, at_least: int = 1) -> tuple[bytes, int]:
        """Return the bytes and the number of the next complete messages; raises EOFError at the end of the stream."""
        parser, received, count = hiredis.Reader(), b"", 0
        while count < at_least or parser.has_data():
            chunk = await self.reader.read(_CHUNK_BYTES)
            if not chunk:
                raise EOFError
            received += chunk
            parser.feed(chunk)
            while parser.gets() is not False:
                count += 1
        return received, count

    async def send(self, message: bytes) -> None:
        self.writer.write(message)
        await self.writer.drain()

    def end(self, *, abruptly: bool = False) -> None:
        if abruptly:
            plain = self.writer.get_extra_info("socket")
            plain.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
            self.writer.transport.abort()
        else:
            self.writer.close()


class Exchange:
    """One command (or pipeline) and its reply."""

    def __init__(self, network: "Network", client: Wire, server: Wire, command: bytes, count: int) -> None:
        self.network = network
        self.command = command
        self._client = client
        self._server = server
        self._count = count

    async def send(self, part: bytes) -> None:
        """Send these bytes to the server."""
        await self._server.send(part)

    async def ask(self) -> bytes:
        """Send the command to the server; return its reply."""
        await self.send(self.command)
        reply, _ = await self._server.receive(at_least=self._count)
        return reply

    async def answer(self, reply: bytes) -> None:
        """Send these bytes to the client."""
        await self._client.send(reply)

    async def pass_on(self) -> None:
        """Forward the command and its reply without a fault."""
        await self.answer(await self.ask())

    def close(self) -> None:
        """Close the client's connection."""
        self._client.end()

    def reset(self) -> None:
        """Reset the client's connection."""
        self._client.end(abruptly=True)

    async def client_gone(self) -> None:
        """Wait until the client closes its connection, then raise EOFError."""
        while await self._client.reader.read(_CHUNK_BYTES):
            pass
        raise EOFError


class Network:
    """Forwards exchanges from a loopback port to the server's unix socket; every `every`-th one gets a fault."""

    def __init__(self, target: Path, inject: Fault, *, every: int) -> None:
        self.port = 0
        self.faults = 0
        self._target = target
        self._inject = inject
        self._every = every
        self._exchanges = 0
        self._is_healed = False
        self._resumed = asyncio.Event()
        self._resumed.set()
        self._clients: set[Wire] = set()
        self._listener: asyncio.Server | None = None

    async def listen(self) -> None:
        """Accept connections."""
        self._listener = await asyncio.start_server(self._carry, "127.0.0.1", self.port)
        self.port = self._listener.sockets[0].getsockname()[1]

    def heal(self) -> int:
        """Stop injecting faults; return how many were injected."""
        self._is_healed = True
        return self.faults

    def pause(self, seconds: float) -> None:
        """Forward nothing for this time."""
        self._resumed.clear()
        asyncio.get_running_loop().call_later(seconds, self._resumed.set)

    async def until_resumed(self) -> None:
        """Wait until nothing is held back any more."""
        await self._resumed.wait()

    async def go_away(self, seconds: float) -> None:
        """Close all connections and refuse new ones for this time."""
        self._listener.close()
        for client in self._clients:
            client.end()
        await asyncio.sleep(seconds)
        await self.listen()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        client = Wire(reader, writer)
        self._clients.add(client)
        with contextlib.suppress(EOFError, OSError, hiredis.ProtocolError):
            server = Wire(*await asyncio.open_unix_connection(self._target))
            try:
                while True:
                    await self._exchange(client, server)
            finally:
                server.end()
        self._clients.discard(client)
        client.end()

    async def _exchange(self, client: Wire, server: Wire) -> None:
        exchange = Exchange(self, client, server, *await client.receive())
        await self.until_resumed()
        self._exchanges += 1
        if self._is_healed or self._exchanges % self._every:
            await exchange.pass_on()
            return
        self.faults += 1
        await self._inject(exchange)
