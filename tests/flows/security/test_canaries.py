"""Users' words must not be left in wrong places: a byte-by-byte scan of the disk, Redis and the logs."""

import json

import pytest

from accounts.credentials.tokens import refresh_token_from
from tests.flows.served.sites import ServedSite
from tests.support.canaries import Watch
from tests.support.people import PASSWORD, TEXT
from tests.support.waiting import wait_until

EMAIL = "canary-email@example.com"
NAME = "canary-name"
WORDS = (b"canary-password", b"canary-email", b"canary-text", b"canary-name")
MESSAGES = [{"id": "1", "role": "user", "content": TEXT, "timestamp": "2026-11-23T08:00:00.000Z"}]


DIGESTS_MAY_LIE_IN = {"journal.sqlite3", "appendonlydir"}
"""Hashes of passwords and digests of tokens: in Redis, and in the journal's rows until Redis is proven to keep them."""


def places_of(folder, word):
    """Return the files with the word: the journal with its log, and the append-only file, each as one place."""
    named = (name.removeprefix("valkey/") for name in files_with(folder, word))
    return {name.partition("/")[0].removesuffix("-wal") for name in named}


def files_with(folder, word):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file() and holds(path, word))


def steps_of(trace):
    """Return the steps in the trace, once a drain has dropped rows."""
    wait_until(lambda: b"Queue.settle" in trace.read_bytes())
    return {json.loads(line)["step"] for line in trace.read_text().splitlines()}


def holds(path, word):
    try:
        return word in path.read_bytes()
    except OSError:
        return False


@pytest.fixture
def embedded(tmp_path, monkeypatch):
    """The embedded server in its own data dir, as `serve` starts it."""
    from redis_models.embedded.server import EmbeddedServer

    server = EmbeddedServer(tmp_path / "var")
    server.start()
    yield server
    server.stop()


def test_user_texts_are_only_where_they_belong_and_none_are_left_after_erasing(embedded, tmp_path):
    data_dir = tmp_path / "var"
    trace = data_dir / "trace"  # one more file in which no word may be
    public_url = "http://aira.example"
    site = ServedSite(AIRA_DATA_DIR=str(data_dir), REDIS_URL="", AIRA_TRACE=str(trace), AIRA_PUBLIC_URL=public_url)
    client = site.client
    try:
        credentials = {"email": EMAIL, "password": PASSWORD}
        assert client.post("/api/v1/session/sign-up", json=credentials | {"name": NAME}).status_code == 200
        tokens = client.post("/api/v1/session", json=credentials).json()
        client.headers["Authorization"] = f"Bearer {tokens['accessToken']}"
        client.post("/api/v1/session", json=credentials | {"password": "canary-password wrong"})
        tokens = client.post("/api/v1/session/refresh", json={"refreshToken": tokens["refreshToken"]}).json()
        client.headers["Authorization"] = f"Bearer {tokens['accessToken']}"
        saved = client.post("/api/chat/save", json={"messages": MESSAGES}, headers={"Idempotency-Key": "canary-key"})
        assert saved.status_code == 200
        assert client.get(f"/api/user/plan?email={EMAIL}").json()["found"] is True
        secrets = (b"canary-password", tokens["accessToken"].encode(), tokens["refreshToken"].encode())
        assert [files_with(data_dir, secret) for secret in secrets] == [[], [], []]
        digests = (b"argon2$argon2id", refresh_token_from(tokens["refreshToken"]).digest.encode())
        for digest in digests:
            assert places_of(data_dir, digest) <= DIGESTS_MAY_LIE_IN
            assert "appendonlydir" in places_of(data_dir, digest), "the scan finds digests that are there"
        assert any("appendonlydir" in name for name in files_with(data_dir, b"canary-text")), (
            "the scan finds words that are there"
        )
        document = client.get("/api/v1/users/me/export")
        assert TEXT in document.text
        assert {"redis_models.writer.submit", "redis_models.journal.queue.Queue.settle"} <= steps_of(trace)
        receipt = client.delete("/api/v1/users/me").json()
        assert receipt["checked"] == {
            "keysLeft": [], "journalRowsLeft": 0, "snapshotLeft": False, "appendOnlyFile": "rewritten",
        }  # fmt: skip
        assert [files_with(data_dir, word) for word in (*WORDS, *digests)] == [[]] * (len(WORDS) + len(digests))
        assert client.get("/api/dashboard").status_code == 401
    finally:
        log = site.stop()
    assert "Answered." in log
    for word in (*WORDS, b"canary-key", tokens["accessToken"].encode(), receipt["userId"].encode()):
        assert word.decode() not in log
    assert {word: files_with(data_dir, word) for word in WORDS} == {word: [] for word in WORDS}


@pytest.fixture
def watched(tmp_path):
    """A folder for logs and append-only files, and a Watch on it."""
    return tmp_path, Watch(logs=tmp_path, append_only=tmp_path)


def command(*words):
    """Return the command in the format of an append-only file."""
    whole = f"*{len(words)}\r\n" + "".join(f"${len(word.encode())}\r\n{word}\r\n" for word in words)
    return whole.encode()


@pytest.mark.parametrize("canary", [PASSWORD, "eyJhbGciOiJIUzI1NiJ9.e30.x", "ann@example.com", TEXT])
def test_a_canary_in_a_log_is_found_once(watched, canary):
    folder, watch = watched
    log = folder / "site.log"
    log.write_text("event=Answered.\n")
    assert watch.leaks() == []
    log.write_text(f"event=Answered.\nevent={canary}\n")
    assert len(watch.leaks()) == 1
    assert watch.leaks() == []


def test_a_canary_in_the_append_only_file_is_found_if_it_does_not_belong_there(watched):
    folder, watch = watched
    at_home = [
        ("SELECT", "0"),
        ("SET", "email:ann@example.com:userId", "u1"),
        ("HSET", "user:u1:profile", "email", "ann@example.com"),
        ("RPUSH", "user:u1:conversation:c1:messages", TEXT),
    ]
    file = folder / "a.aof"
    file.write_bytes(b"".join(command(*words) for words in at_home))
    assert watch.leaks() == []
    astray = [
        ("HSET", "user:u1:stats", "x", "ann@example.com"),
        ("SET", "x", TEXT),
        ("SET", "user:u1:profile", PASSWORD),
    ]
    file.write_bytes(file.read_bytes() + b"".join(command(*words) for words in astray))
    assert [leak.rpartition(" in ")[2] for leak in watch.leaks()[1:]] == ["b'user:u1:stats'", "b'x'"]
