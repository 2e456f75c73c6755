"""How mails are sent, from AIRA_SMTP_URL."""

import pytest

from aira_site.mail import MailSettings, MailSettingsError, mail_settings

SENDER, PUBLIC = "aira@aira.example", "https://aira.example"


@pytest.mark.parametrize(
    ("url", "public_url", "way"), [("", "", "console"), ("", PUBLIC, "none"), ("smtp://host", PUBLIC, "smtp")]
)
def test_a_site_without_a_public_address_prints_its_mails_and_another_one_needs_a_server(url, public_url, way):
    assert mail_settings(url, sender=SENDER, public_url=public_url).way == way


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("smtp://mail.example", {"port": 25}),
        ("smtp://mail.example:2525/", {"port": 2525}),
        ("smtps://u%40x:p%3Aw@mail.example", {"port": 465, "is_tls": True, "user": "u@x", "password": "p:w"}),
        ("smtp+starttls://mail.example", {"port": 587, "is_starttls": True}),
    ],
)
def test_the_url_names_server_encryption_and_credentials(url, expected):
    found = mail_settings(url, sender=SENDER, public_url=PUBLIC)
    assert found == MailSettings("smtp", host="mail.example", **expected)
    assert found.backend == "django.core.mail.backends.smtp.EmailBackend"
    assert "p:w" not in repr(found)


@pytest.mark.parametrize(
    ("url", "sender", "public_url", "variable"),
    [
        ("smtp://host", "", PUBLIC, "AIRA_MAIL_FROM"),
        ("smtp://host", SENDER, "", "AIRA_PUBLIC_URL"),
        ("http://u:hidden@host", SENDER, PUBLIC, "AIRA_SMTP_URL"),
        ("smtp://", SENDER, PUBLIC, "AIRA_SMTP_URL"),
        ("smtp://u:hidden@host/path", SENDER, PUBLIC, "AIRA_SMTP_URL"),
        ("smtp://u:hidden@host:port", SENDER, PUBLIC, "AIRA_SMTP_URL"),
    ],
)
def test_a_wrong_or_incomplete_setting_is_refused_by_its_name(url, sender, public_url, variable):
    with pytest.raises(MailSettingsError, match=variable) as raised:
        mail_settings(url, sender=sender, public_url=public_url)
    assert "hidden" not in str(raised.value)
