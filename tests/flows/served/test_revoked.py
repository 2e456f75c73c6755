"""A session that has ended is refused by all workers of all hosts, under load and in an outage."""

import pytest

from tests.flows.served.askers import answered, load
from tests.support.people import PASSWORD
from tests.support.waiting import deadline, wait_until

CREDENTIALS = {"email": "ann@example.com", "password": PASSWORD}
UNDER_LOAD, IN_AN_OUTAGE = 800, 240


@pytest.fixture
def sites(serve, tmp_path):
    """Two hosts, the first one with two workers."""
    return [serve(workers=2 - n, AIRA_DATA_DIR=str(tmp_path / f"host{n}")) for n in range(2)]


@pytest.fixture
def sign_in(sites):
    """Sign in and return the tokens."""
    assert sites[0].client.post("/api/v1/session/sign-up", json=CREDENTIALS).status_code == 200
    return lambda: sites[0].client.post("/api/v1/session", json=CREDENTIALS).json()


def sign_out(site, tokens):
    return site.client.post("/api/v1/session/sign-out", json={"refreshToken": tokens["refreshToken"]})


def wait_until_refused(site, tokens):
    """Wait until no worker accepts the token; that is promised within 2 s."""

    def is_refused():
        return answered(site, tokens["accessToken"], requests=64).keys() == {401}

    wait_until(is_refused, at_most_s=deadline(promised_s=2))


def test_a_revoked_token_is_never_accepted_again_under_load_and_in_an_outage(sites, sign_in, valkey):
    first, second = sites
    goes_on, ended, ends_later = (sign_in() for _ in range(3))
    for site in sites:
        assert answered(site, ended["accessToken"], requests=16).keys() == {200}
    with load(first, goes_on["accessToken"]) as one, load(second, goes_on["accessToken"]) as other:
        assert sign_out(second, ended).status_code == 200
        for site in sites:
            wait_until_refused(site, ended)
            assert answered(site, ended["accessToken"], requests=UNDER_LOAD) == {401: UNDER_LOAD}
    assert one.keys() == other.keys() == {200}

    valkey.stop()
    for site in sites:
        site.wait_until_away()
        assert answered(site, ended["accessToken"], requests=IN_AN_OUTAGE) == {401: IN_AN_OUTAGE}
        refreshed = site.client.post("/api/v1/session/refresh", json={"refreshToken": ended["refreshToken"]})
        assert refreshed.status_code == 401
    assert sign_out(first, ends_later).status_code == 202
    wait_until_refused(first, ends_later)
    assert answered(first, ends_later["accessToken"], requests=IN_AN_OUTAGE) == {401: IN_AN_OUTAGE}
    assert answered(first, goes_on["accessToken"], requests=16).keys() == {200}
