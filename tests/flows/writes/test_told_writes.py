"""Whatever somebody was told of is a row of the journal, and is applied again if the server lost it."""

import io
import re

import pytest
from django.conf import settings

from accounts import selectors, services
from accounts.credentials import service_keys, sessions, tokens
from accounts.errors import Refused
from accounts.privacy import imports
from accounts.privacy.export import export_lines
from chat.models import Message
from chat.services import save_conversation
from dashboard.services import delete_user_stats
from redis_models.replay.drain import drain
from redis_models.schema import erasure_keys, keys
from tests.flows.writes.test_commutation import revoked, state_of
from tests.redis_models import journal_file
from tests.support.people import PASSWORD, TEXT, sign_up

MACHINERY = {"aira:database", "aira:fence", "aira:probe"}
MESSAGE = Message("1", "user", TEXT, "2026-11-23T08:00:00.000Z")
NEW_PASSWORD = "another staple entirely"


def profile_of(ann):
    return selectors.user_by_id(user_id=ann.id)


def refresh_twice(ann):
    """Refresh, and lose the session because its old token is used again."""
    sessions.refresh(refresh_token=ann.signed_in.refresh_token)
    with pytest.raises(Refused):
        sessions.refresh(refresh_token=ann.signed_in.refresh_token)


def make_and_revoke_keys(_ann):
    _, first = service_keys.create(name="first")
    service_keys.create(name="second")
    service_keys.revoke(key_id=first.id)


def import_a_document(ann):
    save_conversation(user_id=ann.id, messages=[MESSAGE], conversation_id="c1")
    document = io.BytesIO(b"".join(export_lines(user_id=ann.id)))
    ben = sign_up("ben@example.com")
    assert imports.import_document(document, user_id=ben.id).added > 0


TOLD = {
    "sign-up": lambda _: sessions.sign_up(email="ben@example.com", password=PASSWORD),
    "sign-in": lambda ann: sessions.sign_in(email=ann.email, password=PASSWORD),
    "refresh": lambda ann: sessions.refresh(refresh_token=ann.signed_in.refresh_token),
    "a session that a token used twice has ended": refresh_twice,
    "confirmation": lambda ann: sessions.confirm(ann.signed_in.session, password=PASSWORD),
    "sign-out": lambda ann: sessions.sign_out(ann.signed_in.session),
    "sign-out of all sessions": lambda ann: sessions.sign_out_everywhere(user_id=ann.id),
    "password": lambda ann: sessions.change_password(profile=profile_of(ann), current=PASSWORD, new=NEW_PASSWORD),
    "email": lambda ann: services.change_email(profile=profile_of(ann), email="new@example.com"),
    "service keys": make_and_revoke_keys,
    "deletion of the stats": lambda ann: delete_user_stats(user_id=ann.id),
    "import": import_a_document,
}


@pytest.fixture
def ann(valkey):
    return sign_up("ann@example.com")


def stored(client):
    """Return what is stored, without the sizes that an import has measured: the next write derives them again."""
    found = {key: value for key, value in state_of(client).items() if key not in MACHINERY}
    return {key: without_sizes(value) if isinstance(value, dict) else value for key, value in found.items()}


def without_sizes(fields):
    return {name: re.sub(r',"bytes":\d+', "", text) for name, text in fields.items() if name not in imports.SIZES}


@pytest.mark.parametrize("told", TOLD)
def test_what_somebody_was_told_is_back_after_the_server_has_lost_it(told, ann, valkey, status):
    drain()  # now the server alone has what was there before
    before = stored(valkey.client)
    TOLD[told](ann)
    after, told_to_all = stored(valkey.client), revoked(valkey.client)
    assert after != before
    for key in (*after.keys(), *before.keys(), *erasure_keys.revoked()):
        valkey.client.delete(key)
    for key, value in before.items():
        restore(valkey.client, key, value)
    assert stored(valkey.client) == before
    done = drain()
    assert (stored(valkey.client), revoked(valkey.client)) == (after, told_to_all)
    assert done.applied == done.fenced > 0
    assert (done.dead_letters, status().applied, status().in_flight) == (0, 0, 0)


def restore(client, key, value):
    """Write the value of a key as `state_of` returns it."""
    match value:
        case dict():
            client.hset(key, mapping=value)
        case str():
            client.set(key, value)
        case list() if isinstance(value[0], tuple):
            client.zadd(key, dict(value))
        case list():
            client.rpush(key, *value)


def test_a_refresh_that_is_sent_again_leaves_one_row_so_its_first_token_stays_valid(ann, valkey):
    refresh = {"refresh_token": ann.signed_in.refresh_token, "request_key": "k1"}
    once, again = sessions.refresh(**refresh), sessions.refresh(**refresh)
    assert once.refresh_token == again.refresh_token
    valkey.client.delete(keys.sessions(ann.id))
    drain()
    assert sessions.refresh(refresh_token=once.refresh_token).is_rotated


def test_no_digest_is_left_in_the_journal_once_its_rows_are_gone(ann, valkey):
    sessions.refresh(refresh_token=ann.signed_in.refresh_token)
    key, _ = service_keys.create(name="first")
    digests = [service_keys.digest_of(key), tokens.refresh_token_from(ann.signed_in.refresh_token).digest, "argon2"]
    assert all(found in str(rows_and_snapshots()) for found in digests)
    drain()
    assert "ann@example.com" in str(rows_and_snapshots())
    assert not any(found in str(rows_and_snapshots()) for found in digests)


def rows_and_snapshots():
    with journal_file.opened(settings.AIRA_DATA_DIR) as file:
        return file.execute("SELECT body FROM rows UNION ALL SELECT body FROM snapshots").fetchall()
