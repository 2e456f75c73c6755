"""An OpenAI-compatible server for tests: streams over HTTP on a real socket."""

import json
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

_PING_EVERY_S = 0.02


@dataclass
class Plan:
    """How the next requests are answered.

    `pieces` are streamed; after `drop_after` of them the connection is cut. A `status` other than 200 answers with an
    error. If there is a `gate`, the server waits for it before each piece after the first `free_pieces`, without a
    time limit. While it waits, `pings` sends comments that keep the connection alive. A `mute` server sends nothing,
    not even headers, until the gate opens. `sent` are the bytes of the whole answer after its status, in place of a
    stream; `headers` are further headers of it.
    """

    pieces: Iterable[str] = ("I", " am", " here", ".")
    status: int = 200
    drop_after: int | None = None
    raw: str | None = None
    gate: threading.Event | None = None
    free_pieces: int = 0
    pings: bool = False
    mute: bool = False
    sent: Iterable[bytes] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        owner: ModelServer = self.server.owner
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        owner.requests.append({"path": self.path, "key": self.headers["Authorization"], "body": body})
        plan = owner.plan
        if plan.sent is not None:
            self._send_raw(plan)
            return
        if plan.status != 200:
            self._fail(plan.status)
            return
        try:
            self._stream(plan)
        except ConnectionError:
            owner.dropped += 1
            self.close_connection = True

    def _fail(self, status: int) -> None:
        content = json.dumps({"error": {"message": "no", "type": "test", "code": None}}).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def _send_raw(self, plan: Plan) -> None:
        self.close_connection = True
        self.send_response(plan.status)
        for name, value in plan.headers.items():
            self.send_header(name, value)
        self.end_headers()
        try:
            for piece in plan.sent:
                self.wfile.write(piece)
                self.server.owner.sent_bytes += len(piece)
        except ConnectionError:
            self.server.owner.dropped += 1

    def _stream(self, plan: Plan) -> None:
        if plan.mute:
            self._wait(plan)
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        self._event(_chunk({"role": "assistant", "content": ""}))
        for number, piece in enumerate(plan.pieces):
            if number == plan.drop_after:
                self.close_connection = True
                return
            if plan.gate is not None and number >= plan.free_pieces:
                self._wait(plan)
            self._event(_chunk({"content": piece}))
        if plan.raw is not None:
            self._event(plan.raw)
        self._event(json.dumps({"id": "c", "object": "chat.completion.chunk", "choices": []}))
        self._event("[DONE]")
        self.wfile.write(b"0\r\n\r\n")

    def _wait(self, plan: Plan) -> None:
        while not plan.gate.wait(_PING_EVERY_S):
            if self.server.owner.is_closed:
                raise ConnectionAbortedError
            if plan.pings:
                self._send(": still here\n\n")

    def _event(self, text: str) -> None:
        self._send(f"data: {text}\n\n")

    def _send(self, text: str) -> None:
        content = text.encode()
        self.wfile.write(f"{len(content):x}\r\n".encode() + content + b"\r\n")
        self.wfile.flush()

    def log_message(self, *_: Any) -> None:
        """Log nothing."""


def _chunk(delta: dict[str, str]) -> str:
    choice = {"index": 0, "delta": delta, "finish_reason": None}
    return json.dumps({"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [choice]})


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Ignore clients that disconnect between requests."""


class ModelServer:
    """The server. `plan` may be changed between requests; `requests` are those received, `dropped` the clients lost."""

    def __init__(self) -> None:
        self.plan = Plan()
        self.requests: list[dict[str, Any]] = []
        self.dropped = self.sent_bytes = 0
        self.is_closed = False
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.owner = self
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_port}/v1"

    def close(self) -> None:
        self.is_closed = True
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
