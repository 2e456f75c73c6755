"""A served site whose database is emptied, replaced by another one, or not there yet: answers are honest, and wait."""

import io
import json

import pytest
from django.core.management import CommandError, call_command

from redis_models.journal import journal
from redis_models.journal.facts import DATABASE_EXPECTED
from redis_models.schema.mark import id_of
from tests.environment import SOCKET
from tests.flows.test_outage import dashboard, save
from tests.support.servers import Server
from tests.support.waiting import deadline, wait_until

PROBE_S = 0.3
LOST = "The database has lost its mark"


@pytest.fixture
def without_file(valkey):
    """A server without an append-only file: what it has is never proven, so all rows stay in the journal."""
    valkey.client.config_set("appendonly", "no")
    yield valkey
    valkey.client.config_set("appendonly", "yes")


def command(*arguments):
    """Run a management command in this process, which shares the data dir of the site."""
    out = io.StringIO()
    call_command(*arguments, "--json", stdout=out)
    return json.loads(out.getvalue())


def shown_by(*arguments):
    """Return the JSON of a command that ends with an error."""
    out = io.StringIO()
    try:
        call_command(*arguments, "--json", stdout=out)
    except CommandError as error:
        return out.getvalue() + str(error)
    return out.getvalue()


def register(site, user_id, email):
    return site.client.post("/api/auth/register-user", json={"userId": user_id, "email": email})


def wait_until_proven():
    return wait_until(lambda: journal().admin.fact(DATABASE_EXPECTED))


def wait_until_away(site):
    return wait_until(lambda: not site.ready()["redisHealthy"], at_most_s=deadline(promised_s=PROBE_S))


@pytest.fixture
def lost(serve, without_file):
    """A site with two users whose database was emptied; one probe has passed."""
    site = serve(AIRA_AUTH="trusted")
    register(site, "ann", "ann@example.com")
    save(site, "before")
    wait_until_proven()
    wait_until(lambda: journal().snapshots.get("u1", [""]))
    without_file.client.flushall()
    wait_until_away(site)
    return site


def test_within_one_probe_all_views_of_health_say_that_the_database_is_lost(lost):
    assert (lost.ready()["status"], lost.ready()["reason"][: len(LOST)]) == ("degraded", LOST)
    failed = lost.client.get("/api/health/redis")
    assert (failed.status_code, failed.json()["error"][: len(LOST)]) == (500, LOST)
    assert command("journal", "status")["reason"].startswith(LOST)
    assert LOST in shown_by("redis_health")


def test_reads_are_stale_or_503_writes_wait_and_no_email_is_given_away(lost, without_file):
    shown = dashboard(lost)
    assert (shown["redisHealthy"], shown["stale"], shown["data"]["conversations"]) == (False, True, 1)
    assert lost.client.get("/api/dashboard", params={"userId": "nobody"}).json()["stale"] is True
    assert lost.client.get("/api/user/plan", params={"email": "ben@example.com"}).status_code == 503
    assert save(lost, "meanwhile").json()["pending"] is True
    as_v1 = lost.client.post("/api/v1/moods?userId=u1", json={"score": 5.0})
    assert as_v1.status_code == 202, as_v1.text
    assert register(lost, "ben", "ann@example.com").status_code == 409
    assert without_file.data_keys() == []


def test_after_journal_adopt_everything_that_is_in_the_journal_is_back(lost, without_file):
    save(lost, "meanwhile")
    assert command("journal", "adopt", "--yes") == {"adoptedRows": 3}
    wait_until(lambda: lost.ready()["redisHealthy"], at_most_s=deadline(promised_s=PROBE_S))
    assert register(lost, "ben", "ann@example.com").status_code in (409, 503), "pending again, or stored"
    lost.wait_until_drained()
    assert without_file.client.get("email:ann@example.com:userId") == "ann"
    shown = dashboard(lost)
    assert (shown.get("stale", False), shown["data"]["conversations"]) == (False, 2)
    assert command("journal", "adopt") == {"adoptedRows": 0}


