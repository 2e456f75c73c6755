"""TCP, TLS, a host whose TLS must be detected, and Sentinel: each with a real server."""

import shutil
import socket
import ssl
import threading

import pytest
import trustme

from redis_models import connection
from redis_models.connection.connection_classes import DetectingConnection
from redis_models.endpoint import Endpoint, endpoint_from
from redis_models.errors import RedisUnavailable
from redis_models.health import monitor, registry
from redis_models.operations.scripts import script
from tests.redis_models.blocked import once_blocked
from tests.support.ports import free_port
from tests.support.servers import Server
from tests.support.topologies import Node, wait_until
from tests.support.waiting import deadline, within


def read_profile():
    return connection.run_script(script("accounts.profile.1"), ["user:u1:profile"], [])


@pytest.fixture
def tcp(tmp_path_factory):
    """A server that also listens on a loopback port; yields the server and the port."""
    port = free_port()
    folder = tmp_path_factory.mktemp("s")
    server = Server(folder / "s.sock", "--port", str(port), "--bind", "127.0.0.1")
    server.start()
    yield server, port
    server.stop()
    shutil.rmtree(folder)


@pytest.fixture
def tls_port(valkey, tmp_path, monkeypatch):
    """A loopback port that speaks TLS and forwards everything to the test server."""
    listener, context = tls_listener(tmp_path, monkeypatch)
    threading.Thread(target=serve_tls, args=(listener, context, valkey.socket), daemon=True).start()
    yield listener.getsockname()[1]
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()


def tls_listener(tmp_path, monkeypatch):
    """Return a listening socket and its TLS context, whose certificate this process trusts."""
    authority = trustme.CA()
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    bundle = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(bundle))
    monkeypatch.setenv("SSL_CERT_FILE", str(bundle))
    return socket.create_server(("127.0.0.1", 0)), context


def serve_tls(listener, context, path):
    while True:
        try:
            plain, _ = listener.accept()
        except OSError:
            return
        threading.Thread(target=serve_one, args=(plain, context, path), daemon=True).start()


def serve_one(plain, context, path):
    try:
        outer = context.wrap_socket(plain, server_side=True)
    except (ssl.SSLError, OSError):
        plain.close()
        return
    inner = socket.socket(socket.AF_UNIX)
    inner.connect(str(path))
    threading.Thread(target=pump, args=(inner, outer), daemon=True).start()
    pump(outer, inner)


def pump(source, sink):
    try:
        while chunk := source.recv(65536):
            sink.sendall(chunk)
    except OSError:
        pass
    finally:
        for end in (source, sink):
            end.close()


@pytest.fixture(autouse=True)
def _forget_detections():
    DetectingConnection.speaks_plainly.clear()


def test_a_tcp_url_works(tcp, connect_to):
    _, port = tcp
    connect_to(Endpoint(url=f"redis://127.0.0.1:{port}/3", display="", variable="REDIS_URL"))
    assert read_profile() == []


def test_a_tls_url_works(tls_port, connect_to):
    connect_to(Endpoint(url=f"rediss://127.0.0.1:{tls_port}", display="", variable="REDIS_URL"))
    assert read_profile() == []


def test_a_caller_blocked_behind_tls_is_freed(tls_port, valkey, connect_to):
    connect_to(Endpoint(url=f"rediss://127.0.0.1:{tls_port}", display="", variable="REDIS_URL"))
    read_profile()
    valkey.pause()
    with (
        within(deadline(promised_s=1.5)),
        once_blocked(connection.free_blocked_callers),
        pytest.raises(RedisUnavailable),
    ):
        read_profile()


@pytest.fixture
def tls_cluster_port(tmp_path, monkeypatch):
    """A cluster of one node, which announces a loopback port that speaks TLS."""
    listener, context = tls_listener(tmp_path, monkeypatch)
    port = listener.getsockname()[1]
    options = ("--cluster-enabled", "yes", "--cluster-announce-ip", "127.0.0.1", "--cluster-announce-port", str(port))
    node = Node(tmp_path / "n", *options, "--cluster-port", str(free_port()))
    node.start()
    node.cluster("ADDSLOTSRANGE", 0, 16383)
    wait_until(lambda: "cluster_state:ok" in node.cluster("INFO"))
    threading.Thread(target=serve_tls, args=(listener, context, node.socket), daemon=True).start()
    yield port
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    node.stop()


def test_tls_is_used_for_all_nodes_of_a_cluster(tls_cluster_port, connect_to):
    url = f"rediss+cluster://127.0.0.1:{tls_cluster_port}"
    connect_to(endpoint_from({"REDIS_URL": url}, embedded_url=""))
    assert connection.run_script(script("accounts.profile.1"), ["user:{u1}:profile"], []) == []
    assert connection.primaries() == (f"127.0.0.1:{tls_cluster_port}",)
    monitor.probe_once()
    assert registry.current().is_healthy


def rest_endpoint(port):
    environment = {"KV_REST_API_URL": f"http://127.0.0.1:{port}", "KV_REST_API_TOKEN": "token"}
    return endpoint_from(environment, embedded_url="")


def test_tls_is_used_for_a_host_that_supports_it(tls_port, valkey, connect_to):
    valkey.client.config_set("requirepass", "token")
    try:
        connect_to(rest_endpoint(tls_port))
        assert read_profile() == []
        assert DetectingConnection.speaks_plainly == {("127.0.0.1", tls_port): False}
    finally:
        valkey.stop()


def test_a_host_without_tls_is_used_without_it_and_checked_once(tcp, connect_to):
    server, port = tcp
    server.client.config_set("requirepass", "token")
    connect_to(rest_endpoint(port))
    assert read_profile() == []
    server.client.client_kill_filter(_type="normal", skipme=True)
    assert read_profile() == []
    assert DetectingConnection.speaks_plainly == {("127.0.0.1", port): True}


def test_a_sentinel_leads_to_the_primary(tcp, tmp_path, connect_to):
    _, port = tcp
    sentinel_port = free_port()
    config = tmp_path / "sentinel.conf"
    config.write_text(f"sentinel monitor main 127.0.0.1 {port} 1\n")
    sentinel = Server(tmp_path / "sentinel.sock", "--port", str(sentinel_port), "--bind", "127.0.0.1")
    sentinel.start_as_sentinel(config)
    try:
        url = f"redis+sentinel://127.0.0.1:{sentinel_port},127.0.0.1:1/main/0"
        connect_to(endpoint_from({"REDIS_URL": url}, embedded_url=""))
        assert read_profile() == []
    finally:
        sentinel.stop()
