"""Decoders are made by one thread at a time; a process whose first requests come at once does not crash."""

import subprocess
import sys
import threading
from dataclasses import dataclass

import msgspec
import pytest

from aira_site.settings import BASE_DIR
from tests.support.waiting import joined
from texts.typed_json import convert, decoder

FIRST_DECODES = """
import os, sys, threading
from redis_models.schema.snapshot import Part
from texts.typed_json import decoder

def decode(together):
    together.wait()
    decoder(Part).decode(b'{"name": "", "taken_ms": 1, "stored": [{"name": "k", "kind": "list", "elements": ["e"]}]}')

def live():
    together = threading.Barrier(4)
    threads = [threading.Thread(target=decode, args=(together,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    os._exit(0)

sys.setswitchinterval(1e-6)
for _ in range(300):
    child = os.fork()
    if child == 0:
        live()
    if status := os.waitpid(child, 0)[1]:
        sys.exit(f"A child ended with {os.waitstatus_to_exitcode(status)}.")
"""


@dataclass
class Inner:
    number: int


@dataclass
class Outer:
    inner: Inner


def test_threads_that_are_the_first_to_decode_a_type_do_not_crash_the_process():
    command = [sys.executable, "-c", FIRST_DECODES]
    done = subprocess.run(command, cwd=BASE_DIR, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_one_type_has_one_decoder():
    found = []
    threads = [threading.Thread(target=lambda: found.append(decoder(list[Outer]))) for _ in range(4)]
    for thread in threads:
        thread.start()
    joined(*threads)
    assert decoder(list[Outer]) in found
    assert decoder(list[Outer]).decode(b'[{"inner": {"number": 1}}]') == [Outer(Inner(1))]


def test_json_objects_become_values_of_the_type():
    assert convert({"inner": {"number": 1}}, Outer) == Outer(Inner(1))
    with pytest.raises(msgspec.ValidationError):
        convert({"inner": {"number": "one"}}, Outer)
