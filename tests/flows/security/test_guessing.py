"""Guessing passwords through a proxy: whatever a client sends is counted, and the owner signs in meanwhile."""

import http.client
import json
import random
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from accounts import limits
from tests.flows.security.proxies import Proxy, is_there
from tests.support.people import PASSWORD, sign_up
from tests.support.waiting import PATIENCE_S, stopwatch

TRIES = 1000
SPELLINGS = (
    "alice@bücher.example", "ALICE@bücher.example", "ａlice@bücher.example", "alice@BÜCHER.example",
    "alice@xn--bcher-kva.example", " alice@bücher.example ", "alice@bu\u0308cher.example",
    "Ａlice@Xn--Bcher-kva.example",
)  # fmt: skip


def forged(chance):
    """Return headers by which a client may try to have another address, or to be a browser that is known."""
    address = f"{chance.randrange(1, 255)}.{chance.randrange(255)}.2.3"
    v6 = f"2001:db8:{chance.randrange(9999)}::1"
    return chance.choice(
        [
            [],
            [("X-Forwarded-For", address)],
            [("X-Forwarded-For", f"{address}, {v6}")],
            [("X-Forwarded-For", f"[{v6}]:443")],
            [("X-Forwarded-For", address), ("X-Forwarded-For", v6)],
            [("x-forwarded-for", f"{address},")],
            [("X-Forwarded-For", "," * 50)],
            [("X_Forwarded_For", address)],
            [("X-Real-IP", address), ("Forwarded", f"for={address}")],
            [("Cookie", f"aira_device={address}:aaaa:bbbb")],
            [("Cookie", f"__Host-aira_device={address}; aira_device=~~~")],
            [("X-Forwarded-Host", "localhost"), ("X-Forwarded-Proto", "https")],
        ]
    )


def post(port, email, password, headers=(), *, source="127.0.0.1"):
    """Sign in from an address; return the status, and the cookies that are set."""
    body = json.dumps({"email": email, "password": password}).encode()
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S, source_address=(source, 0))
    connection.putrequest("POST", "/api/v1/session")
    for name, value in (*headers, ("Content-Length", str(len(body)))):
        connection.putheader(name, value)
    connection.endheaders(body)
    answer = connection.getresponse()
    answer.read()
    cookies = answer.headers.get_all("Set-Cookie") or []
    connection.close()
    return answer.status, [each.partition(";")[0] for each in cookies]


def guess(port, emails, sources):
    """Send wrong passwords; return the answers, and how many seconds that took."""
    elapsed_s = stopwatch()

    def one(number):
        chance = random.Random(number)
        return post(port, chance.choice(emails), f"guess {number}", forged(chance), source=chance.choice(sources))[0]

    with ThreadPoolExecutor(8) as pool:
        answers = Counter(pool.map(one, range(TRIES)))
    return answers, elapsed_s()


@pytest.fixture(params=["nginx", "caddy"])
def proxied(request, serve, tmp_path):
    """The port of a proxy in front of a site with two workers."""
    if not is_there(request.param):
        pytest.skip(f"needs {request.param}")
    patient = {"application": "tests.flows.served.patient:application", "AIRA_REQUEST_BUDGET_S": ""}
    site = serve(workers=2, AIRA_TRUSTED_PROXIES="1", **patient)
    proxy = Proxy(request.param, site=site.client.base_url.port, folder=tmp_path)
    yield proxy.port
    proxy.stop()


def most(limit, elapsed_s):
    return limit.permits + elapsed_s * limit.permits / limit.per_s


def test_a_thousand_guesses_of_one_password_are_ten_and_the_owner_signs_in_meanwhile(proxied):
    sign_up(SPELLINGS[0])
    own = ("Origin", f"http://127.0.0.1:{proxied}")
    status, cookies = post(proxied, SPELLINGS[0], PASSWORD, [own])
    (device,) = [each for each in cookies if each.startswith("aira_device=")]
    assert status == 200
    with ThreadPoolExecutor(1) as attacker:
        guessing = attacker.submit(guess, proxied, SPELLINGS, [f"127.0.0.{n}" for n in range(2, 250)])
        signed_in = []
        while not guessing.done() and len(signed_in) < 8:
            signed_in.append(post(proxied, SPELLINGS[0], PASSWORD, [own, ("Cookie", device)])[0])
        answers, elapsed_s = guessing.result()
    assert set(answers) <= {401, 429}
    assert 0 < answers[401] <= most(limits.SIGN_IN_OF_EMAIL, elapsed_s)
    assert set(signed_in) == {200}
    assert post(proxied, SPELLINGS[0], PASSWORD, [own])[0] == 429, "another browser has to wait"


def test_a_thousand_guesses_of_many_from_one_address_are_sixty(proxied, valkey):
    emails = [f"person{number}@example.com" for number in range(TRIES)]
    answers, elapsed_s = guess(proxied, emails, ["127.0.0.1"])
    assert set(answers) <= {401, 429}
    assert 0 < answers[401] <= most(limits.SIGN_IN_OF_ADDRESS, elapsed_s)
    assert post(proxied, "other@example.com", "a guess", source="127.0.0.2")[0] == 401, "others have their own tries"


@pytest.mark.parametrize("interface", ["wsgi", "asgi"])
def test_a_proxy_that_adds_a_line_of_its_own_is_read_as_well(serve, interface):
    site = serve(interface=interface, AIRA_TRUSTED_PROXIES="1")

    def left(*lines):
        headers = [("X-Forwarded-For", line) for line in lines]
        limit = site.client.post("/api/v1/session/sign-up", json={}, headers=headers).headers["RateLimit"]
        return int(limit.partition("r=")[2].partition(";")[0])

    assert [left(f"192.0.2.{n}", "198.51.100.7") for n in range(3)] == [19, 18, 17]
    assert left("198.51.100.7", "192.0.2.1") == 19
