import pytest
from rest_framework.request import Request
from rest_framework.test import APIRequestFactory

from api.errors import PreconditionFailed
from api.requests.preconditions import etag, expected_versions, require_match


def request(if_match=None):
    headers = {} if if_match is None else {"If-Match": if_match}
    return Request(APIRequestFactory().get("/", headers=headers))


def test_the_version_that_the_client_saw_passes():
    require_match(request(etag("5")), version="5")
    require_match(request(f"{etag('4')}, {etag('5')}"), version="5")
    assert expected_versions(request(etag("5"))) == [etag("5")]


@pytest.mark.parametrize("header", [None, "*"])
def test_a_request_without_a_version_passes(header):
    require_match(request(header), version="5")


@pytest.mark.parametrize("header", [etag("4"), f"W/{etag('5')}", "", "5"])
def test_another_version_is_refused(header):
    with pytest.raises(PreconditionFailed):
        require_match(request(header), version="5")


def test_an_etag_is_printable_ascii_for_any_version():
    assert etag('ü"\n').isascii()
    assert etag('ü"\n').isprintable()
