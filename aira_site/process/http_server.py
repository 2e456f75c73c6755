"""`python -m aira_site.process.http_server`: granian as a child process of `serve`; it ends with its parent."""

import argparse
import gc
import os
import threading
import time
from collections.abc import Callable
from importlib import import_module
from typing import Any

from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server import Server

BLOCKING_THREADS = 64
"""More than `chat.replies.events.STREAMS_AT_MOST`, since an open stream holds a thread and others must stay free."""
PARENT_CHECK_INTERVAL_S = 0.25
RESPAWN_INTERVAL_S = 0.5
_INTERFACES = {"wsgi": Interfaces.WSGI, "asgi": Interfaces.ASGINL}


def end_with_parent(end: Callable[[], object]) -> None:
    """Start a thread that calls `end` when this process's parent has ended."""
    parent = os.getppid()

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(PARENT_CHECK_INTERVAL_S)
        end()

    threading.Thread(target=watch, name="parent-watch", daemon=True).start()


def _end_now() -> None:
    os._exit(1)


def load(target: str) -> Any:
    """Return the application (`module:name`); called in each worker."""
    end_with_parent(_end_now)
    module, _, name = target.partition(":")
    application = getattr(import_module(module), name)
    gc.freeze()  # objects made by imports are permanent; a collection that visits them would delay requests by 80 ms
    return application


def main() -> None:
    """Serve until a signal arrives."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--host", required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--workers", type=int, required=True)
    parser.add_argument("--interface", choices=[*_INTERFACES], required=True)
    options = parser.parse_args()
    end_with_parent(_end_now)
    server = Server(
        f"aira_site.{options.interface}:application",
        address=options.host,
        port=options.port,
        interface=_INTERFACES[options.interface],
        workers=options.workers,
        blocking_threads=BLOCKING_THREADS if options.interface == "wsgi" else None,
        websockets=False,
        log_level=LogLevels.error,
        respawn_failed_workers=True,
        respawn_interval=RESPAWN_INTERVAL_S,
    )
    server.serve(target_loader=load)


if __name__ == "__main__":
    main()
