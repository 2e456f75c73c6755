"""Log lines in logfmt: one line per event, with the request's id and the user's digest if they are known."""

import re
from typing import Any

import structlog

_CONTROL = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]")
_FIRST = ("time", "level", "logger", "event")
_FIELDS = (
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
    structlog.processors.format_exc_info,
)


class LineFormatter(structlog.stdlib.ProcessorFormatter):
    """Formats all log records as logfmt; escapes control characters, so no text can forge a line."""

    def __init__(self, **_: Any) -> None:
        line = structlog.processors.LogfmtRenderer(key_order=_FIRST, drop_missing=True)
        super().__init__(
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, line],
            foreign_pre_chain=_FIELDS,
        )

    def format(self, record: Any) -> str:
        """Return the record as one line, with control characters escaped."""
        return _CONTROL.sub(lambda found: f"\\x{ord(found[0]):02x}", super().format(record))


def configure() -> None:
    """Make structlog's loggers write through the standard library's; called once, by the settings."""
    structlog.configure(
        processors=[*_FIELDS, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
