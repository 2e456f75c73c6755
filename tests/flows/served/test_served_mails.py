"""A served site sends its mails by itself, over a real SMTP server, and opens their links."""

import pytest

from tests.flows.served.sites import ServedSite
from tests.support.mail.pages import FORM, path_in
from tests.support.mail.server import MailServer
from tests.support.people import PASSWORD
from tests.support.waiting import wait_until

EMAIL = "ann@example.com"


@pytest.mark.parametrize("interface", ["wsgi", "asgi"])
def test_a_served_site_mails_a_link_that_proves_the_email(valkey, interface):
    server = MailServer()
    server.start()
    mail = {"AIRA_SMTP_URL": f"smtp://127.0.0.1:{server.port}", "AIRA_MAIL_FROM": "aira@aira.example"}
    site = ServedSite(interface=interface, AIRA_PUBLIC_URL="http://aira.example", **mail)
    try:
        account = {"email": EMAIL, "password": PASSWORD}
        assert site.client.post("/api/v1/session/sign-up", json=account).status_code == 200
        wait_until(lambda: server.mails)
        (text,) = server.bodies(EMAIL)
        assert "http://aira.example/links/" in text
        form = {"content": b"", "headers": {"Content-Type": FORM}}
        assert site.client.get(path_in(text)).status_code == 200
        assert site.client.post(path_in(text), **form).status_code == 200
        token = site.client.post("/api/v1/session", json=account).json()["accessToken"]
        me = site.client.get("/api/v1/users/me", headers={"Authorization": f"Bearer {token}"})
        assert me.json()["emailState"] == "proven"
    finally:
        site.stop()
        server.stop()
