"""The WSGI application with five times its patience; see tests.support.patience."""

from aira_site.wsgi import application
from tests.support.patience import be_patient

__all__ = ["application"]

be_patient()
