"""The limit of open files of the HTTP server."""

import resource

import pytest

from aira_site.process.http_server import CONNECTIONS_AT_MOST, allow_connections

WANTED = 2 * CONNECTIONS_AT_MOST
NONE = resource.RLIM_INFINITY


@pytest.mark.parametrize(
    ("limits", "raised"),
    [
        ((1024, NONE), (WANTED, NONE)),
        ((1024, 4096), (4096, 4096)),
        ((1024, 1_000_000), (WANTED, 1_000_000)),
        ((WANTED, 1_000_000), None),
        ((4096, 4096), None),
        ((NONE, NONE), None),
    ],
)
def test_the_limit_of_open_files_is_raised_as_far_as_the_system_permits(monkeypatch, limits, raised):
    changed = []
    monkeypatch.setattr(resource, "getrlimit", lambda _: limits)
    monkeypatch.setattr(resource, "setrlimit", lambda _, given: changed.append(given))
    allow_connections()
    assert changed == ([raised] if raised else [])
