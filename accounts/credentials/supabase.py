"""The session cookie of Supabase's browser client, so that an existing web client works unchanged.

`sb-<project>-auth-token` holds JSON. If it is encoded, it is prefixed with `base64-`; if it is long, it is split into
`.0`, `.1`, … Source: https://supabase.com/docs/guides/auth/server-side (@supabase/ssr, cookies and chunker).
"""

import base64
import re
from collections.abc import Mapping
from urllib.parse import unquote

import msgspec

from texts.typed_json import decoder

PARTS_AT_MOST = 8
_NAME = re.compile(r"(sb-[a-z0-9-]{1,63}-auth-token)(?:\.(\d))?")
_PREFIX = "base64-"


def access_token(cookies: Mapping[str, str]) -> str | None:
    """Return the access token in the request's cookies; None if there is none that can be read."""
    names = {found[1] for name in cookies if (found := _NAME.fullmatch(name))}
    for name in sorted(names):
        token = _token(_decoded(_joined(name, cookies)))
        if token:
            return token
    return None


def _joined(name: str, cookies: Mapping[str, str]) -> str:
    if name in cookies:
        return cookies[name]
    parts = []
    for number in range(PARTS_AT_MOST):
        part = cookies.get(f"{name}.{number}")
        if part is None:
            break
        parts.append(part)
    return "".join(parts)


def _decoded(text: str) -> object:
    try:
        if text.startswith(_PREFIX):
            encoded = text.removeprefix(_PREFIX)
            return decoder(object).decode(base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)))
        return decoder(object).decode(unquote(text))
    except (ValueError, msgspec.MsgspecError, RecursionError):
        return None


def _token(session: object) -> str | None:
    """Return the token of a session object, or of the list that older clients wrote."""
    found = session.get("access_token") if isinstance(session, dict) else None
    if isinstance(session, list) and session:
        found = session[0]
    return found if isinstance(found, str) and found else None
