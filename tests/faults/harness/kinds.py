"""Fifteen kinds of network faults between a client and Redis; each function injects one into one exchange.

An exchange is one command (or one pipeline) and its reply. `every` says how often a fault is injected: 10 means into
every tenth exchange.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from tests.faults.harness.exchange import Exchange

SHORT_S = 0.03
"""Well below the time-out of 200 ms in a storm."""
LATE_S = 0.3
"""Well above that time-out."""
AWAY_S = 0.7
"""Long enough for the breaker to open."""


async def eat_reply(exchange: Exchange) -> None:
    """The command runs; the connection closes before its reply."""
    await exchange.ask()
    exchange.close()


async def reset_before(exchange: Exchange) -> None:
    """The connection is reset (RST) before the command reaches the server."""
    exchange.reset()


async def reset_after(exchange: Exchange) -> None:
    """The connection is reset (RST) after the command ran."""
    await exchange.ask()
    exchange.reset()


async def close_before(exchange: Exchange) -> None:
    """The connection closes (FIN), as if the server restarted, before the command reaches it."""
    exchange.close()


async def drop_command(exchange: Exchange) -> None:
    """The command is lost and the connection stays open without a reply."""


async def drop_reply(exchange: Exchange) -> None:
    """The command runs, its reply is lost, and the connection stays open."""
    await exchange.ask()


async def delay(exchange: Exchange) -> None:
    """The reply comes late but within the time-out."""
    reply = await exchange.ask()
    await asyncio.sleep(SHORT_S)
    await exchange.answer(reply)


async def answer_too_late(exchange: Exchange) -> None:
    """The reply comes after the time-out; it must not be read as the reply to another command."""
    reply = await exchange.ask()
    await asyncio.sleep(LATE_S)
    await exchange.answer(reply)


async def blackhole_all(exchange: Exchange) -> None:
    """For a moment nothing is forwarded on any connection, old or new; connecting still works."""
    exchange.network.pause(AWAY_S)
    await exchange.network.until_resumed()
    await exchange.pass_on()


async def blackhole_one(exchange: Exchange) -> None:
    """Nothing is forwarded on this connection any more, until the client closes it."""
    await exchange.client_gone()


async def cut_reply(exchange: Exchange) -> None:
    """Half of the reply arrives, then the connection closes (FIN)."""
    reply = await exchange.ask()
    await exchange.answer(reply[: len(reply) // 2])
    exchange.close()


async def cut_command(exchange: Exchange) -> None:
    """Half of the command reaches the server, then both connections close."""
    await exchange.send(exchange.command[: len(exchange.command) // 2])
    exchange.close()


async def slice_bytes(exchange: Exchange) -> None:
    """The reply arrives byte by byte."""
    for byte in await exchange.ask():
        await exchange.answer(bytes([byte]))
        await asyncio.sleep(0)


async def garbage(exchange: Exchange) -> None:
    """The command runs; the client receives bytes that are not a Redis reply."""
    await exchange.ask()
    await exchange.answer(b"\x00HTTP/1.1 502 Bad Gateway\r\n\r\n")


async def flap(exchange: Exchange) -> None:
    """All connections close, and for a moment new ones are refused."""
    await exchange.network.go_away(SHORT_S)


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of fault, injected into every `every`-th exchange."""

    name: str
    inject: Callable[[Exchange], Awaitable[None]]
    every: int = 10


KINDS = {
    kind.name: kind
    for kind in (
        Kind("eat the reply", eat_reply),
        Kind("reset before", reset_before),
        Kind("reset after", reset_after),
        Kind("close before", close_before),
        Kind("drop the command", drop_command),
        Kind("drop the reply", drop_reply),
        Kind("delay", delay),
        Kind("answer too late", answer_too_late),
        Kind("blackhole all", blackhole_all, every=100),
        Kind("blackhole one", blackhole_one, every=25),
        Kind("cut the reply", cut_reply),
        Kind("cut the command", cut_command),
        Kind("slice", slice_bytes),
        Kind("garbage", garbage),
        Kind("flap", flap, every=40),
    )
}
