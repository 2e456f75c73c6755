"""What others notice of an attack: how long /live and a dashboard take, on a new connection each time."""

import time
from http.client import HTTPConnection

from bench.load import quantile_ms
from bench.threads import Repeated

INTERVAL_S = 0.05
PATIENCE_S = 30.0


class Victim(Repeated):
    """Asks for one path, 20 times a second at most, while the block runs; `took_s` has a time for each request."""

    def __init__(self, port: int, path: str, key: str) -> None:
        super().__init__(INTERVAL_S)
        self.path = path
        self.took_s: list[float] = []
        self.failed = 0
        self._port = port
        self._key = key

    def quantile_ms(self, part: float) -> float:
        """Return the quantile `part` (0 to 1) of the times, in ms."""
        return quantile_ms(self.took_s, part)

    def step(self) -> None:
        """Ask once."""
        begun = time.monotonic()
        self.failed += self._status() != 200
        self.took_s.append(time.monotonic() - begun)

    def _status(self) -> int:
        connection = HTTPConnection("127.0.0.1", self._port, timeout=PATIENCE_S)
        try:
            connection.request("GET", self.path, headers={"Authorization": f"Bearer {self._key}"})
            response = connection.getresponse()
            response.read()
        except OSError:
            return 0
        finally:
            connection.close()
        return response.status
