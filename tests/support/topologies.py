"""Real deployments for tests: a cluster of 3 primaries and 3 replicas, and a primary with 2 replicas and 3 sentinels.

`cluster_deployment` and `sentinel_deployment` are whole and empty when a test gets them. They are started when the
first test asks, on loopback ports, and every process is ended by its own id. A node's data is in its memory only.
"""

import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
import redis
from redis.crc import key_slot

from redis_models.endpoint import Endpoint, endpoint_from
from tests.support import waiting
from tests.support.ports import free_port
from tests.support.servers import Server

NODE_TIMEOUT_MS = 1500
"""Long enough that a node which waits for its turn on a busy machine is not taken for dead."""
SLOTS = 16384


def wait_until(is_so: Callable[[], object]) -> None:
    """Wait for the condition; a server that cannot be asked yet counts as not yet."""

    def is_so_by_now() -> object:
        try:
            return is_so()
        except redis.RedisError:
            return False

    waiting.wait_until(is_so_by_now)


class Node(Server):
    """A server on a loopback port, with a folder of its own; asked by us over its unix socket."""

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
        """Wait until every replica has what was written here until now."""
        now = self.client.info("replication")["master_repl_offset"]
        wait_until(lambda: min(self._offsets_of_replicas(), default=now) >= now)

    def _offsets_of_replicas(self) -> list[int]:
        facts = self.client.info("replication")
        return [facts[f"slave{number}"]["offset"] for number in range(facts["connected_slaves"])]

    @property
    def id(self) -> str:
        return self.cluster("MYID")


