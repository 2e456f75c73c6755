"""Security headers, and Django's deployment checks of a site behind https."""

import contextlib
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.test import Client

ROOT = Path(__file__).resolve().parents[2]
POLICY = {
    "default-src": "'self'",
    "img-src": "'self' data:",
    "object-src": "'none'",
    "base-uri": "'none'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
}


def policy_of(response):
    return dict(part.strip().split(" ", 1) for part in response["Content-Security-Policy"].split(";"))


@pytest.mark.parametrize("path", ["/live", "/api/v1/docs", "/nowhere"])
def test_every_answer_has_the_strict_headers(client, path):
    response = client.get(path)
    assert policy_of(response) == POLICY
    assert response["X-Frame-Options"] == "DENY"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Referrer-Policy"] == "same-origin"


def test_the_docs_page_keeps_the_policy_and_loads_nothing_from_other_origins(client):
    page = client.get("/api/v1/docs").content.decode()
    assert "<style" not in page
    assert " style=" not in page
    assert re.findall(r"<script(?![^>]* src=)", page) == []
    places = re.findall(r'(?:src|href|data-document)="([^"]+)"', page)
    assert len(places) >= 5
    for place in places:
        if place != "data:,":
            assert place.startswith("/"), place
            with contextlib.closing(client.get(place)) as response:
                assert response.status_code == 200, place


def test_the_docs_script_loads_nothing_from_other_origins(client):
    with contextlib.closing(client.get("/static/aira_site/docs.js")) as response:
        assert b"http" not in b"".join(response.streaming_content)


def test_origins_on_the_list_may_call_and_others_may_not(client, settings):
    settings.CORS_ALLOWED_ORIGINS = ["https://app.example"]
    ask = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "idempotency-key,x-user-id"}
    allowed = client.options("/api/chat/save", headers=ask | {"Origin": "https://app.example"})
    assert allowed["Access-Control-Allow-Origin"] == "https://app.example"
    assert allowed["Access-Control-Allow-Credentials"] == "true"
    assert "idempotency-key" in allowed["Access-Control-Allow-Headers"]
    refused = client.options("/api/chat/save", headers=ask | {"Origin": "https://evil.example"})
    assert "Access-Control-Allow-Origin" not in refused


def run(code, tmp_path, **environment):
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("AIRA_", "REDIS_", "KV_"))}
    return subprocess.run(
        [sys.executable, *code],
        cwd=ROOT,
        env=clean | {"AIRA_DATA_DIR": str(tmp_path)} | environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_behind_https_djangos_deployment_checks_are_clean(tmp_path):
    check = ["manage.py", "check", "--deploy", "--fail-level", "WARNING"]
    result = run(check, tmp_path, AIRA_PUBLIC_URL="https://aira.example")
    assert (result.returncode, result.stdout + result.stderr) == (
        0,
        "System check identified no issues (2 silenced).\n",
    )
    asked = run(check, tmp_path, AIRA_PUBLIC_URL="https://aira.example", AIRA_HSTS="preload")
    assert asked.stdout + asked.stderr == "System check identified no issues (0 silenced).\n"
    assert run(check, tmp_path).returncode == 1, "without https the checks warn"


HTTPS = """
import django; django.setup()
from django.conf import settings
from django.test import Client
get = lambda path, **more: Client().get(path, headers={"host": "aira.example"} | more)
redirect = get("/api/dashboard")
print(redirect.status_code, redirect["Location"])
print(get("/live").status_code)
print(get("/live", **{"x-forwarded-proto": "https"}).headers.get("Strict-Transport-Security"))
print(settings.SESSION_COOKIE_SECURE, settings.CSRF_COOKIE_SECURE)
"""


@pytest.mark.parametrize(
    ("asked", "more"),
    [
        ({}, ""),
        ({"AIRA_HSTS": "subdomains"}, "; includeSubDomains"),
        ({"AIRA_HSTS": "preload"}, "; includeSubDomains; preload"),
    ],
)
def test_an_https_public_url_turns_on_redirect_hsts_and_secure_cookies(tmp_path, asked, more):
    environment = {"AIRA_PUBLIC_URL": "https://aira.example", "AIRA_TRUSTED_PROXIES": "1"} | asked
    result = run(["-c", HTTPS], tmp_path, DJANGO_SETTINGS_MODULE="aira_site.settings", **environment)
    assert result.stdout.splitlines() == [
        "301 https://aira.example/api/dashboard",
        "200",
        f"max-age=31536000{more}",
        "True True",
    ], result.stderr


def test_a_forged_protocol_counts_only_behind_a_proxy(tmp_path):
    environment = {"AIRA_PUBLIC_URL": "https://aira.example"}
    result = run(["-c", HTTPS], tmp_path, DJANGO_SETTINGS_MODULE="aira_site.settings", **environment)
    assert result.stdout.splitlines()[2] == "None", result.stderr


def test_a_form_post_to_a_page_needs_its_token():
    from django.http import HttpResponse
    from django.middleware.csrf import CsrfViewMiddleware
    from django.test import RequestFactory

    request = RequestFactory(enforce_csrf_checks=True).post("/page")
    request.csrf_processing_done = False
    refused = CsrfViewMiddleware(lambda _: HttpResponse()).process_view(request, lambda _: HttpResponse(), (), {})
    assert refused.status_code == 403
    assert Client(enforce_csrf_checks=True).post("/api/v1/session").status_code == 400, "an API needs no CSRF token"
