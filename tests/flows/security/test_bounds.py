"""Work that grows faster than its input has a bound, and is quick at this bound."""

import json
import re
import time
import tracemalloc

import pytest

from aira_site.settings import BASE_DIR
from tests.flows.security.superlinear import OTHERS, PLACES

PACKAGES = ("texts", "redis_models", "api", "accounts", "dashboard", "chat", "aira_site")
SORTS = re.compile(r"\bsorted\(|\.sort\(|unicodedata\.normalize\(|SequenceMatcher")
MESSAGE = {"id": "1", "role": "user", "content": "x", "timestamp": "2026-11-23T08:00:00.000Z"}
HOSTILE = {
    "lists": b"[]",
    "objects": b"{}",
    "texts": b'""',
    "nests": b"[" * 100 + b"]" * 100,
    "one message, and objects": json.dumps(MESSAGE).encode()[:-1] + b', "more": [' + b"{}," * 2_700_000 + b"{}]}",
}
"""What a list of messages consists of, again and again, up to 8 MiB."""
MEMORY_AT_MOST = 10 * 8 * 1024 * 1024
"""Of a body of 8 MiB. A tree of it takes 200 MiB and more."""
AT_MOST_S = 10
"""Five times what the slowest place takes on a busy machine; without its bound, each takes longer by far."""


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.what)
def test_the_work_at_the_bound_is_short(place):
    begun_s = time.thread_time()
    place.worst()
    assert time.thread_time() - begun_s < AT_MOST_S


def test_each_file_that_sorts_is_in_the_list():
    sources = (
        path for package in PACKAGES for path in (BASE_DIR / package).rglob("*") if path.suffix in {".py", ".lua"}
    )
    found = {str(path.relative_to(BASE_DIR)) for path in sources if SORTS.search(path.read_text(encoding="utf-8"))}
    listed = {place.file for place in PLACES} | set(OTHERS)
    assert found - listed == set()
    assert set(OTHERS) - found == set(), "no file is listed that does not sort any more"


def test_each_listed_file_exists():
    assert [place.file for place in PLACES if not (BASE_DIR / place.file).exists()] == []


@pytest.mark.parametrize("piece", HOSTILE.values(), ids=list(HOSTILE))
@pytest.mark.parametrize("path", ["/api/chat/save", "/api/chat", "/api/v1/conversations/c1/messages"])
def test_no_tree_is_made_of_a_hostile_chat(valkey, trusted, path, piece):
    """Table of cases, H3; the sender may have a credential, or be anybody in trusted mode."""
    times = max(1, 8_380_000 // (len(piece) + 1))
    body = b'{"userId": "u1", "messages": [' + b",".join([piece] * times) + b"]}"
    tracemalloc.start()
    try:
        response = trusted.post(path, body, content_type="application/json", HTTP_IDEMPOTENCY_KEY="k")
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    is_lawful = path == "/api/chat" and b'"more"' in piece  # other fields are ignored, without reading them
    assert response.status_code in ({200} if is_lawful else {400, 413})
    assert most < MEMORY_AT_MOST
