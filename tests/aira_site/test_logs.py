import logging

from aira_site.logs import LineFormatter


def record(message, *args):
    return logging.LogRecord("aira", logging.INFO, "file", 1, message, args, None)


def test_nobodys_text_can_forge_a_line():
    line = LineFormatter("{message}", style="{").format(record("user=%s", "a\nERROR all lost\x1b[31m\u2028"))
    assert line == "user=a\\x0aERROR all lost\\x1b[31m\\x2028"


def test_a_dash_and_an_umlaut_stay_as_they_are():
    assert (
        LineFormatter("{message}", style="{").format(record("Redis unavailable — retrying. ü"))
        == "Redis unavailable — retrying. ü"
    )
