"""The address of a request's client, also behind trusted proxies."""

import ipaddress
import re

from django.conf import settings
from rest_framework.request import Request

UNKNOWN = "unknown"
_BRACKETS = re.compile(r"\[([^\]]*)\](?::\d{1,5})?")
_WITH_PORT = re.compile(r"([^:]*):\d{1,5}")


def address_of(request: Request) -> str:
    """Return the client's IPv4 address, or the /64 network of an IPv6 address, since one client has many of those.

    Behind N trusted proxies, the address is the Nth entry of X-Forwarded-For from the right: each proxy appends one,
    and a client can write only the entries before them. If the header has fewer entries, the request did not come
    through all proxies, and the address is that of the connection. "unknown" if the address cannot be read.
    """
    proxies = settings.AIRA_TRUSTED_PROXIES
    forwarded = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")
    if proxies and len(forwarded) >= proxies and any(map(str.strip, forwarded)):
        return _network(forwarded[-proxies])
    return _network(request.META.get("REMOTE_ADDR", ""))


def _network(text: str) -> str:
    try:
        address = ipaddress.ip_address(_without_port(text.strip()).partition("%")[0])
    except ValueError:
        return UNKNOWN
    if address.version == 4:
        return str(address)
    if address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return str(ipaddress.IPv6Network((int(address), 64), strict=False).network_address)


def _without_port(text: str) -> str:
    """Return the address alone: `192.0.2.1:80`, `[2001:db8::1]:80` and `[2001:db8::1]` have more than that."""
    found = _BRACKETS.fullmatch(text) or _WITH_PORT.fullmatch(text)
    return found[1] if found else text