def test_whoever_emptied_it_on_purpose_drops_the_rows_and_the_site_goes_on(lost, without_file, tmp_path):
    dropped = command("journal", "adopt", "--yes", "--drop", "--output", str(tmp_path / "rows.jsonl"))
    assert dropped["droppedRows"] == len((tmp_path / "rows.jsonl").read_text().splitlines()) == 2
    wait_until(lambda: lost.ready()["redisHealthy"], at_most_s=deadline(promised_s=PROBE_S))
    assert dashboard(lost)["data"]["conversations"] == 0
    assert register(lost, "ben", "ann@example.com").status_code == 200
    assert without_file.client.get("email:ann@example.com:userId") == "ben"


def test_an_embedded_database_that_is_emptied_is_lost_as_well(serve, valkey, tmp_path):
    """Without REDIS_URL the socket of the data dir is the embedded server's; here it is the test's server."""
    (tmp_path / "valkey.sock").symlink_to(SOCKET)
    site = serve(AIRA_AUTH="trusted", REDIS_URL="", AIRA_DATA_DIR=str(tmp_path))
    wait_until(lambda: site.ready()["journal"]["lastReplay"] or save(site, "before"))
    wait_until(lambda: site.ready()["journal"]["applied"] == 0)
    valkey.client.flushall()
    wait_until_away(site)
    assert site.ready()["reason"].startswith(LOST)
    assert not valkey.client.exists("aira:database")


def test_another_database_by_mistake_is_away_from_the_first_request_on(serve, valkey):
    right = serve(AIRA_AUTH="trusted")
    save(right, "before")
    wait_until_proven()
    wait_until(lambda: journal().snapshots.get("u1", [""]))
    right.stop()
    other = Server(SOCKET)
    other.client.connection_pool.connection_kwargs["db"] = 1
    other.client.set("aira:database", "another.1")
    wrong = serve(AIRA_AUTH="trusted", REDIS_URL=f"unix://{SOCKET}?db=1")
    shown = dashboard(wrong)
    assert (shown["stale"], shown["data"]["conversations"]) == (True, 1)
    assert save(wrong, "meanwhile").json()["pending"] is True
    assert "is not the one" in wrong.ready()["reason"]
    assert other.data_keys() == []
    wrong.stop()
    right = serve(AIRA_AUTH="trusted")
    right.wait_until_drained()
    assert dashboard(right)["data"]["conversations"] == 2


def test_several_hosts_that_start_at_once_on_an_empty_database_expect_one_mark(serve, valkey, tmp_path, settings):
    valkey.client.flushall()
    folders = [tmp_path / name for name in ("one", "two", "three")]
    sites = [serve(AIRA_AUTH="trusted", AIRA_DATA_DIR=str(folder)) for folder in folders]
    for site in sites:
        wait_until(lambda site=site: site.ready()["redisHealthy"])
    for folder in folders:
        settings.AIRA_DATA_DIR = folder
        wait_until_proven()
        assert journal().admin.fact(DATABASE_EXPECTED) == id_of(valkey.client.get("aira:database"))
    assert [site.ready()["redisHealthy"] for site in sites] == [True] * 3


def test_a_server_that_restarts_empty_before_it_proved_its_mark_gets_one_again(serve, tmp_path):
    server = Server(tmp_path / "s.sock", "--appendonly", "no")
    server.start()
    try:
        site = serve(AIRA_AUTH="trusted", REDIS_URL=f"unix://{server.socket}", AIRA_DATA_DIR=str(tmp_path / "var"))
        first = server.client.get("aira:database")
        server.stop()
        server.start()
        wait_until(lambda: server.client.get("aira:database"))
        wait_until(lambda: site.ready()["redisHealthy"])
        second = server.client.get("aira:database")
        assert (id_of(first), first != second) == (id_of(second), True)
        assert save(site, "after").json().get("pending", False) is False
    finally:
        server.stop()


def test_a_new_host_asks_before_it_takes_a_database_with_users_and_without_a_mark(serve, valkey):
    valkey.client.flushall()
    valkey.client.hset("user:u1:profile", "id", "u1")
    site = serve(AIRA_AUTH="trusted")
    assert "holds users and no mark" in site.ready()["reason"]
    assert site.client.get("/api/user/plan", params={"email": "a@example.com"}).status_code == 503
    command("journal", "adopt", "--yes")
    wait_until(lambda: site.ready()["redisHealthy"], at_most_s=deadline(promised_s=PROBE_S))
