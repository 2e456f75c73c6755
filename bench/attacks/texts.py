"""Attacks by what bodies say: texts that are hard to compare, and JSON that is large as objects."""

import json
from collections.abc import Iterable

from bench.attacks.target import Asked, Target, bearer, sent

TEXTS, BODIES = 4, 12
MIB = 1024 * 1024
MARKS = "\u0323\u0301"
_CHAT_BYTES = 8 * MIB - 4096
_AT = "2026-11-23T08:00:00.000Z"


def hostile_texts(target: Target) -> int:
    """Send texts of combining marks from 4 clients, without a credential and with one; return how many were sent."""
    return sent(target, _texts(target, MARKS), clients=TEXTS)


def lawful_texts(target: Target) -> int:
    """Send as many texts of the same sizes in plain letters."""
    return sent(target, _texts(target, "so"), clients=TEXTS)


def hostile_bodies(target: Target) -> int:
    """Send bodies of 8 MiB that are large as objects, from 12 clients; return how many were sent."""
    bodies = (
        _filled(b'{"messages": [', b"[],", b"[]]}"),
        _filled(b'{"messages": [', b'{"role":"user","content":"a"},', b'{"role":"user","content":"a"}]}'),
        _filled(b'{"messages": [], "a": [', b"0,", b"0]}"),
        b'{"messages": ' + b"[" * _CHAT_BYTES,
    )
    return sent(target, [_save(target, body) for body in bodies], clients=BODIES)


def lawful_bodies(target: Target) -> int:
    """Send as many chats of 8 MiB, from 12 clients."""
    return sent(target, [_save(target, _chat("a line of a long talk "))], clients=BODIES)


def _texts(target: Target, piece: str) -> list[Asked]:
    small, large = piece * (60_000 // len(piece.encode())), piece * (250_000 // len(piece.encode()))
    talk = {"messages": [{"role": "user", "content": small}]}
    account = {"email": "a@example.com", "name": small[:20_000], "password": small[:20_000]}
    own = bearer(target.key) | {"x-user-id": "hostile"}
    return [
        Asked("/api/chat", _json(talk)),
        Asked("/api/chat", _json({"content": large})),
        Asked("/api/v1/conversations/c1/replies", _json({"content": small})),
        Asked("/api/v1/session/sign-up", _json(account)),
        Asked("/api/v1/session", _json({"email": small, "password": "not the password"})),
        Asked("/api/v1/conversations", _json({"title": large}), headers=own),
        _save(target, _chat(piece)),
    ]


def _chat(piece: str) -> bytes:
    """Return a chat of 8 MiB, of messages that consist of the piece."""
    content = piece * (30_000 // len(piece))
    encoded = _json({"id": "0000", "role": "user", "content": content, "timestamp": _AT})
    messages: Iterable[dict[str, str]] = (
        {"id": f"{number:04}", "role": "user", "content": content, "timestamp": _AT}
        for number in range(_CHAT_BYTES // (len(encoded) + 4))
    )
    return _json({"chatId": "hostile", "messages": list(messages)})


def _json(found: object) -> bytes:
    return json.dumps(found, ensure_ascii=False).encode()


def _filled(before: bytes, piece: bytes, after: bytes) -> bytes:
    return before + piece * ((_CHAT_BYTES - len(before) - len(after)) // len(piece)) + after


def _save(target: Target, body: bytes) -> Asked:
    return Asked("/api/chat/save", body, headers=bearer(target.key) | {"x-user-id": "hostile"})
