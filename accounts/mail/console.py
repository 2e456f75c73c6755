"""A mail backend for development: it prints mails, so that the links can be opened."""

import sys
from collections.abc import Sequence

from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend


class ConsoleBackend(BaseEmailBackend):
    """Print mails, each line after the word `mail`, to the output of the process."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Print the mails and return how many there are."""
        for message in email_messages:
            lines = (f"To: {', '.join(message.to)}", f"Subject: {message.subject}", "", *message.body.splitlines())
            sys.stdout.write("".join(f"  mail  {line}\n" for line in lines))
        sys.stdout.flush()
        return len(email_messages)
