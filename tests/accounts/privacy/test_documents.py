"""Exports in both formats are imported; a hostile document is refused before anything of it is decoded."""

import hashlib
import hmac
import io
import json
import tracemalloc

import pytest

from accounts import services
from accounts.models import Plan
from accounts.privacy import documents, erasure, imports
from accounts.privacy.export import FORMAT, LINE_MAX_BYTES, OLDER_FORMAT, Signature, export_lines
from accounts.selectors import user_by_id
from chat.models import Message
from chat.selectors import conversation
from chat.services import save_conversation
from redis_models.errors import Invalid
from redis_models.schema import keys

TIME = "2026-11-23T08:00:00.000Z"


def talk(user_id, *contents):
    messages = [Message(str(number), "user", content, TIME) for number, content in enumerate(contents)]
    save_conversation(user_id=user_id, messages=messages, conversation_id="c1")


def exported(user_id="u1"):
    return b"".join(export_lines(user_id=user_id))


def imported(document, user_id="u2", **options):
    return imports.import_document(io.BytesIO(document), user_id=user_id, **options)


def contents_of(user_id):
    found = conversation(user_id=user_id, conversation_id="c1").messages
    return [message["content"] for message in sorted(found, key=lambda message: int(message["id"]))]


def older(document, settings):
    """Return the document as release 0.1.0 wrote it: the head is not signed, and each key is one line."""
    of_keys = {}
    for entry in json.loads(document)["entries"]:
        known = of_keys.setdefault(entry["name"], entry)
        if known is not entry:
            known["value"] += entry["value"]
    lines = [json.dumps(entry, ensure_ascii=False, separators=(",", ":")).encode() for entry in of_keys.values()]
    key = hmac.digest(settings.SECRET_KEY.encode(), b"aira.export", "sha256")
    signature = hmac.new(key, b"".join(line + b"\n" for line in lines), hashlib.sha256).hexdigest()
    head = b'{"format":"aira.export.1","userId":"somebody","entries":[\n'
    return head + b",\n".join(lines) + b'\n],"signature":"' + signature.encode() + b'"}\n'


LONG = [f"{number} " + "wort ü " * 4000 for number in range(120)]


def test_a_long_conversation_takes_several_lines_of_at_most_1_mib(valkey):
    talk("u1", *LONG)
    document = exported()
    lines = document.splitlines(keepends=True)
    assert max(map(len, lines)) <= LINE_MAX_BYTES
    assert sum(b":messages" in line for line in lines) >= 4
    assert imported(document).entries == len({each["name"] for each in json.loads(document)["entries"]})
    assert contents_of("u2") == LONG
    assert imported(document).added == 0


@pytest.mark.parametrize("text", ["x" * 1_500_000, "\x01" * 1_000_000, '"{\\' * 400_000, "ü😀" * 300_000])
def test_a_message_longer_than_a_line_comes_in_parts(valkey, text):
    talk("u1", "before", text, "after")
    document = exported()
    assert max(map(len, document.splitlines(keepends=True))) <= LINE_MAX_BYTES
    imported(document)
    assert contents_of("u2") == ["before", text, "after"]


def test_a_field_longer_than_a_line_comes_in_parts(valkey):
    valkey.client.hset(keys.preferences("u1"), mapping={"a": "x" * 1_100_000, "b": "c"})
    valkey.client.zadd(keys.affirmations("u1"), {"y" * 1_100_000: 1})
    imported(exported())
    assert valkey.client.hgetall(keys.preferences("u2")) == {"a": "x" * 1_100_000, "b": "c"}
    assert valkey.client.zrange(keys.affirmations("u2"), 0, -1, withscores=True) == [("y" * 1_100_000, 1.0)]


def test_a_document_of_release_0_1_0_is_imported(valkey, settings):
    talk("u1", *LONG)
    document = older(exported(), settings)
    assert max(map(len, document.splitlines(keepends=True))) > LINE_MAX_BYTES
    imported(document)
    assert contents_of("u2") == LONG


def test_line_ends_may_be_those_of_another_system(valkey):
    talk("u1", "hello")
    assert imported(exported().replace(b"\n", b"\r\n") + b"\r\n").added > 0


def test_a_document_signed_with_an_earlier_secret_key_is_imported(valkey, settings):
    talk("u1", "hello")
    document = exported()
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "another secret key, long enough"
    assert imported(document).added > 0
    settings.SECRET_KEY_FALLBACKS = []
    with pytest.raises(Invalid, match="not an export of this installation"):
        imported(document, user_id="u3")


def hostile(name, line):
    return b'{"format":"%s","userId":"u1","entries":[\n' % name.encode() + line + b'\n],"signature":"00"}\n'


NESTED = b'{"name":"stats","kind":"hash","value":' + b'{"a":[{},' * 4_000_000


@pytest.mark.parametrize(
    ("name", "line", "why"),
    [
        (FORMAT, b"[" * (LINE_MAX_BYTES + 1), "too long"),
        (FORMAT, NESTED, "too long"),
        (OLDER_FORMAT, b"[[]," * 15_000_000, "not an export"),
        (OLDER_FORMAT, NESTED, "not an export"),
        (OLDER_FORMAT, b"x" * (65 * 1024 * 1024), "too long"),
    ],
    ids=["2, a long line", "2, objects", "1, 60 MB of lists", "1, objects", "1, a line above its bound"],
)
def test_an_unsigned_line_is_refused_before_it_is_held_or_decoded(name, line, why, monkeypatch):
    document = io.BytesIO(hostile(name, line))
    monkeypatch.setattr(documents, "decoder", None)
    tracemalloc.start()
    try:
        with pytest.raises(Invalid, match=why):
            documents.check(document)
        assert tracemalloc.get_traced_memory()[1] < 4 * 1024 * 1024
    finally:
        tracemalloc.stop()


def test_a_head_that_is_signed_cannot_be_changed_and_nothing_may_follow(valkey):
    talk("u1", "hello")
    document = exported()
    for changed in (document.replace(b'"u1"', b'"u9"'), document.replace(b"export.2", b"export.1"), document + b"x"):
        with pytest.raises(Invalid, match="not an export of this installation"):
            imported(changed)


@pytest.mark.parametrize("line", [b"[", b"\xff", b'{"name":5,"kind":"hash","value":{}}', b"[" * 100_000])
def test_a_signed_line_that_is_no_entry_is_refused(valkey, line):
    signature = Signature()
    head = signature.add(b'{"format":"aira.export.2","userId":"u1","entries":[')
    signature.add(line)
    with pytest.raises(Invalid, match="not an entry"):
        imported(head + b"\n" + line + b'\n],"signature":"%s"}\n' % signature.text().encode())


def test_no_import_brings_a_plan_whoever_makes_it(valkey, settings):
    services.register_user(user_id="u1", email="a@example.com", plan="premium")
    services.change_plan(user_id="u1", plan=Plan.PREMIUM)
    documents_of_both = exported(), older(exported(), settings)
    erasure.erase(user_id="u1")
    for document in documents_of_both:
        imported(document, user_id="u1", left_out=imports.PLAN_FIELDS)
        assert user_by_id(user_id="u1").plan is Plan.FREE
        assert not [text for text in valkey.client.hgetall(keys.profile("u1")).values() if "premium" in text]
