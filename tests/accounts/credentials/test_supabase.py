import base64
import json
from urllib.parse import quote

import pytest

from accounts.credentials.supabase import access_token

SESSION = {"access_token": "a.b.c", "refresh_token": "r", "user": {"id": "ü"}}
ENCODED = "base64-" + base64.urlsafe_b64encode(json.dumps(SESSION).encode()).decode().rstrip("=")
NAME = "sb-abcdefghij-auth-token"


@pytest.mark.parametrize(
    "cookies",
    [
        {NAME: ENCODED},
        {f"{NAME}.0": ENCODED[:20], f"{NAME}.1": ENCODED[20:40], f"{NAME}.2": ENCODED[40:]},
        {NAME: json.dumps(SESSION)},
        {NAME: quote(json.dumps(SESSION))},
        {NAME: json.dumps(["a.b.c", "r", None])},
        {"sb-aa-auth-token": "x", NAME: ENCODED},
    ],
)
def test_the_token_is_found(cookies):
    assert access_token(cookies | {"other": "x"}) == "a.b.c"


@pytest.mark.parametrize(
    "cookies",
    [
        {},
        {NAME: ""},
        {NAME: "base64-%%%"},
        {NAME: "base64-" + "ü"},
        {NAME: "base64-/w"},
        {NAME: "{"},
        {NAME: "[]"},
        {NAME: "5"},
        {NAME: json.dumps({"access_token": 5})},
        {f"{NAME}.1": ENCODED},
        {"sb-x-auth-token-code-verifier": ENCODED},
    ],
)
def test_cookies_without_a_token_give_none(cookies):
    assert access_token(cookies) is None
