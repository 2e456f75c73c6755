"""Mails in tests: send what waits, and open the links in them."""

import re
from urllib.parse import urlencode

from django.core import mail
from django.test import Client

from accounts.mail import sender, waiting
from redis_models.health.clock import now_ms

ADDRESS = re.compile(r"http\S+/links/(\S+)")
FORM = "application/x-www-form-urlencoded"


def delivered():
    """Send the mails that wait, and return all that were sent in this test."""
    sender.send(waiting.taken("test", at=now_ms()))
    return mail.outbox


def last_mail():
    """Send the mails that wait, and return the text of the one that was sent last."""
    return delivered()[-1].body


def path_in(text):
    """Return the path of the link in the text of a mail."""
    return f"/links/{ADDRESS.search(text)[1]}"


def look_at(text):
    """Follow the link in the text, as people and scanners do, and return the page."""
    return Client().get(path_in(text))


def press(text, **form):
    """Press the button on the page of the link in the text, and return the page that comes."""
    return submitted(path_in(text), **form)


def submitted(path, **form):
    """Submit a form to a page, and return the page that comes."""
    return Client().post(path, urlencode(form), content_type=FORM)