class ClusterDeployment:
    """3 primaries and their 3 replicas, which serve what they have where others are away."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="aira-c-", dir="/tmp"))
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
        self.wait_until_whole()

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
        """Start a seventh node, which owns no slot and follows nobody; `heal` removes it."""
        node = self._started(f"n{len(self.nodes)}")
        self.nodes.append(node)
        node.meet(self.nodes[0])
        wait_until(lambda: all(self._knows(each, len(self.nodes)) for each in self.nodes))
        wait_until(lambda: "cluster_state:ok" in node.cluster("INFO"))
        return node

    def _knows(self, node: Node, count: int) -> bool:
        return node.cluster("INFO").count(f"cluster_known_nodes:{count}\r") == 1

    def wait_until_whole(self) -> None:
        """Wait until every slot has an owner, each owner a replica that follows it, and all nodes agree."""
        wait_until(lambda: all(map(self._is_content, self.nodes)) and len(set(map(self._owners, self.nodes))) == 1)

    def _is_content(self, node: Node) -> bool:
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
        """What REDIS_URL names: two of the nodes that run."""
        hosts = ",".join(node.name for node in self.nodes[:6] if node.is_running)
        return endpoint_from({"REDIS_URL": f"redis+cluster://{hosts}"}, embedded_url="")

    @property
    def client(self) -> redis.RedisCluster:
        """redis-py's plain client, to look at what is stored."""
        running = next(node for node in self.nodes if node.is_running)
        return redis.RedisCluster("127.0.0.1", running.port, decode_responses=True, require_full_coverage=False)

    def primary_of(self, key: str) -> Node:
        """Return the node that owns the key."""
        slot = key_slot(key.encode())
        asked = next(node for node in self.nodes if node.is_running)
        owner = next(owner for first, last, owner in self._owners(asked) if first <= slot <= last)
        return next(node for node in self.nodes if node.is_running and node.id == owner)

    def replica_of(self, key: str) -> Node:
        """Return a node that follows the one that owns the key."""
        owner = self.primary_of(key).id
        return next(node for node in self.nodes if node.is_running and f"slave {owner}" in self._myself(node))

    def _myself(self, node: Node) -> str:
        return next(line for line in node.cluster("NODES").splitlines() if "myself" in line)

    def kill_primary(self, key: str) -> Node:
        """Kill the node that owns the key, and its replica first, so that nobody takes its place; return it."""
        owner, replica = self.primary_of(key), self.replica_of(key)
        replica.stop()
        owner.stop()
        return owner

    def fail_over(self, key: str, *, how: str = "kill") -> Node:
        """Let the replica take the place of the key's primary and return it.

        `how` "kill" kills the primary and waits for the others to notice, "demote" makes it a replica of its own.
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
        """Bring the slot into the state in which its owner answers ASK for what it does not have."""
        slot, source = key_slot(key.encode()), self.primary_of(key)
        target.cluster("SETSLOT", slot, "IMPORTING", source.id)
        source.cluster("SETSLOT", slot, "MIGRATING", target.id)

    def finish_moving_slot(self, key: str, target: Node) -> None:
        """Bring the keys over and let everybody know the new owner."""
        slot, source = key_slot(key.encode()), self.primary_of(key)
        for name in source.cluster("GETKEYSINSLOT", slot, 10_000):
            source.client.execute_command("MIGRATE", "127.0.0.1", target.port, name, 0, 5000)
        for node in (target, source):
            node.cluster("SETSLOT", slot, "NODE", target.id)
        wait_until(lambda: all(self._owner_by(node, slot) == target.id for node in self.nodes if node.is_running))

    def move_slot(self, key: str, target: Node | None = None) -> Node:
        """Move the key's slot, with what it holds, to another primary (or to `target`) and return that one."""
        source = self.primary_of(key)
        owners = {owner for _, _, owner in self._owners(source)} - {source.id}
        target = target or next(node for node in self.nodes if node.is_running and node.id in owners)
        self.begin_to_move_slot(key, target)
        self.finish_moving_slot(key, target)
        return target

    def _owner_by(self, node: Node, slot: int) -> str:
        return next(owner for first, last, owner in self._owners(node) if first <= slot <= last)

    def heal(self) -> None:
        """Make it whole and empty again; where a seventh node or a moved slot is left, by starting anew."""
        for node in self.nodes:
            if node.is_running:
                node.resume()
            else:
                node.start()
        if len(self.nodes) > 6 or len(self._owners(self.nodes[0])) > 3:
            self.stop()
            self.start()
        self.wait_until_whole()
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
    """A primary called `main`, 2 replicas and 3 sentinels, of which 2 agree on a fail-over."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="aira-s-", dir="/tmp"))
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
            self._hurry(sentinel)
            self.sentinels.append(sentinel)
        self.wait_until_whole()

    def _hurry(self, sentinel: Node) -> None:
        periods = {"INFO-PERIOD": 400, "PUBLISH-PERIOD": 400, "PING-PERIOD": 300}
        for name, milliseconds in periods.items():
            sentinel.client.execute_command("SENTINEL", "DEBUG", name, milliseconds)

    def _node(self, name: str) -> Node:
        return Node(self.folder / name, "--repl-diskless-sync-delay", "0")

    def wait_until_whole(self) -> None:
        """Wait until all sentinels agree on the primary, know each other, and two replicas follow."""
        wait_until(lambda: all(map(self._is_content, self.sentinels)) and self._is_followed())

    def _is_content(self, sentinel: Node) -> bool:
        facts = self._facts(sentinel)
        is_known = facts["num-other-sentinels"] == 2 and facts["num-slaves"] == 2
        return is_known and facts["flags"] == "master" and facts["port"] == self.primary.port

    def _is_followed(self) -> bool:
        return self.primary.client.info("replication")["connected_slaves"] == 2

    def _facts(self, sentinel: Node) -> dict[str, object]:
        return sentinel.client.sentinel_master("main")

    @property
    def primary(self) -> Node:
        """The node that the first sentinel names."""
        port = self._facts(self.sentinels[0])["port"]
        return next(node for node in self.nodes if node.port == port)

    @property
    def endpoint(self) -> Endpoint:
        """What REDIS_URL names: the three sentinels."""
        hosts = ",".join(sentinel.name for sentinel in self.sentinels)
        return endpoint_from({"REDIS_URL": f"redis+sentinel://{hosts}/main/0"}, embedded_url="")

    @property
    def client(self) -> redis.Redis:
        """A client of the present primary, to look at what is stored."""
        return self.primary.client

    def kill_primary(self) -> Node:
        """Kill the primary and return it; the sentinels elect another one a moment later."""
        node = self.primary
        node.stop()
        return node

    def fail_over(self, *, how: str = "kill") -> Node:
        """Let the sentinels elect another primary and return it; `how` is "kill", or "demote".

        A demoted one follows the new one at once, instead of after the sentinels' patience, and closes no connection.
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
        """Make it whole and empty again."""
        for node in (*self.nodes, *self.sentinels):
            if node.is_running:
                node.resume()
            elif node in self.sentinels:
                node.start_as_sentinel(node.socket.with_name("sentinel.conf"))
                self._hurry(node)
            else:
                node.start()
        self.wait_until_whole()
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
    """The cluster, whole and empty."""
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
    """The primary, its replicas and their sentinels, whole and empty."""
    running_sentinels.heal()
    return running_sentinels
