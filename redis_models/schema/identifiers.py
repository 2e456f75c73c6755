"""The grammar of ids and emails. Only valid ones become part of a key."""

import re
from typing import Final

import idna
from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from redis_models.errors import Invalid
from texts.normal_form import MARKS_AT_MOST, is_stream_safe, normal_form

ID_GRAMMAR: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._|@+-]{0,127}", re.ASCII)
EMAIL_MAX_LENGTH: Final = 254
NO_EMAIL: Final = f"email must be a valid email address of at most {EMAIL_MAX_LENGTH} characters."
LONG_RUN: Final = f"must not have more than {MARKS_AT_MOST} combining marks in a row."


def valid_id(value: object, *, name: str = "userId") -> str:
    """Return the id unchanged; raises Invalid if it is not valid. `name` is the field in the error message."""
    if isinstance(value, str) and ID_GRAMMAR.fullmatch(value):
        return value
    raise Invalid(f"{name} must be 1 to 128 letters, digits or . _ | @ + - and begin with a letter or digit.")


def normal_email(value: object) -> str:
    """Return the email trimmed, NFKC-normalised and lower-cased, its domain by IDNA; raises Invalid if it is not valid.

    `a@bücher.example` becomes `a@xn--bcher-kva.example`, under which mail servers know it. A domain that IDNA does not
    allow stays as it is.
    """
    if not isinstance(value, str) or len(value) > EMAIL_MAX_LENGTH:
        raise Invalid(NO_EMAIL)
    if not is_stream_safe(value):
        raise Invalid(f"email {LONG_RUN}")
    text = normal_form(value).strip().lower()
    if _is_email(text):
        local, _, domain = text.rpartition("@")
        return _bounded(f"{local}@{_by_idna(domain)}")
    raise Invalid(NO_EMAIL)


def stored_email(email: str) -> str:
    """Return the email of a profile as it is spelled today. One that an older server stored may be none: it stays."""
    try:
        return normal_email(email)
    except Invalid:
        return email.strip().lower()


def earlier_spelling(email: str) -> str:
    """Return a normal email as releases up to 0.1.0 stored it; an empty text if it was the same."""
    local, _, domain = email.rpartition("@")
    if "xn--" not in domain:
        return ""
    try:
        shown = idna.decode(domain)
    except idna.IDNAError:
        return ""
    return "" if shown == domain else f"{local}@{shown}"


def _by_idna(domain: str) -> str:
    if domain.isascii():
        return domain
    try:
        return idna.encode(domain, uts46=True).decode()
    except idna.IDNAError:
        return domain


def _bounded(email: str) -> str:
    if len(email) > EMAIL_MAX_LENGTH:
        raise Invalid(NO_EMAIL)
    return email


def _is_email(text: str) -> bool:
    try:
        validate_email(text)
    except ValidationError:
        return False
    return len(text) <= EMAIL_MAX_LENGTH and text.isprintable()
