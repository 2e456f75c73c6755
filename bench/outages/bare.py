"""The same site without its safety layer: each write and each read is one script, and each failure is an error.

It only serves to measure the cost of safety: no breaker, no monitor, no journal, no shadow, no budget, no retry log.
"""

from typing import Any

from aira_site.wsgi import application
from chat import services as chat_services
from redis_models import connection, reader
from redis_models.background import threads
from redis_models.operations.read import Read
from redis_models.operations.scripts import script
from redis_models.operations.write import Receipt, Write

__all__ = ["application"]


def _submit(write: Write) -> Receipt:
    return Receipt.from_reply(connection.run_script(script(write.script), write.keys, write.argv))


def _answer(question: Read, *_: Any) -> reader.Answer:
    reply = connection.run_script(script(question.script), question.keys, question.args)
    return reader.Answer(reply=reply, is_live=True)


threads.stop()
chat_services.submit = _submit  # type: ignore[assignment]
reader.answer = _answer  # type: ignore[assignment]
