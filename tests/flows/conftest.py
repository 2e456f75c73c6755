"""Fixtures for tests that span the whole site."""

import pytest

from tests.flows.served.sites import ServedSite


@pytest.fixture
def serve(valkey):
    """Start sites on the test server; they are stopped after the test."""
    sites = []

    def start(**options):
        site = ServedSite(**options)
        sites.append(site)
        return site

    yield start
    for site in sites:
        if site.process.poll() is None:
            site.stop()
