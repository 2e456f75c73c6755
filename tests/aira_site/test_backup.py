"""A backup of a running server holds everything that was acknowledged; the server starts on a restored data dir."""

import io
import json
import tarfile

import pytest
import redis
from django.core.management import CommandError, call_command

from redis_models.embedded import append_only
from redis_models.embedded.server import EmbeddedServer, EmbeddedServerUnavailable
from redis_models.journal import Journal
from redis_models.journal.store import Store


def run(*arguments):
    out = io.StringIO()
    call_command(*map(str, arguments), "--json", stdout=out)
    return json.loads(out.getvalue())


@pytest.fixture
def data_dir(settings, tmp_path_factory):
    settings.AIRA_DATA_DIR = tmp_path_factory.mktemp("b") / "var"
    return settings.AIRA_DATA_DIR


@pytest.fixture
def server(data_dir):
    made = EmbeddedServer(data_dir)
    made.start()
    yield made
    made.stop()


def client_of(server):
    return redis.Redis(unix_socket_path=str(server.socket), decode_responses=True)


def test_the_restored_data_dir_contains_all_writes(server, data_dir, tmp_path, keep, plan_write):
    (data_dir / "secret-key").write_text("a secret")
    client_of(server).set("kept", "yes")
    row_id = keep(plan_write())
    archive = tmp_path / "aira.tar.gz"
    assert run("backup", archive)["files"] >= 4
    assert archive.stat().st_mode & 0o777 == 0o600
    client_of(server).set("after the backup", "yes")
    restored = tmp_path / "restored"
    run("restore", archive, restored)
    assert (restored / "secret-key").read_text() == "a secret"
    assert restored.stat().st_mode & 0o777 == 0o700
    assert Journal(Store(restored)).rows.pending_ids("u1") == [row_id]
    again = EmbeddedServer(restored)
    again.start()
    try:
        assert client_of(again).keys("*") == ["kept"]
    finally:
        again.stop()


def test_automatic_rewrites_continue_after_a_backup(server, data_dir, tmp_path):
    run("backup", tmp_path / "aira.tar.gz")
    assert client_of(server).config_get("auto-aof-rewrite-percentage") == {"auto-aof-rewrite-percentage": "100"}


def test_a_backup_waits_for_a_rewrite_and_reports_one_that_does_not_end(server, data_dir, monkeypatch):
    asked = append_only.ask
    monkeypatch.setattr(append_only, "REWRITE_TIMEOUT_S", 0.1)

    def rewriting(path, command):
        return "aof_rewrite_in_progress:1" if command.startswith("INFO") else asked(path, command)

    monkeypatch.setattr(append_only, "ask", rewriting)
    with pytest.raises(EmbeddedServerUnavailable, match="still rewriting"), append_only.held_still(data_dir):
        pass
    assert client_of(server).config_get("auto-aof-rewrite-percentage") == {"auto-aof-rewrite-percentage": "100"}


def test_without_an_embedded_server_the_journal_is_backed_up(data_dir, tmp_path, keep, plan_write):
    keep(plan_write())
    assert run("backup", tmp_path / "aira.tar.gz")["files"] == 1
    assert run("restore", tmp_path / "aira.tar.gz", tmp_path / "restored")["files"] == 1


def test_existing_files_are_not_overwritten(data_dir, tmp_path, keep, plan_write):
    keep(plan_write())
    run("backup", tmp_path / "aira.tar.gz")
    with pytest.raises(CommandError, match="cannot be written: File exists"):
        run("backup", tmp_path / "aira.tar.gz")
    with pytest.raises(CommandError, match="is not empty"):
        run("restore", tmp_path / "aira.tar.gz", data_dir)


def test_a_file_that_is_not_a_backup_is_refused(tmp_path):
    (tmp_path / "garbage").write_bytes(b"garbage" * 100)
    with tarfile.open(tmp_path / "other.tar.gz", "w:gz") as packed:
        packed.add(tmp_path / "garbage", "secret-key")
    whole = (tmp_path / "other.tar.gz").read_bytes()
    (tmp_path / "cut.tar.gz").write_bytes(whole[: len(whole) // 2])
    for name in ("garbage", "missing", "other.tar.gz", "cut.tar.gz"):
        with pytest.raises(CommandError, match="is not an archive that `backup` wrote"):
            run("restore", tmp_path / name, tmp_path / "restored")
    assert not (tmp_path / "restored").exists()


def member(name, kind=tarfile.REGTYPE, *, link=""):
    made = tarfile.TarInfo(name)
    made.type, made.linkname, made.mode = kind, link, 0o777
    return made


LONG = "/".join(["d" * 200] * 25)
HOSTILE = {
    "a link of a long path": [member("valkey", tarfile.SYMTYPE, link=f"{LONG}/../../../.."), member("valkey/x")],
    "a name above the folder": [member("../outside")],
    "an absolute name": [member("/tmp/outside")],
    "a name above its folder": [member("valkey/appendonlydir/../../../outside")],
    "a link with a known name": [member("secret-key", tarfile.SYMTYPE, link="../outside")],
    "a hard link": [member("secret-key"), member("service-key", tarfile.LNKTYPE, link="secret-key")],
    "a device": [member("secret-key", tarfile.CHRTYPE)],
    "a sparse file": [member("secret-key", tarfile.GNUTYPE_SPARSE)],
    "a folder": [member("valkey", tarfile.DIRTYPE)],
    "another file": [member("manage.py")],
    "a name of the server's, in a deeper folder": [member("valkey/appendonlydir/deeper/x")],
    "the same name twice": [member("secret-key"), member("secret-key")],
}


@pytest.mark.parametrize("members", HOSTILE.values(), ids=HOSTILE)
def test_only_plain_files_with_known_names_are_restored(tmp_path, members):
    with tarfile.open(tmp_path / "hostile.tar.gz", "w:gz") as packed:
        for each in [member("journal.sqlite3"), *members]:
            packed.addfile(each)
    with pytest.raises(CommandError):
        run("restore", tmp_path / "hostile.tar.gz", tmp_path / "here" / "restored")
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["here", "hostile.tar.gz"]


def test_restored_files_are_private_whatever_the_archive_says(tmp_path):
    with tarfile.open(tmp_path / "open.tar.gz", "w:gz") as packed:
        for name in ("journal.sqlite3", "secret-key", "valkey/appendonlydir/appendonly.aof.manifest"):
            packed.addfile(member(name))
    run("restore", tmp_path / "open.tar.gz", tmp_path / "restored")
    modes = {path.is_dir(): path.stat().st_mode & 0o777 for path in (tmp_path / "restored").rglob("*")}
    assert modes == {True: 0o700, False: 0o600}
