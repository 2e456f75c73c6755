"""A real SMTP server on a loopback port, which keeps what it is sent."""

import logging
from email import message_from_bytes
from email.message import Message
from email.policy import default

from aiosmtpd.controller import Controller

from tests.support.ports import free_port

logging.getLogger("mail.log").setLevel(logging.WARNING)  # its lines name the emails


class MailServer:
    """An SMTP server that can be stopped and started again on its port. `mails` are those that it took, with `to`."""

    def __init__(self) -> None:
        self.port = free_port()
        self.mails: list[Message] = []
        self._controller: Controller | None = None

    async def handle_DATA(self, _server, _session, envelope) -> str:  # noqa: N802 (the library's name)
        """Take a mail."""
        self.mails.append(message_from_bytes(envelope.content, policy=default))
        return "250 OK"

    def start(self) -> None:
        """Begin to listen."""
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port)
        self._controller.start()

    def stop(self) -> None:
        """Stop listening."""
        if self._controller is not None:
            self._controller.stop()
            self._controller = None

    def bodies(self, to: str) -> list[str]:
        """Return the texts of the mails to the email, oldest first."""
        return [mail.get_content() for mail in self.mails if mail["To"] == to]
