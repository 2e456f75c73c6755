"""Real deployments for tests: a cluster of 3 primaries and 3 replicas, and a primary with 2 replicas and 3 sentinels.

The fixtures `cluster_deployment` and `sentinel_deployment` give each test a healthy, empty deployment. It is started on
loopback ports for the first test that needs it; every process is ended by its own id.
"""

import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
import redis
from redis.crc import key_slot

from redis_models.endpoint import Endpoint, endpoint_from
from tests.environment import fast_folder
from tests.support import waiting
from tests.support.ports import free_port
from tests.support.servers import Server

NODE_TIMEOUT_MS = 1500
"""Long enough that a node that is slow on a busy machine is not considered dead."""
SLOTS = 16384


def wait_until(is_so: Callable[[], object]) -> None:
    """Wait until the condition is true; while a server does not answer, it counts as false."""

    def is_true_now() -> object:
        try:
            return is_so()
        except redis.RedisError:
            return False

    waiting.wait_until(is_true_now)


class Node(Server):
    """A server on a loopback port, with its own folder; tests send commands over its unix socket."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.port = free_port()
        folder.mkdir()
        super().__init__(folder / "n.sock", "--port", str(self.port), "--bind", "127.0.0.1", *options)

    @property
    def name(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def is_running(self) -> bool:
        return self.process is not None

    @property
    def role(self) -> str:
        return self.client.role()[0]

    def cluster(self, *command: object) -> object:
        return self.client.execute_command("CLUSTER", *command)

    def meet(self, other: "Node") -> None:
        bus_port = other.client.config_get("cluster-port")["cluster-port"]
        self.cluster("MEET", "127.0.0.1", other.port, bus_port)

    def wait_until_copied(self) -> None:
        """Wait until every replica has all writes that this node has now."""
        now = self.client.info("replication")["master_repl_offset"]
        wait_until(lambda: min(self._offsets_of_replicas(), default=now) >= now)

    def _offsets_of_replicas(self) -> list[int]:
        facts = self.client.info("replication")
        return [facts[f"slave{number}"]["offset"] for number in range(facts["connected_slaves"])]

    @property
    def id(self) -> str:
        return self.cluster("MYID")


class ClusterDeployment:
    """3 primaries with a replica each; they serve their own slots while others are down."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="aira-c-", dir=fast_folder()))
        self.nodes: list[Node] = []

    def start(self) -> None:
        self.nodes = [self._started(f"n{number}") for number in range(6)]
        for epoch, node in enumerate(self.nodes, start=1):
            node.cluster("SET-CONFIG-EPOCH", epoch)
        ranges = [(0, 5460), (5461, 10922), (10923, SLOTS - 1)]
        for node, (first, last) in zip(self.nodes, ranges, strict=False):
            node.cluster("ADDSLOTSRANGE", first, last)
        for node in self.nodes[1:]:
            node.meet(self.nodes[0])
        wait_until(lambda: all(self._knows(node, 6) for node in self.nodes))
        for primary, replica in zip(self.nodes[:3], self.nodes[3:], strict=True):
            replica.cluster("REPLICATE", primary.id)
        self.wait_until_healthy()

    def _started(self, name: str) -> Node:
        options = {
            "cluster-enabled": "yes",
            "cluster-config-file": "nodes.conf",
            "cluster-port": free_port(),
            "cluster-node-timeout": NODE_TIMEOUT_MS,
            "cluster-require-full-coverage": "no",
            "cluster-replica-validity-factor": 0,
            "cluster-allow-replica-migration": "no",
            "repl-diskless-sync-delay": 0,
        }
        node = Node(
            self.folder / name, *(str(part) for name, value in options.items() for part in (f"--{name}", value))
        )
        node.start()
        return node

    def add_node(self) -> Node:
        """Start a seventh node, which owns no slot and is nobody's replica; `heal` removes it."""
        node = self._started(f"n{len(self.nodes)}")
        self.nodes.append(node)
        node.meet(self.nodes[0])
        wait_until(lambda: all(self._knows(each, len(self.nodes)) for each in self.nodes))
        wait_until(lambda: "cluster_state:ok" in node.cluster("INFO"))
        return node

    def _knows(self, node: Node, count: int) -> bool:
        return node.cluster("INFO").count(f"cluster_known_nodes:{count}\r") == 1

    def wait_until_healthy(self) -> None:
        """Wait until every slot has an owner, every owner has a connected replica, and all nodes agree."""
        wait_until(lambda: all(map(self._is_healthy, self.nodes)) and len(set(map(self._owners, self.nodes))) == 1)

    def _is_healthy(self, node: Node) -> bool:
        facts, replication = node.cluster("INFO"), node.client.info("replication")
        if f"cluster_slots_ok:{SLOTS}\r" not in facts or "cluster_state:ok" not in facts:
            return False
        if replication["role"] == "slave":
            return replication["master_link_status"] == "up"
        return replication["connected_slaves"] > 0 or node.id not in {owner for _, _, owner in self._owners(node)}

    def _owners(self, node: Node) -> tuple[tuple[int, int, str], ...]:
        ranges = node.cluster("SLOTS")
        return tuple(sorted((first, last, primary[2]) for first, last, primary, *_ in ranges))

    @property
    def endpoint(self) -> Endpoint:
        """The endpoint of a REDIS_URL that names two of the running nodes."""
        hosts = ",".join(node.name for node in self.nodes[:6] if node.is_running)
        return endpoint_from({"REDIS_URL": f"redis+cluster://{hosts}"}, embedded_url="")

    @property
    def client(self) -> redis.RedisCluster:
        """redis-py's plain client, to inspect the stored data."""
        running = next(node for node in self.nodes if node.is_running)
        return redis.RedisCluster("127.0.0.1", running.port, decode_responses=True, require_full_coverage=False)

    def primary_of(self, key: str) -> Node:
        """Return the node that owns the key."""
        slot = key_slot(key.encode())
        asked = next(node for node in self.nodes if node.is_running)
        owner = next(owner for first, last, owner in self._owners(asked) if first <= slot <= last)
        return next(node for node in self.nodes if node.is_running and node.id == owner)

    def replica_of(self, key: str) -> Node:
        """Return a replica of the node that owns the key."""
        owner = self.primary_of(key).id
        return next(node for node in self.nodes if node.is_running and f"slave {owner}" in self._myself(node))

    def _myself(self, node: Node) -> str:
        return next(line for line in node.cluster("NODES").splitlines() if "myself" in line)

    def kill_primary(self, key: str) -> Node:
        """Kill the node that owns the key, after its replica, so no fail-over follows; return it."""
        owner, replica = self.primary_of(key), self.replica_of(key)
        replica.stop()
        owner.stop()
        return owner

    def fail_over(self, key: str, *, how: str = "kill") -> Node:
        """Promote the replica of the key's primary and return it.

        `how` is "kill" (kill the primary and wait until the others notice) or "demote" (make it a replica of its own
        replica).
        """
        owner, replica = self.primary_of(key), self.replica_of(key)
        owner.wait_until_copied()
        if how == "kill":
            owner.stop()
        else:
            replica.cluster("FAILOVER")
        wait_until(lambda: replica.role == "master" and f"cluster_slots_ok:{SLOTS}\r" in replica.cluster("INFO"))
        others = [node for node in self.nodes if node.is_running]
        wait_until(lambda: len(set(map(self._owners, others))) == 1)
        return replica

    def begin_to_move_slot(self, key: str, target: Node) -> None:
        """Begin to migrate the key's slot; from now on its owner answers ASK for keys that it does not have."""
        slot, source = key_slot(key.encode()), self.primary_of(key)
        target.cluster("SETSLOT", slot, "IMPORTING", source.id)
        source.cluster("SETSLOT", slot, "MIGRATING", target.id)

    def finish_moving_slot(self, key: str, target: Node) -> None:
        """Move the keys and announce the new owner to all nodes."""
        slot, source = key_slot(key.encode()), self.primary_of(key)
        for name in source.cluster("GETKEYSINSLOT", slot, 10_000):
            source.client.execute_command("MIGRATE", "127.0.0.1", target.port, name, 0, 5000)
        for node in (target, source):
            node.cluster("SETSLOT", slot, "NODE", target.id)
        wait_until(lambda: all(self._owner_by(node, slot) == target.id for node in self.nodes if node.is_running))

    def move_slot(self, key: str, target: Node | None = None) -> Node:
        """Move the key's slot with all its keys to another primary (or to `target`) and return that node."""
        source = self.primary_of(key)
        owners = {owner for _, _, owner in self._owners(source)} - {source.id}
        target = target or next(node for node in self.nodes if node.is_running and node.id in owners)
        self.begin_to_move_slot(key, target)
        self.finish_moving_slot(key, target)
        return target

    def _owner_by(self, node: Node, slot: int) -> str:
        return next(owner for first, last, owner in self._owners(node) if first <= slot <= last)

    def heal(self) -> None:
        """Make it healthy and empty again; restart it if a seventh node or a moved slot is left."""
        for node in self.nodes:
            if node.is_running:
                node.resume()
            else:
                node.start()
        if len(self.nodes) > 6 or len(self._owners(self.nodes[0])) > 3:
            self.stop()
            self.start()
        self.wait_until_healthy()
        for node in self.nodes:
            if node.role == "master":
                node.client.flushall()
                node.client.config_resetstat()

    def stop(self) -> None:
        for node in self.nodes:
            node.stop()
            shutil.rmtree(node.socket.parent, ignore_errors=True)
        self.nodes = []


