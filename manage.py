#!/usr/bin/env python
"""Run a management command; a wrong setting is reported in one sentence, without a traceback."""

import os
import sys


def main() -> None:
    """Run the command named on the command line."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "aira_site.settings")
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line

    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:
        sys.exit(f"aira: {error}")


if __name__ == "__main__":
    main()
