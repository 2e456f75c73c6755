"""The application of `serve`. Importing it starts the background threads, because the process serves requests."""

import os

from django.core.wsgi import get_wsgi_application

from aira_site.http.rsgi.application import Application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "aira_site.settings")

application = Application(get_wsgi_application())

from aira_site import background  # noqa: E402 (needs the apps)

background.start()
