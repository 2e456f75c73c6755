import json

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from accounts.credentials.provider_keys import KEYS_AT_MOST, keys_from

RSA = rsa.generate_private_key(65537, 2048)
EC = ec.generate_private_key(ec.SECP384R1())
ED = ed25519.Ed25519PrivateKey.generate()


def jwk(key, name, **more):
    found = jwt.algorithms.get_default_algorithms()[name].to_jwk(key.public_key())
    return (json.loads(found) if isinstance(found, str) else found) | more


@pytest.mark.parametrize(
    ("published", "algorithms"),
    [
        (jwk(RSA, "RS256"), ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512")),
        (jwk(RSA, "RS256", alg="PS384"), ("PS384",)),
        (jwk(EC, "ES384"), ("ES384",)),
        (jwk(ED, "EdDSA"), ("EdDSA",)),
        (jwk(ED, "EdDSA", kid="k", use="sig", alg="EdDSA"), ("EdDSA",)),
    ],
)
def test_the_type_of_a_key_decides_its_algorithms(published, algorithms):
    (found,) = keys_from({"keys": [published]})
    assert (found.id, found.algorithms) == (published.get("kid"), algorithms)


@pytest.mark.parametrize(
    "published",
    [
        jwk(RSA, "RS256", alg="HS256"),
        jwk(RSA, "RS256", alg="ES256"),
        jwk(RSA, "RS256", alg=["RS256"]),
        jwk(EC, "ES384", alg="ES256"),
        jwk(RSA, "RS256", use="enc"),
        jwk(EC, "ES384", x="AA"),
        {"kty": "oct", "k": "c2VjcmV0IHNlY3JldCBzZWNyZXQgc2VjcmV0"},
        {"kty": "oct", "k": "c2VjcmV0IHNlY3JldCBzZWNyZXQgc2VjcmV0", "alg": "HS256"},
        {"kty": "RSA", "n": 5, "e": "AQAB"},
        {"kty": "RSA"},
        {"kty": ["RSA"], "crv": {}},
        "RSA",
        None,
    ],
)
def test_a_key_that_cannot_be_used_is_left_out_and_the_others_stay(published):
    (kept,) = keys_from({"keys": [published, jwk(EC, "ES384", kid="kept")]})
    assert kept.id == "kept"
    with pytest.raises(ValueError, match="no key"):
        keys_from({"keys": [published]})


@pytest.mark.parametrize("document", [{}, {"keys": None}, {"keys": {}}, {"keys": []}])
def test_a_document_without_keys_is_refused(document):
    with pytest.raises(ValueError, match="no key"):
        keys_from(document)


def test_a_document_has_a_bound():
    assert len(keys_from({"keys": [jwk(EC, "ES384")] * (KEYS_AT_MOST + 5)})) == KEYS_AT_MOST
