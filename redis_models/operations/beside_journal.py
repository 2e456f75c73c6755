"""The scripts that write to Redis without a row in the journal, each with the reason. Every other write gets a row.

A script is listed here if nobody was told of its write, or if its loss breaks nothing that somebody was told. Three
writes are not scripts: the key of a health check, the key that a drain writes before it asks for a proof, and the mark
of the database.
"""

from types import MappingProxyType
from typing import Final

_ERASING = "a host goes on with an erasure that is noted as unfinished until this is done and proven"

REASONS: Final = MappingProxyType(
    {
        "redis_models.probe.1": "a probe only finds out whether the server takes writes",
        "redis_models.erasures.1": "a host confirms again every second what it has confirmed before",
        "api.request_begin.1": "a turn is only for requests that are under way at the same time",
        "api.request_end.1": "without a kept answer a request is processed again, with the same ids",
        "api.limit.1": "permits come back by themselves, and a lost count refuses nobody",
        "accounts.mail_ask.1": "nobody is told whether a mail is sent; without one, people ask again",
        "accounts.mails_take.1": "if the turn is lost, a mail may be sent twice",
        "accounts.mail_later.1": "if it is lost, the mail is tried again earlier",
        "accounts.mail_end.1": "if it is lost, the mail is sent once more",
        "chat.reply_place.1": "a place ends by itself, and a lost one refuses nobody",
        "dashboard.dashboard.1": "the next dashboard or save of the day marks today as active again",
        "accounts.measure.1": "sizes are derived again by the next write, if they do not cover what is stored",
        "accounts.erase.1": _ERASING,
        "accounts.erase_claim.1": _ERASING,
        "accounts.mails_forget.1": _ERASING,
        "redis_models.erasure.1": _ERASING,
        "redis_models.unfinished_note.1": "a step before that which sets the tombstone: both are one row",
        "redis_models.unfinished_take.1": "if it is lost, erasures are taken earlier; if repeated, they are held back",
        "redis_models.unfinished_end.1": "an erasure that is still noted as unfinished is done again, and closed again",
    }
)
"""Script -> why its writes get no row."""
