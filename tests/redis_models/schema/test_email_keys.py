from dataclasses import replace

import pytest

from redis_models.schema import email_keys, keys

NAMES = [email_keys.claim, email_keys.claimed_at, email_keys.claimants, email_keys.claimed_by]


def test_the_key_of_the_old_server_keeps_its_name():
    assert email_keys.claim("a@example.com") == "email:a@example.com:userId"


@pytest.mark.parametrize("email", ["a@example.com", "}a{b%@example.com", "{}@example.com"])
def test_on_a_cluster_the_keys_of_an_email_share_a_slot_and_those_of_another_do_not(settings, email):
    settings.REDIS_ENDPOINT = replace(settings.REDIS_ENDPOINT, nodes=(("127.0.0.1", 1),))
    of_email = [name(email) for name in NAMES]
    assert len(set(of_email)) == len(NAMES)
    assert keys.share_a_server(*of_email)
    assert not keys.share_a_server(of_email[0], email_keys.claim("b@example.com"))
