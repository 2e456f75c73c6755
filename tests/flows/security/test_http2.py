"""Bodies of HTTP/2 are read under the same bounds as others, under `serve`."""

import json
import re

from tests.support.asking.http2 import ask, reset
from tests.support.waiting import wait_until

PATH = "/api/auth/register-user"
BODY = b'{"userId": "u1", "email": "a@example.com"}'


def test_a_body_without_a_length_is_read_whole(serve):
    site = serve(AIRA_AUTH="trusted")
    found = json.loads(ask(site.client.base_url.port, PATH, [BODY[:10], b"", BODY[10:]]))
    assert found["success"] is True


def test_a_body_that_is_too_large_is_refused(serve):
    site = serve(AIRA_AUTH="trusted")
    found = json.loads(ask(site.client.base_url.port, PATH, [], ending=b"", more=[("content-length", "9000000")]))
    assert found == {"error": "The body is too large"}


def test_a_stream_that_is_reset_is_not_acted_upon(serve, valkey):
    """What arrived is valid JSON, but the end of the body is missing."""
    site = serve(AIRA_AUTH="trusted")
    with reset(site.client.base_url.port, PATH, BODY):
        wait_until(lambda: "method=POST" in site.log())
    # 408 if the reset came before the body was awaited: granian does not tell it then, and the deadline ends the body.
    assert re.search("method=POST route=- status=(400|408)", site.log())
    assert valkey.data_keys() == []
