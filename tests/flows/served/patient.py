"""The application of `serve` with its time-outs multiplied by five; see tests.support.patience."""

from aira_site.rsgi import application
from tests.support.patience import be_patient

__all__ = ["application"]

be_patient()
