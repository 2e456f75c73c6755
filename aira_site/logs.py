"""Log lines: one event, one line."""

import logging
import re

_CONTROL = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]")


class LineFormatter(logging.Formatter):
    """Escapes control characters in messages, so that nobody's text can forge a line; traces keep their lines."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 (the library's name)
        """Return the line without a trace."""
        return _CONTROL.sub(lambda found: f"\\x{ord(found[0]):02x}", super().formatMessage(record))