class SentinelDeployment:
    """A primary called `main`, 2 replicas and 3 sentinels; the quorum for a fail-over is 2."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="aira-s-", dir=fast_folder()))
        self.nodes: list[Node] = []
        self.sentinels: list[Node] = []

    def start(self) -> None:
        self.nodes = [self._node(f"n{number}") for number in range(3)]
        for node in self.nodes:
            node.start()
        for replica in self.nodes[1:]:
            replica.client.replicaof("127.0.0.1", self.nodes[0].port)
        for number in range(3):
            sentinel = Node(self.folder / f"s{number}")
            config = sentinel.socket.with_name("sentinel.conf")
            config.write_text(
                f"sentinel monitor main 127.0.0.1 {self.nodes[0].port} 2\n"
                f"sentinel down-after-milliseconds main 2000\nsentinel failover-timeout main 3000\n"
            )
            sentinel.start_as_sentinel(config)
            self._shorten_periods(sentinel)
            self.sentinels.append(sentinel)
        self.wait_until_healthy()

    def _shorten_periods(self, sentinel: Node) -> None:
        periods = {"INFO-PERIOD": 400, "PUBLISH-PERIOD": 400, "PING-PERIOD": 300}
        for name, milliseconds in periods.items():
            sentinel.client.execute_command("SENTINEL", "DEBUG", name, milliseconds)

    def _node(self, name: str) -> Node:
        return Node(self.folder / name, "--repl-diskless-sync-delay", "0")

    def wait_until_healthy(self) -> None:
        """Wait until all sentinels agree on the primary and know each other, and two replicas are connected."""
        wait_until(lambda: all(map(self._is_healthy, self.sentinels)) and self._is_followed())

    def _is_healthy(self, sentinel: Node) -> bool:
        facts = self._facts(sentinel)
        is_known = facts["num-other-sentinels"] == 2 and facts["num-slaves"] == 2
        return is_known and facts["flags"] == "master" and facts["port"] == self.primary.port

    def _is_followed(self) -> bool:
        return self.primary.client.info("replication")["connected_slaves"] == 2

    def _facts(self, sentinel: Node) -> dict[str, object]:
        return sentinel.client.sentinel_master("main")

    @property
    def primary(self) -> Node:
        """The primary, according to the first sentinel."""
        port = self._facts(self.sentinels[0])["port"]
        return next(node for node in self.nodes if node.port == port)

    @property
    def endpoint(self) -> Endpoint:
        """The endpoint of a REDIS_URL that names the three sentinels."""
        hosts = ",".join(sentinel.name for sentinel in self.sentinels)
        return endpoint_from({"REDIS_URL": f"redis+sentinel://{hosts}/main/0"}, embedded_url="")

    @property
    def client(self) -> redis.Redis:
        """A client of the current primary, to inspect the stored data."""
        return self.primary.client

    def kill_primary(self) -> Node:
        """Kill the primary and return it; the sentinels elect another one soon after."""
        node = self.primary
        node.stop()
        return node

    def fail_over(self, *, how: str = "kill") -> Node:
        """Make the sentinels elect another primary and return it; `how` is "kill" or "demote".

        A demoted primary becomes a replica of the new one at once, not after the sentinels' delay, and keeps its
        connections open.
        """
        old = self.primary
        old.wait_until_copied()
        if how == "kill":
            old.stop()
        else:
            self.sentinels[0].client.execute_command("SENTINEL", "FAILOVER", "main")
        wait_until(lambda: all(self._facts(each)["port"] != old.port for each in self.sentinels))
        wait_until(lambda: self.primary.role == "master")
        if old.is_running:
            old.client.replicaof("127.0.0.1", self.primary.port)
        return self.primary

    def heal(self) -> None:
        """Make it healthy and empty again."""
        for node in (*self.nodes, *self.sentinels):
            if node.is_running:
                node.resume()
            elif node in self.sentinels:
                node.start_as_sentinel(node.socket.with_name("sentinel.conf"))
                self._shorten_periods(node)
            else:
                node.start()
        self.wait_until_healthy()
        self.client.flushall()

    def stop(self) -> None:
        for node in (*self.sentinels, *self.nodes):
            node.stop()


@pytest.fixture(scope="session")
def running_cluster():
    deployment = ClusterDeployment()
    deployment.start()
    yield deployment
    deployment.stop()
    shutil.rmtree(deployment.folder, ignore_errors=True)


@pytest.fixture
def cluster_deployment(running_cluster):
    """The cluster, healthy and empty."""
    running_cluster.heal()
    return running_cluster


@pytest.fixture(scope="session")
def running_sentinels():
    deployment = SentinelDeployment()
    deployment.start()
    yield deployment
    deployment.stop()
    shutil.rmtree(deployment.folder, ignore_errors=True)


@pytest.fixture
def sentinel_deployment(running_sentinels):
    """The primary, its replicas and the sentinels, healthy and empty."""
    running_sentinels.heal()
    return running_sentinels
