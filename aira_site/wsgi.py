"""The WSGI application. Importing it starts the background threads, because the process serves requests."""

import os

from django.core.wsgi import get_wsgi_application

from aira_site.http.bodies.wsgi import bounded_wsgi

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "aira_site.settings")

application = bounded_wsgi(get_wsgi_application())

from aira_site import background  # noqa: E402 (needs the apps)

background.start()
