"""Set up an environment and Django for a benchmark; import it before anything that needs the apps."""

import logging
import os

import django

from tests.environment import FOLDER

__all__ = ["FOLDER", "quiet"]

os.environ["DJANGO_SETTINGS_MODULE"] = "aira_site.settings"
del os.environ["AIRA_REQUEST_BUDGET_S"]  # use the documented default instead of the longer one of tests
django.setup()


def quiet() -> None:
    """Disable logging: operations are expected to fail during a soak."""
    logging.disable(logging.CRITICAL)
