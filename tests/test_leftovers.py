"""A test process that is killed leaves neither servers nor files behind."""

import subprocess
import sys
from pathlib import Path

from aira_site.settings import BASE_DIR
from tests.leftovers import start_of
from tests.support.waiting import wait_until

KILLED = """
import os, signal
from tests.environment import FOLDER, SOCKET
from tests.support.servers import Server

server = Server(SOCKET)
server.start()
print(FOLDER, server.process.pid, flush=True)
os.killpg(os.getpgid(0), signal.SIGKILL)
"""


def test_a_killed_process_leaves_neither_its_server_nor_its_files():
    command = [sys.executable, "-c", KILLED]
    killed = subprocess.run(command, capture_output=True, text=True, check=False, cwd=BASE_DIR, start_new_session=True)
    folder, pid = killed.stdout.split()
    wait_until(lambda: not Path(folder).exists() and is_gone(pid))


def test_a_process_that_got_the_id_of_an_ended_one_is_not_ended(tmp_path):
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as other:
        command = [sys.executable, "tests/leftovers.py", str(tmp_path / "none")]
        subprocess.run(command, input=f"{other.pid} 1\n", text=True, check=True, cwd=BASE_DIR)
        assert other.poll() is None
        subprocess.run(command, input=f"{other.pid} {start_of(other.pid)}\n", text=True, check=True, cwd=BASE_DIR)
        other.wait()


def is_gone(pid):
    """Return whether the process has ended, though nobody may have asked for its status."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True
