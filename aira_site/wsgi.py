"""The WSGI application; the process that imports it serves requests, so it also watches Redis."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "aira_site.settings")

application = get_wsgi_application()

from redis_models import background  # noqa: E402 (needs the apps)

background.start()
