"""`python -m aira_site.process.http_server`: granian as a child process of `serve`; it ends with its parent."""

import argparse
import gc
import os
import resource
import threading
import time
from collections.abc import Callable
from importlib import import_module
from typing import Any

from granian.constants import Interfaces
from granian.http import HTTP1Settings, HTTP2Settings
from granian.log import LogLevels
from granian.server import Server

from aira_site.process.silent_connections import watch

CONNECTIONS_AT_MOST = 4096
"""Open connections of a worker; more wait in the system's queue."""
HEAD_WITHIN_MS = 10_000
HEAD_BYTES_AT_MOST = 128 * 1024
PARENT_CHECK_INTERVAL_S = 0.25
RESPAWN_INTERVAL_S = 0.5


def end_with_parent(end: Callable[[], object]) -> None:
    """Start a thread that calls `end` when this process's parent has ended."""
    parent = os.getppid()

    def look() -> None:
        while os.getppid() == parent:
            time.sleep(PARENT_CHECK_INTERVAL_S)
        end()

    threading.Thread(target=look, name="parent-watch", daemon=True).start()


def _end_now() -> None:
    os._exit(1)


def load(target: str) -> Any:
    """Return the application (`module:name`); called in each worker."""
    end_with_parent(_end_now)
    watch()
    module, _, name = target.partition(":")
    application = getattr(import_module(module), name)
    gc.freeze()  # objects made by imports are permanent; a collection that visits them would delay requests by 80 ms
    return application


def allow_connections() -> None:
    """Raise this process's limit of open files, as far as the system permits, so that connections do not reach it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 2 * CONNECTIONS_AT_MOST
    allowed = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < allowed:
        resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))


def main() -> None:
    """Serve until a signal arrives."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--host", required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--workers", type=int, required=True)
    options = parser.parse_args()
    end_with_parent(_end_now)
    allow_connections()
    server = Server(
        "aira_site.rsgi:application",
        address=options.host,
        port=options.port,
        interface=Interfaces.RSGI,
        workers=options.workers,
        backpressure=CONNECTIONS_AT_MOST,
        http1_settings=HTTP1Settings(header_read_timeout=HEAD_WITHIN_MS, max_buffer_size=HEAD_BYTES_AT_MOST),
        http2_settings=HTTP2Settings(keep_alive_interval=HEAD_WITHIN_MS, max_headers_size=HEAD_BYTES_AT_MOST),
        websockets=False,
        log_level=LogLevels.error,
        respawn_failed_workers=True,
        respawn_interval=RESPAWN_INTERVAL_S,
    )
    server.serve(target_loader=load)


if __name__ == "__main__":
    main()
