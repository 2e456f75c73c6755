import importlib
import sys

import pytest

from aira_site import background
from redis_models.background import threads


@pytest.mark.parametrize("name", ["asgi", "rsgi", "wsgi"])
def test_each_interface_goes_on_with_erasures_renews_service_keys_and_sends_mails(name, monkeypatch):
    started = []
    monkeypatch.setattr(threads, "start", lambda *tasks: started.extend(tasks))
    monkeypatch.delitem(sys.modules, f"aira_site.{name}", raising=False)
    importlib.import_module(f"aira_site.{name}")
    assert started == [background.erasure.go_on, background.service_keys.renew, background.sender.go_on]
