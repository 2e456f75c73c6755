"""The walks of the architecture page: the same requests are made, and the files that run are compared with it."""

import re
import sys
from pathlib import Path

import pytest

from aira_site.settings import BASE_DIR
from redis_models.health import registry
from redis_models.operations.scripts import script
from redis_models.replay.drain import drain
from tests.support.people import sign_up

PAGE = (BASE_DIR / "docs" / "architecture.md").read_text()
READ_ONCE = {"redis_models/operations/scripts.py"}
"""Files that run only when a process needs a script for the first time."""
MESSAGES = [{"id": "1", "role": "user", "content": "Hello", "timestamp": "2026-11-23T08:00:00.000Z"}]


def shown(title, *, kind="py"):
    """Return the files that the first code block of the section names."""
    section = PAGE.partition(f"\n### {title}\n")[2].partition("\n##")[0]
    block = section.partition("\n```\n")[2].partition("\n```")[0]
    return set(re.findall(rf"^ *(?:\d+ +)?([\w/.]+\.{kind}) ", block, re.MULTILINE)) - READ_ONCE


def files_run(do):
    """Return the project's files whose functions `do` runs in this thread."""
    found = set()

    def note(frame, event, _):
        if event == "call":
            found.add(frame.f_code.co_filename)

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        do()
    finally:
        sys.setprofile(before)
    ours = {Path(file).relative_to(BASE_DIR) for file in found if file.startswith(f"{BASE_DIR}/")}
    return {file.as_posix() for file in ours if file.parts[0] not in ("tests", ".venv")} - READ_ONCE


@pytest.fixture
def save(valkey, service):
    """Save a chat; the first save is made here, to load the scripts and open a connection."""

    def do(messages=MESSAGES):
        return service.post("/api/chat/save", {"userId": "ann", "messages": messages}, format="json")

    assert do().status_code == 200
    return do


@pytest.fixture
def read_dashboard(service):
    """Read the dashboard."""
    return lambda: service.get("/api/dashboard?userId=ann")


@pytest.fixture
def open_breakers():
    """Miss probes, as the monitor does when Redis is away."""

    def miss():
        for breaker in registry.breakers().values():
            breaker.is_monitored = True
            breaker.probe_missed("no answer")
            breaker.probe_missed("no answer")

    return miss


def assert_follows(title, run, *, beside):
    """Assert that all files shown run, and that all others that run are in the walk `beside`."""
    assert shown(title) - run == set()
    assert run - beside - shown(title) == set()


def test_a_healthy_save_runs_exactly_the_files_that_the_page_shows(save):
    assert shown("A save") == files_run(save)


def test_the_script_of_a_save_consists_of_the_lua_files_that_the_page_shows():
    sources = {name: (BASE_DIR / name).read_text() for name in shown("The script of a save", kind="lua")}
    joined = script("chat.save.1").source
    assert all(source in joined for source in sources.values())
    assert len(joined) == sum(map(len, sources.values())) + len(sources) - 1


def test_a_dashboard_runs_the_files_that_the_page_shows(save, read_dashboard):
    read_dashboard()
    assert_follows("A dashboard", files_run(read_dashboard), beside=files_run(save))


@pytest.mark.usefixtures("list_clock")
def test_a_dashboard_of_a_user_who_signed_in_runs_the_files_that_the_page_shows(save, read_dashboard):
    client = sign_up("ann@example.com").client
    client.get("/api/dashboard")
    read_dashboard()
    files = files_run(lambda: client.get("/api/dashboard"))
    assert_follows("A user who signed in", files, beside=files_run(read_dashboard))


def test_a_save_in_an_outage_runs_the_files_that_the_page_shows(save, open_breakers):
    healthy = files_run(save)
    open_breakers()
    assert save().json()["pending"]
    assert_follows("A save in an outage", files_run(save), beside=healthy)


def test_the_replay_runs_the_files_that_the_page_shows(save, keep, plan_write):
    drain()
    keep(plan_write(user_id="ann"))
    assert_follows("The replay", files_run(drain), beside=files_run(save))


def test_an_error_runs_the_files_that_the_page_shows(save):
    assert save([]).status_code == 400
    assert_follows("An error", files_run(lambda: save([])), beside=files_run(save))
