"""Test users, who sign up and in and send requests with a bearer token, as programs do."""

from dataclasses import dataclass

from rest_framework.test import APIClient

from accounts.credentials import sessions
from accounts.credentials.sessions import SignedIn

PASSWORD = "canary-password horse battery"
TEXT = "canary-text: I lay awake"
"""The text of test messages; tests.support.canaries searches for it in places where it must not be."""


@dataclass
class Person:
    email: str
    signed_in: SignedIn

    @property
    def id(self):
        return self.signed_in.session.user_id

    @property
    def client(self):
        return client_with(self.signed_in.access_token)


def client_with(token):
    client = APIClient(raise_request_exception=False)
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {token}")
    return client


def sign_up(email, *, name=""):
    sessions.sign_up(email=email, password=PASSWORD, name=name)
    return Person(email, sessions.sign_in(email=email, password=PASSWORD))
