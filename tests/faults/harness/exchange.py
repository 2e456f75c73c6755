"""A small network between clients and one server: it carries whole commands there and whole replies back."""

import asyncio
import contextlib
import socket
import struct
from collections.abc import Awaitable, Callable
from pathlib import Path

import hiredis

_CHUNK_BYTES = 65536
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)

Injury = Callable[["Exchange"], Awaitable[None]]


class Wire:
    """One end's stream, read in whole messages."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def receive(self, *, at_least: int = 1) -> tuple[bytes, int]:
        """Return the bytes of the next whole messages and how many these are; raises EOFError at the end."""
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
    """One command (or pipeline) on its way."""

    def __init__(self, network: "Network", client: Wire, server: Wire, command: bytes, count: int) -> None:
        self.network = network
        self.command = command
        self._client = client
        self._server = server
        self._count = count

    async def send(self, part: bytes) -> None:
        """Let the server have these bytes."""
        await self._server.send(part)

    async def ask(self) -> bytes:
        """Let the server carry the command out; return its reply."""
        await self.send(self.command)
        reply, _ = await self._server.receive(at_least=self._count)
        return reply

    async def answer(self, reply: bytes) -> None:
        """Let the client have these bytes."""
        await self._client.send(reply)

    async def pass_on(self) -> None:
        """Carry the command out and the reply back, unharmed."""
        await self.answer(await self.ask())

    def close(self) -> None:
        """End the client's connection."""
        self._client.end()

    def reset(self) -> None:
        """Reset the client's connection."""
        self._client.end(abruptly=True)

    async def client_gone(self) -> None:
        """Wait until the client ends its connection."""
        while await self._client.reader.read(_CHUNK_BYTES):
            pass
        raise EOFError


class Network:
    """Carries exchanges from a loopback port to the server's unix socket; injures every `every`-th of them."""

    def __init__(self, target: Path, injure: Injury, *, every: int) -> None:
        self.port = 0
        self.injuries = 0
        self._target = target
        self._injure = injure
        self._every = every
        self._exchanges = 0
        self._is_healed = False
        self._heard = asyncio.Event()
        self._heard.set()
        self._clients: set[Wire] = set()
        self._listener: asyncio.Server | None = None

    async def listen(self) -> None:
        """Take connections."""
        self._listener = await asyncio.start_server(self._carry, "127.0.0.1", self.port)
        self.port = self._listener.sockets[0].getsockname()[1]

    def heal(self) -> int:
        """Carry everything unharmed from now on; return how many exchanges were injured."""
        self._is_healed = True
        return self.injuries

    def silence(self, seconds: float) -> None:
        """Carry nothing for so long."""
        self._heard.clear()
        asyncio.get_running_loop().call_later(seconds, self._heard.set)

    async def until_heard(self) -> None:
        """Wait for the end of a silence."""
        await self._heard.wait()

    async def go_away(self, seconds: float) -> None:
        """End all connections and refuse new ones for so long."""
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
        await self.until_heard()
        self._exchanges += 1
        if self._is_healed or self._exchanges % self._every:
            await exchange.pass_on()
            return
        self.injuries += 1
        await self._injure(exchange)
