import contextlib
import datetime
import http.client
import ipaddress
import ssl
import threading
from types import SimpleNamespace

import msgspec
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from accounts.credentials import provider_http
from accounts.credentials.provider_http import read_json
from tests.accounts.credentials.providers import Provider, ec_key
from tests.support.waiting import PATIENCE_S, deadline

WITHIN_S = 0.3
ERRORS = (OSError, http.client.HTTPException, ValueError, msgspec.MsgspecError)


@pytest.fixture
def provider():
    provider = Provider()
    yield provider
    provider.stop()


@pytest.fixture
def over():
    """Set at the end of the test, so that no provider goes on."""
    over = threading.Event()
    yield over
    over.set()


@pytest.fixture
def certificate(tmp_path, monkeypatch):
    """Make a certificate that this process trusts; return the files of key and certificate."""
    key, name = ec_key(), x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.UTC)
    day = datetime.timedelta(days=1)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), now - day, now + day)
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path / "certificate.pem"
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    file.write_bytes(private + made.public_bytes(Encoding.PEM))
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    return file


def with_tls(provider, file):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    provider.server.socket = context.wrap_socket(provider.server.socket, server_side=True)
    return provider.issuer.replace("http:", "https:")


def dripping(over, before=b""):
    """Return an answer that begins with `before`, and goes on with a byte now and then, for ever."""

    def answer(handler):
        with contextlib.suppress(OSError):
            handler.wfile.write(before)
            while not over.wait(WITHIN_S / 10):
                handler.wfile.write(b" ")
                handler.wfile.flush()

    return answer


def test_an_object_is_read(provider):
    provider.documents["/x"] = {"a": [1, 2]}
    assert read_json(f"{provider.issuer}/x", within_s=deadline(promised_s=1)) == {"a": [1, 2]}


HEAD = b"HTTP/1.0 200 OK\r\n\r\n{"


@pytest.mark.parametrize("is_tls", [False, True])
@pytest.mark.parametrize("before", [HEAD, b"HTTP/1.0 200 OK\r\nX-Slow: ", b"", b"HTTP/1.0 100 Continue\r\n\r\n"])
def test_a_provider_that_drips_is_left_at_the_deadline(provider, over, certificate, before, is_tls):
    provider.answer = dripping(over, before)
    issuer = with_tls(provider, certificate) if is_tls else provider.issuer
    ended = threading.Event()

    def read():
        with contextlib.suppress(*ERRORS):
            read_json(f"{issuer}/x", within_s=WITHIN_S)
        ended.set()

    threading.Thread(target=read, daemon=True).start()
    assert ended.wait(deadline(promised_s=WITHIN_S + 1))


def test_a_provider_with_tls_is_read_and_one_with_another_certificate_is_not(provider, certificate, monkeypatch):
    provider.documents["/x"] = {"a": 1}
    url = with_tls(provider, certificate) + "/x"
    assert read_json(url, within_s=deadline(promised_s=1)) == {"a": 1}
    monkeypatch.delenv("SSL_CERT_FILE")
    with pytest.raises(OSError, match="CERTIFICATE_VERIFY_FAILED"):
        read_json(url, within_s=deadline(promised_s=1))


def test_a_connection_that_is_made_after_the_deadline_is_not_used(provider, monkeypatch):
    connect = http.client.HTTPConnection.connect

    def late(connection):
        connect(connection)
        clock.now_s += PATIENCE_S

    clock = SimpleNamespace(now_s=0.0)
    monkeypatch.setattr(provider_http, "time", SimpleNamespace(monotonic=lambda: clock.now_s))
    monkeypatch.setattr(http.client.HTTPConnection, "connect", late)
    with pytest.raises(OSError, match="deadline"):
        read_json(f"{provider.issuer}/x", within_s=PATIENCE_S)
    assert provider.asked == []


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(provider, status):
    provider.documents["/y"] = {}

    def answer(handler):
        handler.send_response(status)
        handler.send_header("Location", f"{provider.issuer}/y")
        handler.end_headers()

    provider.answer = answer
    with pytest.raises(OSError, match=str(status)):
        read_json(f"{provider.issuer}/x", within_s=deadline(promised_s=1))
    assert provider.asked == ["/x"]


def test_an_answer_has_a_bound(provider, monkeypatch):
    provider.documents["/x"] = {"a": "b" * 100}
    monkeypatch.setattr(provider_http, "ANSWER_MAX_BYTES", 109)
    assert read_json(f"{provider.issuer}/x", within_s=deadline(promised_s=1))["a"]
    provider.documents["/x"] = {"a": "b" * 101}
    with pytest.raises(ValueError, match="too large"):
        read_json(f"{provider.issuer}/x", within_s=deadline(promised_s=1))


@pytest.mark.parametrize("body", [b"", b"[]", b"no json", b"\xff"])
def test_what_is_no_object_is_refused(provider, body):
    provider.answer = lambda handler: handler.wfile.write(b"HTTP/1.0 200 OK\r\n\r\n" + body)
    with pytest.raises(msgspec.MsgspecError):
        read_json(f"{provider.issuer}/x", within_s=deadline(promised_s=1))
