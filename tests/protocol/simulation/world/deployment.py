"""The simulated servers of one database: a primary and its replicas, and what befalls them."""

from collections.abc import Callable, Sequence

from tests.protocol.simulation.world.baton import Baton
from tests.protocol.simulation.world.server import Server

EPOCH_S = 1_795_423_341


class Deployment:
    """A primary and its replicas. New connections lead to `primary`; old ones stay where they are.

    `cut` are replicas that hear nothing of their primary, `lazy` are servers whose disk stands still.
    """

    def __init__(self, baton: Baton, *, replicas: int, has_disk: bool) -> None:
        self._baton = baton
        self.servers = [Server(f"server {number}", has_disk, self, self.clock_us) for number in range(1, replicas + 2)]
        self.primary = self.servers[0]
        self.leaders: dict[str, Server] = {each.name: self.primary for each in self.servers[1:]}
        self.cut: set[str] = set()
        self.lazy: set[str] = set()
        self.on_gone: list[Callable[[Server], object]] = []
        self._be_primary(self.primary)

    def clock_us(self) -> int:
        """Return the time of all servers."""
        return round((EPOCH_S + self._baton.now) * 1_000_000)

    def followers_of(self, leader: Server) -> Sequence[Server]:
        """Return the replicas that are connected to this server."""
        return [
            each
            for each in self.servers
            if self.leaders.get(each.name) is leader and each.is_up and each.name not in self.cut and leader.is_up
        ]

    def replicate(self, leader: Server) -> None:
        """Let the connected replicas copy what they do not have."""
        for each in self.followers_of(leader):
            each.log.extend(leader.log[len(each.log) :])

    def sync(self, server: Server) -> None:
        """Write what the server has to its disk, unless the disk stands still."""
        if server.has_disk and server.name not in self.lazy:
            server.synced = len(server.log)

    def background(self) -> None:
        """Copy and sync, as servers do by themselves all the time, each at its own pace."""
        for each in self.servers:
            if each.is_up and self._baton.random.random() < 0.3:
                self.replicate(each)
            if each.is_up and self._baton.random.random() < 0.3:
                self.sync(each)

    def settle(self) -> None:
        """Copy and sync everything."""
        for each in self.servers:
            self.replicate(each)
            self.sync(each)

    def kill(self, server: Server) -> None:
        """Kill the server: what is not on its disk is gone."""
        server.is_up = server.is_hung = False
        del server.log[server.synced if server.has_disk else 0 :]
        for tell in self.on_gone:
            tell(server)

    def restart(self, server: Server) -> None:
        """Start the server with what its disk has. A primary's replicas copy that; another server follows again."""
        server.is_up, server.run_id = True, self._new_id()
        if server is self.primary:
            self._be_primary(server)
        else:
            self.follow(server)

    def promote(self, replica: Server) -> None:
        """Make the replica the primary; the other live replicas follow it. The old primary is not told."""
        self.primary = replica
        self.cut.discard(replica.name)
        self._be_primary(replica)

    def follow(self, server: Server) -> None:
        """Make the server a replica of the primary: it drops what it has, and copies the primary."""
        was_primary, server.is_primary = server.is_primary, False
        self.leaders[server.name] = self.primary
        server.log[:] = self.primary.log
        server.load()
        server.synced = len(server.log) if server.has_disk else 0
        if was_primary:
            for tell in self.on_gone:
                tell(server)

    def _be_primary(self, server: Server) -> None:
        """Load the data, and begin a new replication, which those follow that hear of it."""
        server.is_primary, server.replication_id = True, self._new_id()
        server.load()
        self.leaders.pop(server.name, None)
        for each in self.servers:
            if each is not server and each.is_up and not each.is_primary and each.name not in self.cut:
                self.follow(each)

    def _new_id(self) -> str:
        return f"{self._baton.random.getrandbits(64):016x}"
