"""The WSGI application with five times its patience; see tests.patience."""

from aira_site.wsgi import application
from tests.patience import be_patient

__all__ = ["application"]

be_patient()
