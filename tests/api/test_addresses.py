import pytest
from rest_framework.request import Request
from rest_framework.test import APIRequestFactory

from api.addresses import address_of


def address(remote, forwarded=None):
    headers = {} if forwarded is None else {"X-Forwarded-For": forwarded}
    return address_of(Request(APIRequestFactory().get("/", REMOTE_ADDR=remote, headers=headers)))


@pytest.mark.parametrize(
    ("proxies", "forwarded", "expected"),
    [
        (0, "1.1.1.1", "9.9.9.9"),
        (1, "1.1.1.1", "1.1.1.1"),
        (1, "6.6.6.6, 1.1.1.1", "1.1.1.1"),
        (1, ",,, 1.1.1.1", "1.1.1.1"),
        (2, "6.6.6.6, 1.1.1.1, 2.2.2.2", "1.1.1.1"),
        (2, "6.6.6.6,,1.1.1.1,2.2.2.2", "1.1.1.1"),
        (2, "1.1.1.1", "9.9.9.9"),
        (3, "6.6.6.6, 1.1.1.1", "9.9.9.9"),
        (1, None, "9.9.9.9"),
        (1, "", "9.9.9.9"),
        (1, " , ", "9.9.9.9"),
        (1, "6.6.6.6, not an address", "unknown"),
        (1, "6.6.6.6,", "unknown"),
        (1, "6.6.6.6, unix:", "unknown"),
    ],
)
def test_an_address_counts_only_at_the_place_that_our_own_proxy_wrote(settings, proxies, forwarded, expected):
    settings.AIRA_TRUSTED_PROXIES = proxies
    assert address("9.9.9.9", forwarded) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("192.0.2.1:41000", "192.0.2.1"),
        ("[2001:db8:1:2::5]:443", "2001:db8:1:2::"),
        ("[2001:db8:1:2::6]", "2001:db8:1:2::"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("::FFFF:c000:201", "192.0.2.1"),
        ("[::ffff:192.0.2.1]:41000", "192.0.2.1"),
        ("::1", "::"),
        ("fe80::1%eth0", "fe80::"),
        ("", "unknown"),
        ("192.0.2.1:port", "unknown"),
        ("[192.0.2.1", "unknown"),
    ],
)
def test_ports_brackets_and_mapped_addresses_are_read(settings, text, expected):
    assert address(text) == expected
    settings.AIRA_TRUSTED_PROXIES = 1
    assert address("9.9.9.9", f"6.6.6.6, {text}") == expected
