"""What callers do in a life: they call the program's services, and record what they are told."""

import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from random import Random
from typing import Any

from django.conf import settings

from accounts import writes as account_writes
from accounts.models import Plan
from accounts.privacy import erasure
from accounts.privacy.receipts import ERASED
from accounts.services import change_plan, register_user
from accounts.v1.me_views import ANSWER_WITHIN_S
from chat.models import Message
from chat.selectors import conversation
from chat.services import change_conversation, delete_conversation, save_conversation
from redis_models.budget import budget, seconds_left
from redis_models.errors import ClaimInFlight, Conflict, JournalUnavailable, NotFound, RedisUnavailable
from redis_models.health.clock import now_ms
from redis_models.journal.store import FILE_NAME
from redis_models.operations.write import REFUSED, Outcome, Receipt
from redis_models.writer import submit
from tests.protocol.history.checker import NO, PENDING, UNSURE, YES
from tests.protocol.history.history import History
from tests.protocol.simulation.world.baton import baton
from tests.protocol.simulation.world.deployment import EPOCH_S


@dataclass(frozen=True, slots=True)
class Request:
    """What a caller asks of a host."""

    number: int
    host: str
    kind: str
    user_id: str
    conversation_id: str

    @property
    def place(self) -> str:
        """Return the conversation's place in the history."""
        return f"{self.user_id}/{self.conversation_id}"

    def __str__(self) -> str:
        return f"{self.kind} {self.number} ({self.place})"


def save(request: Request, history: History) -> Receipt:
    """Save a message."""
    at, item = now_ms(), f"m{request.number}"
    history.asked(request.number, "add", f"{request.place}/messages", item=item, at=at)
    message = Message(item, "user", "I slept well", "2026-11-23T08:00:00.000Z")
    chat = {"user_id": request.user_id, "conversation_id": request.conversation_id}
    return save_conversation(**chat, messages=[message], at=at).receipt


def rename(request: Request, history: History) -> Receipt:
    """Set a conversation's title."""
    at, title = now_ms(), f"title {request.number}"
    history.asked(request.number, "set", f"{request.place}/title", item=title, at=at)
    chat = {"user_id": request.user_id, "conversation_id": request.conversation_id}
    return change_conversation(**chat, changes={"title": title}, at=at)


def delete(request: Request, history: History) -> Receipt:
    """Delete a conversation."""
    at = now_ms()
    history.asked(request.number, "remove", request.place, at=at)
    return delete_conversation(user_id=request.user_id, conversation_id=request.conversation_id, at=at)


def plan(request: Request, history: History) -> Receipt:
    """Change a person's plan."""
    at, chosen = now_ms(), [*Plan][request.number % len(Plan)]
    history.asked(request.number, "set", f"{request.user_id}/plan", item=chosen.value, at=at)
    return change_plan(user_id=request.user_id, plan=chosen, at=at)


def register(request: Request, history: History) -> Receipt:
    """Register a new person with one of a few emails, some of which belong to persons who may be erased."""
    whose = request.user_id if request.number % 3 == 0 else request.conversation_id
    return _registered(request, history, user_id=f"p{request.number}", email=f"{whose}@example.org")


def register_again(request: Request, history: History) -> Receipt:
    """Register a person who has used the program before, and may have been erased."""
    return _registered(request, history, user_id=request.user_id, email=f"{request.user_id}@example.org")


def _registered(request: Request, history: History, *, user_id: str, email: str) -> Receipt:
    at = now_ms()
    if not _is_claimed_by_a_row(email):
        history.settled(f"email/{email}", by=request.host)
    history.asked(request.number, "claim", f"email/{email}", item=user_id, at=at, by=request.host)
    return register_user(user_id=user_id, email=email, at=at).receipt


def _is_claimed_by_a_row(email: str) -> bool:
    """Return whether the journal's file has a row with this claim that is no dead letter; the program is not asked."""
    file = settings.AIRA_DATA_DIR / FILE_NAME
    if not file.exists():  # the first request of a host may come before its journal
        return False
    query = "SELECT 1 FROM rows WHERE claim = ? AND state <> 'set aside' LIMIT 1"
    with closing(sqlite3.connect(file)) as db:
        return db.execute(query, (email,)).fetchone() is not None


def password(request: Request, history: History) -> Receipt:
    """Change a password: a write that may not wait."""
    at, encoded = now_ms(), f"hash {request.number}"
    history.asked(request.number, "set", f"{request.user_id}/password", item=encoded, at=at)
    return submit(account_writes.password_change(user_id=request.user_id, encoded=encoded, at=at))


def erase(request: Request, history: History) -> Receipt:
    """Erase a person, and wait for the rest as long as the request may last: it is pending unless it is `erased`."""
    earliest = min(now_ms(), _server_ms())  # the host may hear the servers' time only after this
    history.asked(request.number, "erase", request.user_id, at=earliest, by=request.host)
    erasing, receipt = erasure.begin(user_id=request.user_id)
    done = None if receipt.is_pending else erasure.finish_within(erasing, seconds=seconds_left(ANSWER_WITHIN_S))
    return Receipt(Outcome.APPLIED if done and done.state == ERASED else Outcome.JOURNALED, ())


def _server_ms() -> int:
    return round((EPOCH_S + baton().now) * 1000)


def read(request: Request, history: History) -> None:
    """Read a conversation."""
    shown = conversation(user_id=request.user_id, conversation_id=request.conversation_id)
    history.add(
        {"event": "shown", "place": f"{request.place}/messages", "items": [each["id"] for each in shown.messages]}
    )


KINDS: dict[str, Callable[[Request, History], Any]] = {
    each.__name__: each for each in (save, rename, delete, plan, register, register_again, password, erase, read)
}
READS = ("read",)
OFTEN_ASKED = (
    *("save",) * 6,
    *("rename", "delete", "plan", "plan", "read", "read", "password"),
    *("register", "register", "register", "register_again"),
)
"""What callers ask for, as often; in most lives they also erase."""
USERS, CONVERSATIONS = 2, 2


def requests(dice: Random, host: str, kinds: Sequence[str], *, first: int) -> list[Request]:
    """Choose what the callers of a host ask for, in order; `first` is the number of the first request."""
    numbers = range(first, first + dice.randint(6, 12))
    return [
        Request(number, host, dice.choice(kinds), f"u{dice.randrange(USERS)}", f"c{dice.randrange(CONVERSATIONS)}")
        for number in numbers
    ]


def carry_out(request: Request, history: History) -> str:
    """Carry out the request within a request's budget, record the answer and return it."""
    reason = ""
    try:
        with budget(settings.AIRA_REQUEST_BUDGET_S):
            receipt = KINDS[request.kind](request, history)
    except (RedisUnavailable, JournalUnavailable, ClaimInFlight) as error:
        answer, reason = UNSURE, type(error).__name__
    except (Conflict, NotFound):
        answer = NO
    else:
        answer = NO if receipt is not None and receipt.outcome in REFUSED else YES
        reason = PENDING if receipt is not None and receipt.is_pending else ""
    if request.kind not in READS:
        history.answered(request.number, answer, reason=reason, at=now_ms())
    return f"{answer} ({reason})" if reason else answer
