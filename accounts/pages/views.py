"""The pages of links: /links/{token} and /forgotten. Looking at a page changes nothing; its button does.

So a mail scanner that opens every link uses none up. The token in the address is the only credential, so no CSRF token
is needed: whoever could forge the request would have to know the link.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, cast

from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from drf_spectacular.types import OpenApiTypes
from rest_framework import status
from rest_framework.parsers import FormParser
from rest_framework.request import Request
from rest_framework.viewsets import ViewSet

from accounts.access.rules import Rule
from accounts.mail import asking, opening
from accounts.mail.links import Link, LinkRefused, Purpose, link_from
from accounts.v1.session_serializers import ForgottenIn, PasswordField
from api.requests.fields import StrictSerializer
from redis_models.errors import Conflict, Invalid, JournalUnavailable, RedisUnavailable
from redis_models.health.clock import now_ms

FORM = "application/x-www-form-urlencoded"
TRY_AGAIN = "Aira cannot do this at the moment. Press the button again in a minute."


class NewPasswordIn(StrictSerializer):
    """The form of the page of a link: empty, or with a new password."""

    example = {"password": "correct horse battery"}
    password = PasswordField(required=False, help_text="The new password; only for a link that sets one.")


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a form."""

    name: str
    label: str
    kind: str
    autocomplete: str


@dataclass(frozen=True, slots=True)
class Page:
    """What a page shows; without a button there is nothing to do."""

    title: str
    text: str = ""
    button: str = ""
    field: Field | None = None

    def response(self, request: Request, *, code: int = status.HTTP_200_OK, text: str = "") -> HttpResponse:
        """Return the page, with another text if one is given."""
        context = {"title": self.title, "text": text or self.text, "button": self.button, "field": self.field}
        answer = render(request, "accounts/page.html", context | {"operator": asking.operator()}, status=code)
        answer.headers["Referrer-Policy"] = "no-referrer"  # the address of a link is a secret
        return answer


PAGES = {
    Purpose.PROOF: Page("Confirm your email", "Press the button to confirm that this email is yours.", "Confirm"),
    Purpose.PASSWORD: Page(
        "Set a new password",
        "You are then signed out everywhere.",
        "Set the password",
        Field("password", "New password (at least 10 characters)", "password", "new-password"),
    ),
    Purpose.CONFIRMATION: Page(
        "Confirm that it is you",
        "Press the button only if you want to export or to erase all your data. It is possible for 10 minutes then.",
        "Confirm",
    ),
}
DONE = {
    Purpose.PROOF: Page("Email confirmed", "This email is confirmed. You can close this page."),
    Purpose.PASSWORD: Page("Password set", "Sign in with the new password. You can close this page."),
    Purpose.CONFIRMATION: Page("Confirmed", "You can export or erase your data now, for 10 minutes."),
}
NO_LINK = Page("This link does not work")
TAKEN = Page("This email belongs to another account", "It is confirmed there. Sign in with that account.")
FORGOTTEN = Page(
    "Forgotten password",
    "We send a link to your email, with which you can set a new password.",
    "Send the link",
    Field("email", "Your email", "email", "email"),
)
ASKED = Page("Look into your mail")


class LinkViewSet(ViewSet):
    """The page of a link: a button that opens it."""

    tag = "links"
    names = {"show": "show_link", "open": "open_link"}
    rules = {"show": Rule.ANYBODY, "open": Rule.ANYBODY}
    storeless = ("show",)
    bodies = {"open": NewPasswordIn}
    body_media = FORM
    answers: dict[str, Any] = {
        "show": {(200, "text/html"): OpenApiTypes.STR, (410, "text/html"): OpenApiTypes.STR},
        "open": {(code, "text/html"): OpenApiTypes.STR for code in (200, 400, 409, 410, 503)},
    }
    examples = {"show": "<!doctype html>", "open": "<!doctype html>"}
    authentication_classes = ()
    parser_classes = (FormParser,)

    def show(self, request: Request, token: str) -> HttpResponse:
        """Return the page. This changes nothing, however often the link is followed."""
        try:
            link = link_from(token, at=now_ms())
        except LinkRefused as error:
            return NO_LINK.response(request, code=status.HTTP_410_GONE, text=str(error))
        return PAGES[link.purpose].response(request)

    def open(self, request: Request, token: str) -> HttpResponse:
        """Open the link: prove the email, set the password or confirm the user. The link is then used up."""
        try:
            link = link_from(token, at=now_ms())
            refused = _pressed(request, PAGES[link.purpose], partial(_open, request, link))
        except LinkRefused as error:
            return NO_LINK.response(request, code=status.HTTP_410_GONE, text=str(error))
        return refused or DONE[link.purpose].response(request)


def _open(request: Request, link: Link) -> None:
    match link.purpose:
        case Purpose.PROOF:
            opening.prove_email(link)
        case Purpose.PASSWORD:
            opening.set_password(link, _password(request))
        case Purpose.CONFIRMATION:
            opening.confirm(link)


def _pressed(request: Request, page: Page, button: Callable[[], object]) -> HttpResponse | None:
    """Do what the page's button does; return the page that says why it cannot be done, None if it is done."""
    try:
        button()
    except Invalid as error:
        return page.response(request, code=status.HTTP_400_BAD_REQUEST, text=str(error))
    except Conflict:
        return TAKEN.response(request, code=status.HTTP_409_CONFLICT)
    except (RedisUnavailable, JournalUnavailable):
        return page.response(request, code=status.HTTP_503_SERVICE_UNAVAILABLE, text=TRY_AGAIN)
    return None


def _password(request: Request) -> str:
    """Return the password in the form; raises Invalid."""
    form = NewPasswordIn(data={"password": _field(request, "password")})
    if not form.is_valid():
        raise Invalid(" ".join(text for texts in form.errors.values() for text in texts))
    return str(form.validated_data["password"])


def _field(request: Request, name: str) -> str:
    return str(cast("QueryDict", request.data).get(name, ""))


class ForgottenViewSet(ViewSet):
    """The page on which people ask for a link to set a new password."""

    tag = "links"
    names = {"show": "show_forgotten_password", "ask": "send_forgotten_password"}
    rules = {"show": Rule.ANYBODY, "ask": Rule.ANYBODY}
    storeless = ("show",)
    bodies = {"ask": ForgottenIn}
    body_media = FORM
    answers: dict[str, Any] = {
        "show": {(200, "text/html"): OpenApiTypes.STR},
        "ask": {(code, "text/html"): OpenApiTypes.STR for code in (200, 400, 503)},
    }
    examples = {"show": "<!doctype html>", "ask": "<!doctype html>"}
    authentication_classes = ()
    parser_classes = (FormParser,)

    def show(self, request: Request) -> HttpResponse:
        """Return the page; it names the operator if this site sends no mails."""
        if not asking.is_sending():
            return Page(FORGOTTEN.title, asking.answer()).response(request)
        return FORGOTTEN.response(request)

    def ask(self, request: Request) -> HttpResponse:
        """Send the link. The page does not reveal whether the email has an account."""
        refused = _pressed(request, FORGOTTEN, partial(asking.ask_for_password, request, _field(request, "email")))
        return refused or ASKED.response(request, text=asking.answer())
