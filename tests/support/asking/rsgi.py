"""granian's side of RSGI in this process: a request, and what was answered to it."""

import asyncio
from pathlib import Path
from types import SimpleNamespace

from granian.rsgi import ProtocolClosed


class FakeHeaders:
    def __init__(self, items):
        self._items = items

    def get(self, key, default=None):
        return next((value for name, value in self._items if name == key), default)

    def items(self):
        return self._items


def scope(path="/", *, method="GET", headers=(), version="1.1", **fields):
    """Return the scope of a request; names of headers are in lower case, as granian gives them."""
    plain = {
        "proto": "http",
        "http_version": version,
        "method": method,
        "path": path,
        "query_string": "",
        "client": "127.0.0.1:40000",
        "server": "127.0.0.1:8000",
        "scheme": "http",
        "authority": None,
    }
    return SimpleNamespace(headers=FakeHeaders(list(headers)), **(plain | fields))


class FakeProtocol:
    """Gives the pieces of a body, and keeps what was answered; `is_gone` is whether the client has left."""

    def __init__(self, *pieces, is_gone=False):
        self._pieces = iter(pieces)
        self.answer = None
        self.sent = []
        self.gone = asyncio.Event()
        if is_gone:
            self.gone.set()

    def __aiter__(self):
        return self

    async def __anext__(self):
        try:
            return next(self._pieces)
        except StopIteration:
            raise StopAsyncIteration from None

    async def client_disconnect(self):
        await self.gone.wait()

    def response_bytes(self, status, headers, content):
        self.answer = (status, dict(headers), content)

    def response_empty(self, status, headers):
        self.answer = (status, dict(headers), b"")

    def response_file(self, status, headers, path):
        self.answer = (status, dict(headers), Path(path).read_bytes())

    def response_stream(self, status, headers):
        self.answer = (status, dict(headers), None)
        return self

    async def send_bytes(self, piece):
        if self.gone.is_set():
            raise ProtocolClosed
        self.sent.append(piece)
