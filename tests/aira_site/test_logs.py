import logging

import pytest
import structlog

from aira_site.logs import LineFormatter


def line_of(message, *args, exc_info=None):
    record = logging.LogRecord("aira", logging.INFO, "file", 1, message, args, exc_info)
    return LineFormatter().format(record)


def test_a_line_is_made_of_fields():
    assert line_of("Replayed. applied=%d", 3).split(" ", 1)[1] == 'level=info logger=aira event="Replayed. applied=3"'
    assert line_of("x").startswith("time=20")


def test_text_from_outside_cannot_forge_a_line():
    line = line_of("user=%s", 'a\nERROR all lost\x1b[31m\u2028" level=error')
    assert "\n" not in line
    assert "\\x1b" in line
    assert "\\x2028" in line
    assert line.count(" level=") == 2
    assert '\\" level=error' in line


def test_non_ascii_characters_are_logged_unchanged():
    assert "Redis unavailable — retrying. ü" in line_of("Redis unavailable — retrying. ü")


def test_a_trace_is_a_field_of_its_line():
    with pytest.raises(ZeroDivisionError) as raised:
        1 / 0  # noqa: B018
    line = line_of("It failed.", exc_info=(raised.type, raised.value, raised.tb))
    assert "ZeroDivisionError" in line
    assert "\n" not in line


def test_bound_values_are_on_every_line():
    structlog.contextvars.bind_contextvars(request="r1")
    try:
        assert line_of("x").endswith("request=r1")
    finally:
        structlog.contextvars.clear_contextvars()


def test_structlog_loggers_write_the_same_lines(caplog):
    with caplog.at_level(logging.INFO):
        structlog.get_logger("aira.test").info("Answered.", status=200)
    line = LineFormatter().format(caplog.records[-1])
    assert "event=Answered. status=200" in line
