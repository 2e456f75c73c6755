"""What others notice of an attack: how long /live and a dashboard take, on a new connection each time."""

import threading
import time
from dataclasses import dataclass, field
from http.client import HTTPConnection
from typing import Self

INTERVAL_S = 0.05
PATIENCE_S = 30.0


@dataclass
class Victim:
    """Asks for one path, 20 times a second at most, while the block runs; `took_s` has a time for each request."""

    port: int
    path: str
    key: str
    took_s: list[float] = field(default_factory=list)
    failed: int = 0

    def __post_init__(self) -> None:
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._ask)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over.set()
        self._thread.join()

    def quantile_ms(self, part: float) -> float:
        """Return the quantile `part` (0 to 1) of the times, in ms."""
        ordered = sorted(self.took_s)
        return ordered[min(len(ordered) - 1, int(len(ordered) * part))] * 1000

    def _ask(self) -> None:
        while not self._is_over.wait(INTERVAL_S):
            begun = time.monotonic()
            self.failed += self._status() != 200
            self.took_s.append(time.monotonic() - begun)

    def _status(self) -> int:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_S)
        try:
            connection.request("GET", self.path, headers={"Authorization": f"Bearer {self.key}"})
            response = connection.getresponse()
            response.read()
        except OSError:
            return 0
        finally:
            connection.close()
        return response.status
