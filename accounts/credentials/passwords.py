"""Passwords: hashed by Django's Argon2 hasher and checked by Django's validators."""

from dataclasses import dataclass
from functools import cache
from types import SimpleNamespace
from typing import ClassVar

from django.contrib.auth.hashers import Argon2PasswordHasher, check_password, make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from redis_models.errors import Invalid

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
    """Return the hash of a new password; raises Invalid if it is easy to guess."""
    try:
        validate_password(password, user=_Person(email, name))  # type: ignore[arg-type]
    except ValidationError as error:
        raise Invalid(" ".join(error.messages)) from None
    return make_password(password)


def matches(password: str, stored: str | None) -> bool:
    """Return whether the password matches the stored hash. Without a hash, spend the same time and return False."""
    is_right = check_password(password, stored or _decoy())
    return is_right and stored is not None


@cache
def _decoy() -> str:
    return make_password("nobody's password")
