"""Gives a benchmark an environment of its own and sets Django up; import it before anything that needs the apps."""

import logging
import os

import django

from tests.environment import FOLDER

__all__ = ["FOLDER", "quiet"]

os.environ["DJANGO_SETTINGS_MODULE"] = "aira_site.settings"
del os.environ["AIRA_REQUEST_BUDGET_S"]  # the documented one: a bench is not as patient as a test
django.setup()


def quiet() -> None:
    """Log nothing: in a soak every operation fails now and then, as it shall."""
    logging.disable(logging.CRITICAL)
