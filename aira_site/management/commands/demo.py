"""manage.py demo."""

import random
import sys
from typing import Any

import msgspec
from rich.console import Console
from rich.progress import track

from accounts.models import Plan
from accounts.services import register_user
from chat.models import Message
from chat.services import save_conversation
from dashboard.selectors import dashboard
from dashboard.services import update_mood_score
from dashboard.shapes import StatsOut
from redis_models import connection
from redis_models.health.clock import now_ms
from redis_models.management.terminal import TerminalCommand
from redis_models.schema.codec import iso_from_ms

USER_ID = "demo"
EMAIL = "demo@example.com"
DAY_MS = 24 * 60 * 60 * 1000
DAYS = 30
_TALKS = (
    ("A long week at work", "I am worried about Monday.", "What about Monday weighs most?"),
    ("Trouble falling asleep", "I lay awake again, tired and restless.", "What goes through your mind then?"),
    ("A walk by the river", "I went for a walk and felt almost happy.", "What did you notice on the way?"),
    ("Missing an old friend", "It is lonely here since she moved.", "How did you two use to spend your evenings?"),
    (
        "Breathing before the call",
        "The breathing exercise helped before the call.",
        "Where in your body did you feel it?",
    ),
)


class Command(TerminalCommand):
    """Create a demo user."""

    help = f"Fill the last {DAYS} days of a demo user with conversations and moods. Running it again adds nothing."

    def run(self, *_: Any, **options: Any) -> None:
        """Write the data and show the user's dashboard."""
        connection.round_trip()
        today = now_ms() // DAY_MS * DAY_MS
        register_user(user_id=USER_ID, email=EMAIL, name="Demo", plan=Plan.PLUS, at=today - DAYS * DAY_MS)
        days = [today - age * DAY_MS for age in range(DAYS, 0, -1)]
        console = Console(file=sys.stderr)
        for day in track(
            days, description="Writing days", console=console, transient=True, disable=not sys.stderr.isatty()
        ):
            _write_day(day)
        stats = msgspec.to_builtins(StatsOut.of(dashboard(user_id=USER_ID)))
        self._show({"user": USER_ID, **stats}, as_json=options["json"])

    def _show(self, facts: dict[str, Any], *, as_json: bool) -> None:
        if as_json:
            self.show_one(facts, as_json=True)
            return
        recent = facts.pop("recent_conversations")
        self.show_one(facts, as_json=False)
        self.stdout.write("")
        self.show(recent, as_json=False)


def _write_day(day: int) -> None:
    number = day // DAY_MS
    chance = random.Random(number)  # noqa: S311 (not for security; gives the same examples each time)
    score = round(min(10.0, max(0.0, chance.gauss(6, 1.6))), 1)
    update_mood_score(user_id=USER_ID, score=score, mood_id=f"demo_{number}", at=day + 9 * 60 * 60 * 1000)
    if chance.random() < 0.7:
        title, said, asked = chance.choice(_TALKS)
        _save_talk(f"demo_{number}", title, said, asked, at=day + 20 * 60 * 60 * 1000)


def _save_talk(conversation_id: str, title: str, said: str, asked: str, *, at: int) -> None:
    messages = [
        Message(id="1", role="user", content=said, timestamp=iso_from_ms(at)),
        Message(id="2", role="assistant", content=asked, timestamp=iso_from_ms(at + 5000)),
    ]
    save_conversation(user_id=USER_ID, messages=messages, title=title, conversation_id=conversation_id, at=at + 60000)
