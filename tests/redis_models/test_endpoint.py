import pytest

from redis_models.endpoint import EndpointError, endpoint_from

EMBEDDED = "unix:///somewhere/valkey.sock"


def endpoint_of(**environment):
    return endpoint_from(environment, embedded_url=EMBEDDED)


def test_without_any_variable_the_embedded_server_is_used():
    assert endpoint_of().url == EMBEDDED
    assert endpoint_of(REDIS_URL="", KV_URL="").variable == "AIRA_DATA_DIR"


@pytest.mark.parametrize(
    ("url", "display"),
    [
        ("redis://:secret@db.example:7000/2", "redis://db.example:7000/2"),
        ("rediss://user:secret@db.example", "rediss://db.example:6379"),
        ("unix:///run/redis.sock?db=1", "unix:///run/redis.sock"),
    ],
)
def test_a_redis_url_is_used_as_it_is_and_shown_without_its_secret(url, display):
    endpoint = endpoint_of(REDIS_URL=url, KV_URL="redis://other")
    assert (endpoint.url, endpoint.display, endpoint.variable) == (url, display, "REDIS_URL")
    assert "secret" not in repr(endpoint)


def test_kv_url_comes_before_the_rest_variables():
    endpoint = endpoint_of(KV_URL="redis://kv.example", KV_REST_API_URL="https://x.upstash.io", KV_REST_API_TOKEN="t")
    assert endpoint.variable == "KV_URL"


def test_a_sentinel_url_names_its_sentinels_and_the_primary():
    endpoint = endpoint_of(REDIS_URL="redis+sentinel://user:pass@s1:26380,s2/main/3")
    assert endpoint.sentinels == (("s1", 26380), ("s2", 26379))
    assert endpoint.url == "redis://user:pass@main/3"
    assert "pass" not in endpoint.display
    assert endpoint_of(REDIS_URL="redis+sentinel://[::1]:5000/main").sentinels == (("::1", 5000),)


@pytest.mark.parametrize("host", ["gusty-cat-1.upstash.io", "gusty-cat-1.kv.vercel-storage.com"])
def test_an_upstash_rest_url_becomes_a_tls_url_with_the_token(host):
    endpoint = endpoint_of(KV_REST_API_URL=f"https://{host}", KV_REST_API_TOKEN="to/ken")
    assert endpoint.url == f"rediss://default:to%2Fken@{host}:6379"
    assert not endpoint.detects_tls


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("redis-11465.c1.eu.example.net", "redis-11465.c1.eu.example.net:11465"),
        ("https://redis-11465.c1.eu.example.net:443", "redis-11465.c1.eu.example.net:11465"),
        ("http://127.0.0.1:8079", "127.0.0.1:8079"),
        ("redis://redis-11465.example.net:7777", "redis-11465.example.net:7777"),
    ],
)
def test_a_rest_host_with_a_port_is_a_redis_endpoint(url, address):
    endpoint = endpoint_of(KV_REST_API_URL=url, KV_REST_API_TOKEN="t")
    assert endpoint.url == f"redis://default:t@{address}"
    assert endpoint.detects_tls


@pytest.mark.parametrize(("scheme", "node_scheme"), [("redis+cluster", "redis"), ("rediss+cluster", "rediss")])
def test_a_cluster_url_names_the_startup_nodes(scheme, node_scheme):
    url = f"{scheme}://ann:secret@a:7001,b,[::1]:7003/0?ssl_ca_certs=/ca.pem"
    endpoint = endpoint_from({"REDIS_URL": url}, embedded_url="")
    assert endpoint.nodes == (("a", 7001), ("b", 6379), ("::1", 7003))
    assert endpoint.url == f"{node_scheme}://ann:secret@a:7001?ssl_ca_certs=/ca.pem"
    assert endpoint.display == f"{scheme}://a:7001,b,[::1]:7003"
    assert "secret" not in repr(endpoint)


@pytest.mark.parametrize(
    ("environment", "variable"),
    [
        ({"REDIS_URL": "http://secret@x"}, "REDIS_URL"),
        ({"REDIS_URL": "secret"}, "REDIS_URL"),
        ({"REDIS_URL": "redis+cluster://:secret@a:b,c:2"}, "REDIS_URL"),
        ({"REDIS_URL": "redis+cluster://:secret@a:1,:2"}, "REDIS_URL"),
        ({"REDIS_URL": "rediss+cluster://:secret@a:1/3"}, "REDIS_URL"),
        ({"REDIS_URL": "redis://:secret@host:notaport"}, "REDIS_URL"),
        ({"REDIS_URL": "redis://:secret@host:99999"}, "REDIS_URL"),
        ({"REDIS_URL": "redis://:secret@host/main"}, "REDIS_URL"),
        ({"KV_URL": "redis://"}, "KV_URL"),
        ({"REDIS_URL": "redis+sentinel://:secret@a:b/main"}, "REDIS_URL"),
        ({"REDIS_URL": "redis+sentinel://:secret@a:1/main/x"}, "REDIS_URL"),
        ({"REDIS_URL": "redis+sentinel://:secret@a:1"}, "REDIS_URL"),
        ({"REDIS_URL": "redis+sentinel://:secret@/main"}, "REDIS_URL"),
        ({"KV_REST_API_URL": "https://x.upstash.io"}, "KV_REST_API_TOKEN"),
        ({"KV_REST_API_URL": "https://kv.example.com", "KV_REST_API_TOKEN": "secret"}, "KV_REST_API_URL"),
        ({"KV_REST_API_URL": "https://kv.example.com:99999", "KV_REST_API_TOKEN": "secret"}, "KV_REST_API_URL"),
    ],
)
def test_any_other_value_is_refused_with_an_error_that_names_the_variable_and_no_secret(environment, variable):
    with pytest.raises(EndpointError, match=f"^{variable}") as caught:
        endpoint_of(**environment)
    assert "secret" not in str(caught.value)
