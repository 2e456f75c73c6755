"""Store a reply while it arrives: every 500 ms or every 20 pieces, whichever comes first."""

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass

from django.conf import settings

from chat import writes
from chat.models import Message
from chat.replies import places
from chat.replies.states import SILENCE_S, reply_state
from chat.replies.stop_sign import StopSign
from redis_models.budget import budget
from redis_models.errors import RedisModelError
from redis_models.health.clock import now_ms
from redis_models.operations.write import Outcome, Receipt, Write
from redis_models.writer import submit

FLUSH_INTERVAL_S = 0.5
FLUSH_PIECES = 20
STOP_LOOK_INTERVAL_S = 1.0
"""How often a reply without new pieces checks whether it was stopped through another process."""
SIGN_OF_LIFE_S = SILENCE_S / 2
"""How often a reply without new pieces records that it is still being written."""
_LOOK_INTERVAL_S = 0.1

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a reply belongs."""

    user_id: str
    conversation_id: str
    reply_id: str


class Recorder:
    """Collects pieces until they are due, then stores them under the next number.

    It asks `stop` to end the reply if somebody stopped it, the conversation is gone, or another process writes the same
    reply.
    """

    def __init__(self, place: Place, *, stop: StopSign, pieces_stored: int = 0) -> None:
        self._place = place
        self._stop = stop
        self.pieces_stored = pieces_stored
        self._meta = ""
        self._heard_s = self._noted_s = self._renewed_s = time.monotonic()
        self._waiting: list[str] = []
        self._waiting_since_s = 0.0
        self._tried = ""
        self._lock = threading.Lock()

    def add(self, piece: str) -> None:
        """Collect the piece; store all collected ones if enough are waiting."""
        with self._lock:
            if not self._waiting:
                self._waiting_since_s = time.monotonic()
            self._waiting.append(piece)
        if len(self._waiting) >= FLUSH_PIECES:
            self.flush()

    def flush_if_due(self) -> None:
        """Store pieces that have waited long enough; if there are none, check now and then for a stop.

        The reply's place is renewed, too, if that is due.
        """
        if time.monotonic() - self._renewed_s >= places.RENEW_INTERVAL_S:
            self._renewed_s = time.monotonic()
            places.renew(self._place.user_id, self._place.reply_id)
        if self._waiting or self._tried:
            if time.monotonic() - self._waiting_since_s >= FLUSH_INTERVAL_S:
                self.flush()
        elif time.monotonic() - self._heard_s >= STOP_LOOK_INTERVAL_S:
            self._look()

    def _look(self) -> None:
        self._heard_s = time.monotonic()
        if self._meta and self._heard_s - self._noted_s >= SIGN_OF_LIFE_S:
            self._note("meta", self._meta)
        try:
            with budget(settings.AIRA_REQUEST_BUDGET_S):
                state = reply_state(**asdict(self._place))
        except RedisModelError:
            return
        if state.is_stop_asked:
            self._stop.ask()

    def flush(self) -> None:
        """Store all collected pieces; those that neither Redis nor the journal accepts are tried again later."""
        with self._lock:
            # A failed attempt is repeated with the same text: it may have been stored although the reply was lost.
            text = self._tried or "".join(self._waiting)
            if not text:
                return
            if not self._tried:
                self._tried = text
                self._waiting.clear()
            receipt = self._note(str(self.pieces_stored + 1), text)
            if receipt is None:
                self._waiting_since_s = time.monotonic()
                return
            self._tried = ""
            self.pieces_stored += 1
            if _says_over(receipt):
                self._stop.ask()

    def begin(self, meta: str) -> None:
        """Store the reply's `Meta` (JSON); storing it again only renews the time of the last write."""
        self._meta = meta
        self._note("meta", meta)

    def fail(self, code: str) -> None:
        """Store all collected pieces, then the error's code."""
        self.flush()
        self.flush()  # the first one may only have repeated a failed attempt
        self._note("error", f"{self.pieces_stored} {code}")

    def _note(self, what: str, value: str) -> Receipt | None:
        place = self._place
        note = writes.reply_note(
            user_id=place.user_id,
            conversation_id=place.conversation_id,
            reply_id=place.reply_id,
            what=what,
            value=value,
            at=now_ms(),
        )
        self._heard_s = self._noted_s = time.monotonic()
        return _submitted(note)

    def end(self, message: Message) -> bool:
        """Turn the reply into a message; return whether it was stored."""
        place = self._place
        with self._lock:
            self._waiting.clear()
        at = now_ms()
        end = writes.reply_end(user_id=place.user_id, conversation_id=place.conversation_id, message=message, at=at)
        receipt = _submitted(end)
        return receipt is not None and receipt.outcome is not Outcome.GONE


def _says_over(receipt: Receipt) -> bool:
    return receipt.outcome in (Outcome.GONE, Outcome.CONFLICT) or receipt.reply[:1] == ("1",)


def _submitted(write: Write) -> Receipt | None:
    try:
        with budget(settings.AIRA_REQUEST_BUDGET_S):
            return submit(write)
    except RedisModelError as error:
        _log.error("A part of a reply could not be stored. error=%s", type(error).__name__)
        return None


_recorders: set[Recorder] = set()
_starting = threading.Lock()
_flusher: threading.Thread | None = None


@contextmanager
def recording(recorder: Recorder) -> Iterator[None]:
    """Store the recorder's pieces when they are due while the block runs, also if no further piece arrives."""
    global _flusher  # noqa: PLW0603 (one thread per process, started with its first reply)
    _recorders.add(recorder)
    with _starting:
        if _flusher is None or not _flusher.is_alive():
            _flusher = threading.Thread(target=_flush_for_ever, name="reply-flusher", daemon=True)
            _flusher.start()
    try:
        yield
    finally:
        _recorders.discard(recorder)


def _flush_for_ever() -> None:
    while True:
        time.sleep(_LOOK_INTERVAL_S)
        for recorder in list(_recorders):
            recorder.flush_if_due()
