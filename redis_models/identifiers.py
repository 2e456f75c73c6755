"""The grammar of ids and emails: nothing else becomes part of a key."""

import re
import unicodedata
from typing import Final

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from redis_models.errors import Invalid

ID_GRAMMAR: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._|@+-]{0,127}", re.ASCII)
EMAIL_MAX_LENGTH: Final = 254


def valid_id(value: object, *, name: str = "userId") -> str:
    """Return the id unchanged; raise Invalid where it is not one (`name` is the field the message names)."""
    if isinstance(value, str) and ID_GRAMMAR.fullmatch(value):
        return value
    raise Invalid(f"{name} must be 1 to 128 letters, digits or . _ | @ + - and begin with a letter or digit.")


def normal_email(value: object) -> str:
    """Return the email trimmed, NFKC-normalised and lower-cased; raise Invalid where it is not an email."""
    text = unicodedata.normalize("NFKC", value).strip().lower() if isinstance(value, str) else ""
    if _is_email(text):
        return text
    raise Invalid("email must be a valid email address of at most 254 characters.")


def _is_email(text: str) -> bool:
    try:
        validate_email(text)
    except ValidationError:
        return False
    return len(text) <= EMAIL_MAX_LENGTH and text.isprintable()
