"""Fail-overs to replicas that lag: what the old primary acknowledged last, the new one has never seen."""

import redis

from tests.support.topologies import Node, SentinelDeployment
from tests.support.waiting import wait_until


class LaggingFailover:
    """One fail-over: `cut_off` the replicas, let writes go on, then `promote` one of them in the primary's place."""

    def __init__(self, deployment: SentinelDeployment) -> None:
        self._deployment = deployment
        self._old = deployment.primary
        self.lag_bytes = 0

    def cut_off(self) -> None:
        """Let no replica hear anything any more; what was under way to them is lost with their connections."""
        for replica in self._replicas:
            replica.pause()
        self._old.client.client_kill_filter(_type="replica")

    def promote(self) -> None:
        """Kill the primary, let the replicas go on, wait for the election, and let the old one follow the new one."""
        written = self._old.client.info("replication")["master_repl_offset"]
        self._old.stop()
        for replica in self._replicas:
            replica.resume()
        heard = max(self._offset(replica) for replica in self._replicas)
        self.lag_bytes = written - heard
        wait_until(self._is_elected)
        self._old.start()
        self._old.client.replicaof("127.0.0.1", self._deployment.primary.port)
        wait_until(self._is_whole)

    @property
    def _replicas(self) -> list[Node]:
        return [node for node in self._deployment.nodes if node is not self._old]

    def _offset(self, replica: Node) -> int:
        return replica.client.info("replication")["slave_repl_offset"]

    def _is_elected(self) -> bool:
        primary = self._deployment.primary
        return primary is not self._old and primary.role == "master"

    def _is_whole(self) -> bool:
        try:
            return self._deployment.primary.client.info("replication")["connected_slaves"] == len(self._replicas)
        except redis.RedisError:
            return False
