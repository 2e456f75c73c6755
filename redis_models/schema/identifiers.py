"""The grammar of ids and emails. Only valid ones become part of a key."""

import re
from typing import Final

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
    """Return the email trimmed, NFKC-normalised and lower-cased; raises Invalid if it is not valid."""
    if not isinstance(value, str) or len(value) > EMAIL_MAX_LENGTH:
        raise Invalid(NO_EMAIL)
    if not is_stream_safe(value):
        raise Invalid(f"email {LONG_RUN}")
    text = normal_form(value).strip().lower()
    if _is_email(text):
        return text
    raise Invalid(NO_EMAIL)


def _is_email(text: str) -> bool:
    try:
        validate_email(text)
    except ValidationError:
        return False
    return len(text) <= EMAIL_MAX_LENGTH and text.isprintable()
