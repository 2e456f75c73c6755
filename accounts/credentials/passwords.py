"""Passwords: hashed by Django's Argon2 hasher and checked by Django's validators."""

from dataclasses import dataclass
from functools import cache
from types import SimpleNamespace
from typing import ClassVar

from django.contrib.auth.hashers import Argon2PasswordHasher, check_password, make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from redis_models.errors import Invalid
from texts.normal_form import composed, decomposed

PASSWORD_MAX_LENGTH = 256


class Argon2(Argon2PasswordHasher):
    """Argon2id with OWASP's first recommended settings: 19 MiB, 2 rounds, 1 lane (Django's default uses 100 MiB)."""

    time_cost = 2
    memory_cost = 19 * 1024
    parallelism = 1


class _Fields:
    """The part of a model's `_meta` that Django's validator uses: the verbose name of an attribute."""

    @staticmethod
    def get_field(name: str) -> SimpleNamespace:
        return SimpleNamespace(verbose_name={"first_name": "name"}.get(name, name))


@dataclass(frozen=True)
class _Person:
    """Attributes that a password must not resemble, under the names that Django's validator reads."""

    email: str
    first_name: str
    _meta: ClassVar = _Fields


def encoded(password: str, *, email: str, name: str = "") -> str:
    """Return the hash of a new password, in NFC; raises Invalid if it is easy to guess."""
    text = composed(password)
    try:
        validate_password(text, user=_Person(email, name))  # type: ignore[arg-type]
    except ValidationError as error:
        raise Invalid(" ".join(error.messages)) from None
    return make_password(text)


def matches(password: str, stored: str | None) -> bool:
    """Return whether the password matches the stored hash, in one of the forms in which it may have been set.

    Keyboards differ in how they type an accent (NFC or NFD). Without a hash, spend the same time and return False.
    """
    is_right = any(check_password(form, stored or _decoy()) for form in _forms(password))
    return is_right and stored is not None


def renewed(password: str, stored: str) -> str | None:
    """Return a new hash of the matching password, in NFC; None if the stored hash is that of NFC already."""
    text = composed(password)
    return None if len(_forms(password)) == 1 or check_password(text, stored) else make_password(text)


def _forms(password: str) -> tuple[str, ...]:
    """Return the password in NFC, as it was typed, and in NFD, as far as these differ."""
    return tuple(dict.fromkeys((composed(password), password, decomposed(password))))


@cache
def _decoy() -> str:
    return make_password("nobody's password")
