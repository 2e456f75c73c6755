"""Record a data dir of an earlier release: `python -m tests.releases.record 0.1.0` writes its `var.tar.xz`.

The release's site receives the writes below, half of them while its server is away, and is then killed.
"""

import sys
import tempfile
from pathlib import Path

from tests.environment import SERVICE_KEY  # (sets the environment of test sites, so it comes first)
from tests.flows.served.sites import ServedSite
from tests.redis_models import journal_file
from tests.releases import earlier
from tests.support.waiting import wait_until

MOMENT = "2026-11-2{day}T08:00:00.000Z"


def chat(number: int, *messages: int) -> dict[str, object]:
    """Return the body that saves a chat with these messages."""
    written = [{"id": str(n), "content": f"Words {n}", "timestamp": MOMENT.format(day=n)} for n in messages]
    body = {"userId": "u1", "chatId": f"chat_{number}_aaaaaaaaa", "title": f"Chat {number}"}
    return body | {"messages": [message | {"role": "user"} for message in written]}


def write_while_healthy(site: ServedSite) -> None:
    """Register a user, save three chats, delete one of them, and add moods."""
    client = site.client
    registration = {"userId": "u1", "email": "ann@example.com", "name": "Ann"}
    client.post("/api/auth/register-user", json=registration).raise_for_status()
    service = {"Authorization": f"Bearer {SERVICE_KEY}"}
    client.patch("/api/plan", json={"userId": "u1", "plan": "plus"}, headers=service).raise_for_status()
    for number in (1, 2, 3):
        client.post("/api/chat/save", json=chat(number, 1, 2)).raise_for_status()
    client.delete("/api/chat/save", params={"userId": "u1", "chatId": "chat_2_aaaaaaaaa"}).raise_for_status()
    for score in (4, 8):
        client.patch("/api/mood", json={"userId": "u1", "score": score, "note": f"Note {score}"}).raise_for_status()


def write_while_away(site: ServedSite) -> None:
    """Save a new chat, add to another, delete a third, add a mood, and register another user."""
    client = site.client
    for body in (chat(4, 1), chat(1, 3)):
        client.post("/api/chat/save", json=body).raise_for_status()
    client.delete("/api/chat/save", params={"userId": "u1", "chatId": "chat_3_aaaaaaaaa"}).raise_for_status()
    client.patch("/api/mood", json={"userId": "u1", "score": 6}).raise_for_status()
    client.post("/api/auth/register-user", json={"userId": "u2", "email": "ben@example.com"}).raise_for_status()


def main(folder: Path) -> None:
    """Record the data dir of the release in that folder."""
    with tempfile.TemporaryDirectory() as place:
        data_dir = Path(place, "var")
        server, environment = earlier.with_embedded_server(data_dir)
        server.start()
        site = earlier.earlier_site(folder, Path(place, "site"), **environment)
        write_while_healthy(site)
        with journal_file.opened(data_dir) as journal:
            wait_until(lambda: journal.execute("SELECT COUNT(*) FROM rows").fetchone() == (0,))
        server.stop()
        site.wait_until_away()
        write_while_away(site)
        site.kill()
        earlier.keep(data_dir, folder / earlier.DATA_DIR)


if __name__ == "__main__":
    main(Path(__file__).parent / sys.argv[1])
