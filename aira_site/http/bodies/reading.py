"""Read a body whole, within its bounds; or read and drop a refused one, so that the client sees the answer.

Clients such as Python's http.client, Node's fetch and proxies read the answer only after they have sent the body. If
the connection were closed before that, they would see a broken connection instead of the answer.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import ExitStack, suppress

from aira_site.http.bodies.admission import Admission
from aira_site.http.bodies.body import Body
from aira_site.http.bodies.limits import TOO_SLOW, BodyRefused, ClientGone, Head
from aira_site.http.bodies.memory import BodyMemory
from aira_site.http.bodies.pace import Pace

DROPPED_BYTES = 16 * 1024 * 1024
DROPPED_S = 10.0


async def read_whole(pieces: AsyncIterator[bytes], head: Head, memory: BodyMemory) -> Body:
    """Return the whole body, which the caller closes; raises BodyRefused, and ClientGone if it does not become whole.

    No thread is held meanwhile.
    """
    now_s = asyncio.get_running_loop().time
    body, pace, admission = Body(memory, bound=head.bound), Pace(now_s=now_s()), Admission(head)
    with ExitStack() as unless_whole:
        unless_whole.callback(body.close)
        try:
            async with asyncio.timeout_at(pace.deadline_s) as limit:
                await admission.require(int(head.length or 0))
                async for piece in pieces:
                    await admission.require(body.size + len(piece))
                    await body.add(piece)
                    if pace.received(len(piece), now_s=now_s()):
                        limit.reschedule(pace.deadline_s)
        except TimeoutError:
            raise BodyRefused(TOO_SLOW) from None
        unless_whole.pop_all()
    return body


async def drop(pieces: AsyncIterator[bytes]) -> None:
    """Read and drop what is left of a body: 16 MiB at most, 10 s at most."""
    dropped_bytes = 0
    with suppress(TimeoutError, BodyRefused, ClientGone):
        async with asyncio.timeout(DROPPED_S):
            async for piece in pieces:
                dropped_bytes += len(piece)
                if dropped_bytes > DROPPED_BYTES:
                    return
