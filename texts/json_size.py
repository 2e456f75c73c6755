"""How large a JSON document is as a tree of objects and lists, known without making the tree.

A tree takes up to 30 times the memory of its document, so a document is measured first. All of this is linear in its
length. The document must be valid JSON; of others, the results mean nothing.
"""

from typing import Final

_ONE_KIND_OF_BRACKETS: Final = bytes.maketrans(b"{}", b"[]")
_TEXT: Final = bytes(set(range(256)) - set(b'[]{},"'))


def has_more_values(document: bytes, most: int) -> bool:
    """Return whether the document has more than `most` values; an empty list or object may count twice."""
    unescaped = _unescaped(document)
    if unescaped.count(b'"') > 4 * most:  # a value and its name are at most two strings
        return True
    structure = _structure(unescaped)
    return 1 + structure.count(b",") + structure.count(b"[") > most


def is_deeper(document: bytes, most: int) -> bool:
    """Return whether objects and lists are nested more than `most` deep."""
    if document.count(b"[") + document.count(b"{") <= most:
        return False
    brackets = _structure(_unescaped(document)).replace(b",", b"")
    for _ in range(most):
        brackets = brackets.replace(b"[]", b"")
        if not brackets:
            return False
    return True


def _unescaped(document: bytes) -> bytes:
    """Return the document without escaped quotes, so that each quote begins or ends a string."""
    return document.replace(b"\\\\", b"").replace(b'\\"', b"")


def _structure(unescaped: bytes) -> bytes:
    """Return the commas and brackets outside of strings; all brackets become square ones."""
    return b"".join(unescaped.translate(_ONE_KIND_OF_BRACKETS, _TEXT).split(b'"')[::2])
