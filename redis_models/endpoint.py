"""Turn the Redis variables of the environment into one endpoint. No I/O, and no import of redis."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import quote, unquote, urlsplit

_UPSTASH_HOSTS = (".upstash.io", ".kv.vercel-storage.com")
_PLAIN_SCHEMES = ("redis", "rediss", "unix")
_CLUSTER_SCHEMES = {"redis+cluster": "redis", "rediss+cluster": "rediss"}
_PORT_IN_LABEL = re.compile(r"^redis-(\d{2,5})\.")


class EndpointError(ValueError):
    """A variable has an unusable value; the text names the variable and never shows the value."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where Redis is.

    `url` may hold a password and is not part of the repr; `display` is safe to show.
    `sentinels` is empty unless the variable is a Sentinel url; `url` is then `redis://NAME/DB`.
    `nodes` is empty unless the variable is a cluster url; `url` is then that of the first node.
    `detects_tls` is true if only connecting can tell whether the host uses TLS.
    """

    url: str = field(repr=False)
    display: str
    variable: str
    sentinels: tuple[tuple[str, int], ...] = ()
    detects_tls: bool = False
    nodes: tuple[tuple[str, int], ...] = ()


def endpoint_from(environment: Mapping[str, str], *, embedded_url: str) -> Endpoint:
    """Return the endpoint: REDIS_URL, KV_URL, KV_REST_API_URL with its token, else the embedded server.

    The first variable that is set counts. Raises EndpointError if its value has none of the forms in
    docs/configuration.md.
    """
    for variable in ("REDIS_URL", "KV_URL"):
        if environment.get(variable):
            return _from_url(variable, environment[variable])
    if environment.get("KV_REST_API_URL"):
        return _from_rest(environment["KV_REST_API_URL"], environment.get("KV_REST_API_TOKEN", ""))
    return Endpoint(url=embedded_url, display="embedded Valkey", variable="AIRA_DATA_DIR")


def _from_url(variable: str, value: str) -> Endpoint:
    scheme = value.partition("://")[0]
    if scheme in _CLUSTER_SCHEMES:
        return _from_cluster(variable, value)
    if scheme == "redis+sentinel":
        return _from_sentinel(variable, value)
    if scheme not in _PLAIN_SCHEMES:
        raise EndpointError(
            f"{variable} must begin with redis://, rediss://, unix://, redis+sentinel:// or redis+cluster://, "
            "e.g. redis://127.0.0.1:6379/0."
        )
    return Endpoint(url=value, display=_display(variable, value), variable=variable)


def _from_sentinel(variable: str, value: str) -> Endpoint:
    credentials, _, rest = value.removeprefix("redis+sentinel://").rpartition("@")
    hosts, _, path = rest.partition("/")
    name, _, database = path.partition("/")
    try:
        sentinels = tuple(_host_and_port(host, default=26379) for host in hosts.split(","))
        number = int(database or 0)
    except ValueError as error:
        raise EndpointError(
            f"{variable} must be redis+sentinel://HOST:PORT,HOST:PORT/NAME/DB with numbers for ports and database."
        ) from error
    if not name or not all(host for host, _ in sentinels):
        raise EndpointError(f"{variable} must name its sentinels and the primary: redis+sentinel://HOST:PORT/NAME/DB.")
    prefix = f"{credentials}@" if credentials else ""
    return Endpoint(
        url=f"redis://{prefix}{name}/{number}",
        display=f"redis+sentinel://{hosts}/{name}/{number}",
        variable=variable,
        sentinels=sentinels,
    )


def _from_cluster(variable: str, value: str) -> Endpoint:
    scheme, _, rest = value.partition("://")
    address, _, options = rest.partition("?")
    credentials, _, place = address.rpartition("@")
    hosts, _, database = place.partition("/")
    try:
        nodes = tuple(_host_and_port(host, default=6379) for host in hosts.split(","))
    except ValueError as error:
        raise EndpointError(f"{variable} must be {scheme}://HOST:PORT,HOST:PORT with numbers for ports.") from error
    if not all(host for host, _ in nodes):
        raise EndpointError(f"{variable} must name the cluster's nodes: {scheme}://HOST:PORT,HOST:PORT.")
    if database not in ("", "0"):
        raise EndpointError(f"{variable} names a database; a cluster has only database 0.")
    prefix, suffix = f"{credentials}@" if credentials else "", f"?{options}" if options else ""
    return Endpoint(
        url=f"{_CLUSTER_SCHEMES[scheme]}://{prefix}{hosts.partition(',')[0]}{suffix}",
        display=f"{scheme}://{hosts}",
        variable=variable,
        nodes=nodes,
    )


def _host_and_port(text: str, *, default: int) -> tuple[str, int]:
    host, _, port = text.rpartition(":") if ":" in text else (text, "", str(default))
    return host.strip("[]"), int(port)


def _display(variable: str, value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme == "unix":
        return f"unix://{parts.path}"
    try:
        port = parts.port or 6379
    except ValueError as error:
        raise EndpointError(f"{variable} has a port that is not a number from 0 to 65535.") from error
    if not parts.hostname:
        raise EndpointError(f"{variable} names no host; it must look like redis://127.0.0.1:6379/0.")
    if not re.fullmatch(r"/?\d*", parts.path):
        raise EndpointError(f"{variable} must end in a database number, e.g. redis://127.0.0.1:6379/0.")
    return f"{parts.scheme}://{parts.hostname}:{port}{parts.path}"


def _from_rest(value: str, token: str) -> Endpoint:
    if not token:
        raise EndpointError("KV_REST_API_TOKEN is missing; KV_REST_API_URL needs it as the password.")
    parts = urlsplit(value if "://" in value else f"https://{value}")
    try:
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise EndpointError("KV_REST_API_URL has a port that is not a number from 0 to 65535.") from error
    secret = quote(unquote(token), safe="")
    if host.endswith(_UPSTASH_HOSTS):
        url, display = f"rediss://default:{secret}@{host}:6379", f"rediss://{host}:6379"
        return Endpoint(url=url, display=display, variable="KV_REST_API_URL")
    in_label = _PORT_IN_LABEL.match(host)
    if port in (None, 443) and in_label:
        port = int(in_label[1])
    if not host or port in (None, 443):
        raise EndpointError(
            "KV_REST_API_URL is neither an Upstash host nor a Redis host with its port; "
            "set REDIS_URL to the server's redis:// or rediss:// url."
        )
    return Endpoint(
        url=f"redis://default:{secret}@{host}:{port}",
        display=f"redis://{host}:{port} (TLS if the host uses it)",
        variable="KV_REST_API_URL",
        detects_tls=True,
    )
