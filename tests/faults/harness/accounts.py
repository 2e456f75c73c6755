"""Changes to accounts that are acknowledged just before a fail-over, and the check that none of them was undone."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import redis

from accounts import writes
from accounts.credentials import sessions, tokens
from accounts.credentials.sessions import SignedIn
from redis_models.health.clock import now_ms
from redis_models.journal import journal
from redis_models.schema import email_keys, keys
from redis_models.writer import submit
from tests.faults.harness.failovers import LaggingFailover
from tests.faults.harness.storm import serving_on, wait_until_drained
from tests.support.topologies import SentinelDeployment
from tests.support.waiting import wait_until

PEOPLE = 5
"""For each kind of change, in each fail-over."""

Check = Callable[[redis.Redis], bool]


@dataclass
class Accounts:
    """The changes that were acknowledged, each with the check that the database has it. Hashes are made up: no work."""

    told: list[tuple[str, Check]] = field(default_factory=list)
    people: int = 0

    def sign_up(self) -> SignedIn:
        """Sign a new person up and in."""
        user_id, email = f"user_{self.people}", f"user_{self.people}@example.com"
        self.people += 1
        submit(writes.sign_up(user_id=user_id, email=email, name="Ann", encoded=f"argon2$1${user_id}", at=now_ms()))
        self.told.append(("sign-up", lambda client: client.get(email_keys.claim(email)) == user_id))
        self.told.append(("profile", lambda client: client.hget(keys.profile(user_id), "email") == email))
        self.told.append(("credential", lambda client: bool(client.hget(keys.credential(user_id), "password"))))
        return sessions.open_session(user_id, at=now_ms())

    def change(self, ones: list[SignedIn]) -> None:
        """Change the accounts of five people (password, sign-in, refresh, sign-out of one and of all)."""
        changes = (self._password, self._sign_in, self._refresh, self._sign_out, self._all)
        for change, one in zip(changes, ones, strict=True):
            change(one)

    def _password(self, one: SignedIn) -> None:
        user_id, encoded = one.session.user_id, "argon2$2$"
        submit(writes.password_change(user_id=user_id, encoded=encoded, at=now_ms()))
        self.told.append(("password", lambda client: client.hget(keys.credential(user_id), "password") == encoded))

    def _sign_in(self, one: SignedIn) -> None:
        self._is_stored("sign-in", sessions.open_session(one.session.user_id, at=now_ms()))

    def _refresh(self, one: SignedIn) -> None:
        self._is_stored("refresh", sessions.refresh(refresh_token=one.refresh_token))

    def _is_stored(self, what: str, one: SignedIn) -> None:
        digest = tokens.refresh_token_from(one.refresh_token).digest
        user_id, session_id = one.session.user_id, one.session.id
        self.told.append((what, lambda client: digest in (client.hget(keys.sessions(user_id), session_id) or "")))

    def _sign_out(self, one: SignedIn) -> None:
        sessions.sign_out(one.session)
        self._has_ended("sign-out", one, f"ended:{one.session.id}")

    def _all(self, one: SignedIn) -> None:
        sessions.sign_out_everywhere(user_id=one.session.user_id)
        self._has_ended("sign-out of all", one, "ended")

    def _has_ended(self, what: str, one: SignedIn, mark: str) -> None:
        key, session_id = keys.sessions(one.session.user_id), one.session.id
        self.told.append((what, lambda client: client.hexists(key, mark) and not client.hexists(key, session_id)))

    def undone(self, client: redis.Redis) -> list[str]:
        """Return the acknowledged changes that the database does not have."""
        return [what for what, is_there in self.told if not is_there(client)]


def failed_over(
    deployment: SentinelDeployment, data_dir: Path, *, count: int, advance: Callable[[], object] = lambda: None
) -> tuple[Accounts, list[int]]:
    """Fail over `count` times to a replica that lacks the last changes of accounts; drain after each.

    Returns the changes, and by how many bytes each promoted replica lagged.
    """
    accounts, lags = Accounts(), []
    with serving_on(deployment.endpoint, data_dir):
        # Without its mark the promoted database would be refused until `journal adopt`, so every node must have it.
        wait_until(lambda: all(node.client.exists(keys.of_database()) for node in deployment.nodes))
        for _ in range(count):
            groups = [[accounts.sign_up() for _ in range(5)] for _ in range(PEOPLE)]
            wait_until_drained()
            failover = LaggingFailover(deployment)
            failover.cut_off()
            for group in groups:
                accounts.sign_up()
                accounts.change(group)
            failover.promote()
            lags.append(failover.lag_bytes)
            wait_until_drained()
            wait_until(lambda: journal().admin.status().applied == 0)
            advance()
    return accounts, lags
