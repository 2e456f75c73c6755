import os
import subprocess
import sys

from redis_models.journal import owners


def test_this_process_is_not_gone():
    assert not owners.is_gone(owners.this_process())


def test_a_process_that_has_ended_is_gone():
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    boot = owners.this_process().rpartition("/")[0]
    assert owners.is_gone(f"{boot}/{ended.pid}")


def test_processes_of_an_earlier_start_of_the_host_are_gone():
    assert owners.is_gone(f"another-boot/{os.getpid()}")
    assert owners.is_gone("garbage")


def test_a_process_of_another_user_is_not_gone(monkeypatch):
    def refuse(*_):
        raise PermissionError

    monkeypatch.setattr(owners.os, "kill", refuse)
    assert not owners.is_gone(owners.this_process())


def test_a_host_without_a_boot_id_still_tells_processes_apart(monkeypatch, tmp_path):
    owners.boot_id.cache_clear()
    monkeypatch.setattr(owners, "BOOT_ID_FILE", tmp_path / "none")
    try:
        assert owners.this_process() == f"unknown/{os.getpid()}"
    finally:
        owners.boot_id.cache_clear()
