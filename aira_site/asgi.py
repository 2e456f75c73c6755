"""The ASGI application. Importing it starts the background threads, because the process serves requests."""

import os

from django.core.asgi import get_asgi_application

from aira_site.http.body_limits import bounded_asgi

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "aira_site.settings")

application = bounded_asgi(get_asgi_application())

from accounts.privacy import erasure  # noqa: E402 (needs the apps)
from redis_models.background import threads  # noqa: E402 (needs the apps)

threads.start(erasure.go_on)
