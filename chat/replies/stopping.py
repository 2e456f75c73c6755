"""Stop a reply, whichever process is writing it."""

from chat import writes
from chat.replies.live import live_reply
from chat.replies.states import reply_state
from redis_models.health.clock import now_ms
from redis_models.operations.write import Receipt, Write
from redis_models.writer import submit


def stop(*, user_id: str, conversation_id: str, reply_id: str) -> Receipt | None:
    """Stop the reply; the text so far becomes the message.

    Return None if it is already a message, or has ended without any text. A reply that another process is writing stops
    within about a second. Raises NotFound.
    """
    reply = live_reply(user_id, reply_id)
    if reply is not None:
        reply.stop.ask()
        return _note_stop(user_id, conversation_id, reply_id)
    state = reply_state(user_id=user_id, conversation_id=conversation_id, reply_id=reply_id)
    if state.is_open:
        return _note_stop(user_id, conversation_id, reply_id)
    if state.message is not None or not state.text:
        return None
    message = state.meta.message(reply_id, text=state.text, ending="interrupted")
    at = now_ms()
    end: Write = writes.reply_end(user_id=user_id, conversation_id=conversation_id, message=message, at=at)
    return submit(end)


def _note_stop(user_id: str, conversation_id: str, reply_id: str) -> Receipt:
    note = writes.reply_note(
        user_id=user_id, conversation_id=conversation_id, reply_id=reply_id, what="stop", value="1", at=now_ms()
    )
    return submit(note)
