"""The ASGI application. Importing it starts the background threads, because the process serves requests."""

import os

from django.core.asgi import get_asgi_application

from aira_site.http.bodies.asgi import bounded_asgi

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "aira_site.settings")

application = bounded_asgi(get_asgi_application())

from aira_site import background  # noqa: E402 (needs the apps)

background.start()
