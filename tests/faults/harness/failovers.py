"""Fail-overs to lagging replicas: the new primary never received the last writes that the old one acknowledged."""

import redis

from tests.protocol.traces.lines import fault
from tests.support.topologies import Node, SentinelDeployment
from tests.support.waiting import wait_until


class LaggingFailover:
    """One fail-over: call `cut_off`, let writes continue, then call `promote`."""

    def __init__(self, deployment: SentinelDeployment) -> None:
        self._deployment = deployment
        self._old = deployment.primary
        self.lag_bytes = 0

    def cut_off(self) -> None:
        """Pause the replicas and close their connections; data on its way to them is lost."""
        for replica in self._replicas:
            replica.pause()
        self._old.client.client_kill_filter(_type="replica")

    def promote(self) -> None:
        """Kill the primary, resume the replicas, wait for the election, and restart the old primary as a replica."""
        written = self._old.client.info("replication")["master_repl_offset"]
        with fault("fail-over!"):
            self._old.stop()
            for replica in self._replicas:
                replica.resume()
            heard = max(self._offset(replica) for replica in self._replicas)
            self.lag_bytes = written - heard
            wait_until(self._is_elected)
            self._old.start()
            self._old.client.replicaof("127.0.0.1", self._deployment.primary.port)
            wait_until(self._has_all_replicas)

    @property
    def _replicas(self) -> list[Node]:
        return [node for node in self._deployment.nodes if node is not self._old]

    def _offset(self, replica: Node) -> int:
        return replica.client.info("replication")["slave_repl_offset"]

    def _is_elected(self) -> bool:
        primary = self._deployment.primary
        return primary is not self._old and primary.role == "master"

    def _has_all_replicas(self) -> bool:
        try:
            return self._deployment.primary.client.info("replication")["connected_slaves"] == len(self._replicas)
        except redis.RedisError:
            return False
