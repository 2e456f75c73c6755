"""Clients see the answer to a refused body, although they read it only after they have sent the body.

`REFUSALS=100` asks that often for each; that sends 20 GB.
"""

import http.client
import json
import os
import shutil
import subprocess
from collections import Counter
from dataclasses import dataclass
from itertools import repeat

import pytest

from tests.environment import SERVICE_KEY
from tests.support.asking.nginx import nginx_before
from tests.support.waiting import PATIENCE_S

MIB = 1024 * 1024
KEY = {"Authorization": f"Bearer {SERVICE_KEY}"}


@dataclass(frozen=True, slots=True)
class Body:
    """Two texts with as many spaces between them."""

    spaces: int
    before: str = ""
    after: str = ""


CASES = {
    "413 by the head": ("/api/chat/save", Body(9 * MIB), KEY, 413),
    "413 by the head, 16 MiB": ("/api/chat/save", Body(16 * MIB - 1), KEY, 413),
    "413 by the view": ("/api/auth/register-user", Body(5 * MIB), KEY, 413),
    "401 by the head": ("/api/chat/save", Body(5 * MIB), {"Authorization": "Bearer x.y.z"}, 401),
    "401 by the head, 16 MiB": ("/api/v1/users/me/import", Body(16 * MIB - 1), {}, 401),
    "401 by the view": ("/api/chat/save", Body(60_000), {}, 401),
}
TIMES = int(os.environ.get("REFUSALS", "10"))
FEW = TIMES // 5
NODE = """
const [url, [before, spaces, after], headers, times] = JSON.parse(process.argv[1]);
const body = Buffer.from(before + ' '.repeat(spaces) + after);
const seen = {};
for (let n = 0; n < times; n++) {
  let outcome;
  try {
    const response = await fetch(url, {method: 'POST', body, headers});
    await response.text();
    outcome = response.status;
  } catch (error) { outcome = String(error.cause?.code ?? error); }
  seen[outcome] = (seen[outcome] ?? 0) + 1;
}
console.log(JSON.stringify(seen));
"""


@pytest.fixture
def site(serve):
    return serve(workers=2)


def by_python(port, path, body, headers, times=TIMES):
    content = f"{body.before}{' ' * body.spaces}{body.after}".encode()
    seen = {}
    for _ in range(times):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)
        try:
            connection.request("POST", path, content, headers)
            response = connection.getresponse()
            response.read()
            outcome = response.status
        except OSError as error:
            outcome = type(error).__name__
        connection.close()
        seen[outcome] = seen.get(outcome, 0) + 1
    return seen


def in_chunks(port, path, size):
    """Send a body without a length; return the status that was seen, or the name of the error."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)
    try:
        connection.request("POST", path, repeat(b" " * 65_536, size // 65_536), KEY, encode_chunked=True)
        return connection.getresponse().status
    except OSError as error:
        return type(error).__name__
    finally:
        connection.close()


def by_node(port, path, body, headers, times=TIMES):
    node = shutil.which("node")
    if node is None:
        pytest.skip("needs Node, to ask as its fetch does")
    asked = json.dumps([f"http://127.0.0.1:{port}{path}", [body.before, body.spaces, body.after], headers, times])
    run = [node, "--input-type=module", "--eval", NODE, "--", asked]
    said = subprocess.check_output(run, text=True, timeout=PATIENCE_S)
    return {int(status) if status.isdigit() else status: count for status, count in json.loads(said).items()}


def all_seen(port, ask=by_python, times=TIMES):
    """Return for each case how often which status was seen."""
    return {case: ask(port, path, body, headers, times) for case, (path, body, headers, _) in CASES.items()}


def expected(times=TIMES):
    return {case: {status: times} for case, (*_, status) in CASES.items()}


@pytest.mark.parametrize("ask", [by_python, by_node])
def test_a_client_sees_every_refusal(site, ask):
    assert all_seen(site.client.base_url.port, ask) == expected()


def test_a_client_behind_nginx_sees_every_refusal(site, tmp_path):
    with nginx_before(site.client.base_url.port, folder=tmp_path) as port:
        assert all_seen(port) == expected()


@pytest.mark.parametrize("interface", ["wsgi", "asgi"])
def test_plain_servers_show_every_refusal_too(serve, interface):
    assert all_seen(serve(interface=interface).client.base_url.port, times=FEW) == expected(FEW)


def test_a_client_sees_that_a_plain_wsgi_server_needs_a_length(serve):
    port = serve(interface="wsgi").client.base_url.port
    for mib in (1, 16):
        seen = Counter(in_chunks(port, "/api/chat/save", mib * MIB) for _ in range(TIMES))
        assert seen == {411: TIMES}


TALK = '{"userId": "u1", "messages": [', '{"role": "user", "content": "Hello"}]}'


@pytest.mark.parametrize("ask", [by_python, by_node])
def test_a_client_sees_every_limit(serve, ask):
    """429: the body is whole before Django refuses the request."""
    site = serve()
    while site.client.post("/api/chat", content="".join(TALK), headers=KEY).status_code == 200:
        pass
    for spaces in (0, 5 * MIB):
        assert ask(site.client.base_url.port, "/api/chat", Body(spaces, *TALK), KEY) == {429: TIMES}
