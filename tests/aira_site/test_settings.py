"""A wrong setting stops the start with a one-sentence error that names the variable."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def started(tmp_path, **environment):
    """Run a command in its own process with only this environment."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("AIRA_", "REDIS_", "KV_"))}
    return subprocess.run(
        [sys.executable, "manage.py", "check"],
        cwd=ROOT,
        env=clean | {"AIRA_DATA_DIR": str(tmp_path / "var")} | environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("REDIS_URL", "http://user:hidden@host"),
        ("REDIS_URL", "redis://:hidden@host:notaport"),
        ("REDIS_URL", "redis+cluster://:hidden@a:1/5"),
        ("KV_URL", "hidden"),
        ("KV_REST_API_URL", "https://x.upstash.io"),
        ("AIRA_REDIS_RETRIES", "hidden"),
        ("AIRA_REDIS_TIMEOUT_S", "0"),
        ("AIRA_REDIS_TIMEOUT_S", "inf"),
        ("AIRA_REDIS_RETRY_DELAY_MS", "-1"),
        ("AIRA_REQUEST_BUDGET_S", "hidden"),
        ("AIRA_JOURNAL", "hidden"),
        ("AIRA_AUTH", "hidden"),
        ("AIRA_PORT", "70000"),
        ("AIRA_WORKERS", "0"),
        ("AIRA_DEBUG", "hidden"),
        ("AIRA_MODEL_URL", "hidden"),
        ("AIRA_MODEL_URL", "https://hidden.example/v1"),
        ("AIRA_MODEL_TIMEOUT_S", "0"),
        ("AIRA_SECRET_KEY", "hidden, one too few for us here"),
        ("AIRA_SERVICE_KEYS", "hidden"),
        ("AIRA_SERVICE_KEYS", f"{'0' * 64},aira_sk_hidden"),
        ("AIRA_SERVICE_KEYS", "0" * 63 + "g"),
        ("AIRA_HSTS", "hidden"),
    ],
)
def test_the_error_for_a_wrong_value_names_the_variable_and_not_the_value(tmp_path, variable, value):
    result = started(tmp_path, **{variable: value})
    named = "KV_REST_API_TOKEN" if variable == "KV_REST_API_URL" else variable
    assert result.returncode == 1
    assert result.stderr.startswith(f"aira: {named}")
    assert result.stderr.count("\n") == 1
    assert "hidden" not in result.stderr + result.stdout


def test_if_nothing_can_be_written_a_secret_key_must_be_configured(tmp_path):
    (tmp_path / "var").touch()
    result = started(tmp_path)
    assert result.returncode == 1
    assert result.stderr.startswith("aira: AIRA_SECRET_KEY is required")
    assert started(tmp_path, AIRA_SECRET_KEY="x" * 50).returncode == 0


def test_the_secret_key_is_made_once_and_private(tmp_path):
    assert started(tmp_path).returncode == 0
    file = tmp_path / "var" / "secret-key"
    first = file.read_text()
    assert started(tmp_path).returncode == 0
    assert file.read_text() == first
    assert len(first) >= 50
    assert file.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in file.parent.iterdir()] == ["secret-key"]


def test_an_empty_budget_means_none(tmp_path):
    assert started(tmp_path, AIRA_REQUEST_BUDGET_S="").returncode == 0


def test_of_two_processes_that_make_the_secret_key_the_first_wins(tmp_path):
    from aira_site.settings import secret_key, write_once

    file = tmp_path / "secret-key"
    write_once(file, "first")
    write_once(file, "second")
    assert file.read_text() == "first"
    assert secret_key("", tmp_path) == "first"
    assert secret_key("given", tmp_path) == "given"


def test_a_short_key_may_be_a_fallback_and_digests_may_have_capitals(tmp_path):
    key, digest = "k" * 32, "AB" * 32
    assert started(tmp_path, AIRA_SECRET_KEY=key, AIRA_SECRET_KEY_FALLBACKS="short, shorter").returncode == 0
    assert started(tmp_path, AIRA_SERVICE_KEYS=digest).returncode == 0


def test_lists_are_split_at_commas(monkeypatch):
    from aira_site.settings import Environment

    monkeypatch.setenv("AIRA_ALLOWED_HOSTS", " a.example , b.example,")
    assert Environment().allowed_hosts == ["a.example", "b.example"]
    monkeypatch.setenv("AIRA_SERVICE_KEYS", f"{'AB' * 32},{'cd' * 32}")
    assert Environment().service_keys == ["ab" * 32, "cd" * 32]
    monkeypatch.setenv("AIRA_REQUEST_BUDGET_S", "")
    assert Environment().request_budget_s is None
