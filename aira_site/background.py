"""What each process that serves requests does in the background, whichever interface it serves."""

from accounts.credentials import service_keys
from accounts.mail import sender
from accounts.privacy import erasure
from redis_models.background import threads


def start() -> None:
    """Start the background threads of this process."""
    threads.start(erasure.go_on, service_keys.renew, sender.go_on)
