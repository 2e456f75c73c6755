"""An identity provider: a real server on a loopback port that publishes keys."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from accounts.credentials import jwks
from tests.support.waiting import PATIENCE_S

_ALGORITHMS = {"secp256r1": "ES256", "secp384r1": "ES384", "secp521r1": "ES512"}


class Provider:
    """A server that publishes the given keys. `answer`, if set, answers in its place: a function of the handler."""

    def __init__(self):
        self.documents = {}
        self.asked = []
        self.answer = None
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                provider.asked.append(self.path)
                (provider.answer or provider.publishing)(self)

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.server.block_on_close = False
        self.issuer = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.documents[jwks.DISCOVERY] = {"jwks_uri": f"{self.issuer}/keys"}

    def publishing(self, handler):
        found = self.documents.get(handler.path)
        handler.send_response(200 if found is not None else 404)
        handler.end_headers()
        handler.wfile.write(b"" if found is None else json.dumps(found).encode())

    def publish(self, *, are_named=True, **keys):
        """Publish keys by their ids; `are_named`: with their algorithm."""
        self.documents["/keys"] = {"keys": [_published(kid, key, are_named=are_named) for kid, key in keys.items()]}

    def stop(self):
        self.server.shutdown()
        self.server.server_close()


class Hanging:
    """Answers of a provider that hang until `release` is called."""

    def __init__(self, provider):
        self._provider = provider
        self._is_over = threading.Event()
        provider.answer = self

    def __call__(self, handler):
        self._is_over.wait(PATIENCE_S)
        self._provider.publishing(handler)

    def release(self):
        self._is_over.set()
        self._provider.answer = None


def _published(kid, key, *, are_named):
    name = "RS256" if isinstance(key, rsa.RSAPrivateKey) else _ALGORITHMS[key.curve.name]
    document = json.loads(jwt.algorithms.get_default_algorithms()[name].to_jwk(key.public_key()))
    return document | {"kid": kid, "use": "sig"} | ({"alg": name} if are_named else {})


def ec_key():
    return ec.generate_private_key(ec.SECP256R1())
