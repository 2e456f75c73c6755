"""Accounts on a real cluster, on which an email's claim and its owner's profile are on two primaries."""

import io
import json
from dataclasses import replace

import pytest

from accounts import selectors, services, writes
from accounts.credentials import service_keys, sessions
from accounts.errors import Refused
from accounts.privacy import erasure, imports
from accounts.privacy.export import export_lines
from redis_models import gateway
from redis_models.errors import Conflict, RedisUnavailable
from redis_models.health import clock
from redis_models.journal import journal
from redis_models.operations.claims import Origin
from redis_models.replay.drain import drain
from redis_models.schema import email_keys, keys
from redis_models.writer import submit
from tests.support.people import PASSWORD, TEXT, sign_up

ANN, NEW = "ann@example.com", "new@example.com"
MESSAGES = [{"id": "1", "role": "user", "content": TEXT, "timestamp": "2026-11-23T08:00:00.000Z"}]
HOUR_MS = 3_600_000


@pytest.fixture
def cluster(cluster_deployment, connect_to):
    """The cluster, to which this process is now connected."""
    connect_to(cluster_deployment.endpoint)
    return cluster_deployment


@pytest.fixture
def ann(cluster):
    """Ann, who has signed up and in; her claim and her profile are on different primaries."""
    person = sign_up(ANN, name="Ann")
    while cluster.primary_of(keys.profile(person.id)) is cluster.primary_of(email_keys.claim(ANN)):
        erasure.erase(user_id=person.id)
        drain()  # an erasure is a row, too
        person = sign_up(ANN, name="Ann")
    return person


def owner_of(cluster, email):
    return cluster.client.get(email_keys.claim(email))


def keys_of(cluster):
    return {key for node in cluster.nodes if node.role == "master" for key in node.client.keys("*")}


def test_a_user_can_sign_up_sign_in_refresh_and_change_the_password(cluster, ann):
    assert owner_of(cluster, ANN) == ann.id
    assert ann.client.get("/api/v1/users/me").json()["email"] == ANN
    again = sessions.refresh(refresh_token=ann.signed_in.refresh_token)
    assert again.is_rotated
    with pytest.raises(Refused):
        sessions.refresh(refresh_token=ann.signed_in.refresh_token)
    changed = sessions.change_password(
        profile=selectors.user_by_id(user_id=ann.id), current=PASSWORD, new="another staple entirely"
    )
    assert changed.session.user_id == ann.id
    with pytest.raises(Refused):
        sessions.sign_in(email=ANN, password=PASSWORD)


def test_signing_up_with_a_taken_email_reveals_nothing_and_changes_nothing(cluster, ann):
    before = keys_of(cluster)
    sessions.sign_up(email=ANN, password="another staple entirely")
    assert keys_of(cluster) == before
    assert sessions.sign_in(email=ANN, password=PASSWORD).session.user_id == ann.id


@pytest.mark.parametrize(("age_ms", "is_taken_over"), [(0, False), (HOUR_MS, True)])
def test_an_email_with_an_old_claim_without_a_profile_can_sign_up(cluster, age_ms, is_taken_over):
    claim = writes.email_claiming(user_id="user_lost", token="t1", email=ANN, at=clock.now_ms() - age_ms)
    gateway.apply(claim)  # by a process of another host that died before it wrote the profile
    sessions.sign_up(email=ANN, password=PASSWORD)
    assert (owner_of(cluster, ANN) != "user_lost") is is_taken_over


def test_a_changed_email_is_claimed_and_the_old_one_is_free(cluster, ann):
    assert services.change_email(profile=selectors.user_by_id(user_id=ann.id), email=NEW).outcome == "applied"
    assert (owner_of(cluster, NEW), owner_of(cluster, ANN)) == (ann.id, None)
    profile = selectors.user_by_id(user_id=ann.id)
    assert selectors.email_state(profile) == "unproven"
    services.change_email(profile=profile, email=NEW, origin=Origin.LINK)
    assert selectors.user_by_email(email=NEW).id == ann.id
    assert sessions.sign_in(email=NEW, password=PASSWORD).session.user_id == ann.id
    assert sign_up(ANN).id != ann.id


def test_an_email_of_release_0_1_0_is_found_and_renewed_in_its_steps(cluster, ann):
    earlier, present = "ann@bücher.example", "ann@xn--bcher-kva.example"
    of_ann = {"user_id": ann.id, "new": earlier, "old": ANN}
    submit(writes.email_change(**of_ann, origin=Origin.OPERATOR, at=clock.now_ms()))
    assert selectors.user_by_email(email=present).id == ann.id
    with pytest.raises(Conflict, match="already registered"):
        services.register_user(user_id="somebody", email=present)
    assert (owner_of(cluster, present), owner_of(cluster, earlier)) == (None, ann.id)
    assert sessions.sign_in(email=present, password=PASSWORD).session.user_id == ann.id
    assert (owner_of(cluster, present), owner_of(cluster, earlier)) == (ann.id, None)
    assert selectors.user_by_id(user_id=ann.id).email == present


def test_an_email_of_another_user_cannot_be_taken_and_a_refused_change_leaves_no_claim(cluster, ann):
    ben = sign_up("ben@example.com")
    profile = selectors.user_by_id(user_id=ann.id)
    with pytest.raises(Conflict, match="already registered"):
        services.change_email(profile=profile, email=ben.email)
    services.change_email(profile=profile, email=NEW)
    with pytest.raises(Conflict, match="changed since"):
        services.change_email(profile=profile, email="late@example.com")
    assert owner_of(cluster, ben.email) == ben.id
    assert (owner_of(cluster, NEW), owner_of(cluster, "late@example.com")) == (ann.id, None)


def test_an_old_registration_applied_again_keeps_the_changed_email_and_is_no_dead_letter(cluster, ann, keep):
    services.change_email(profile=selectors.user_by_id(user_id=ann.id), email=NEW)
    ben = sign_up(ANN)
    drain()  # Ben's claim is proven, and leaves the journal
    joined_ms = ann.signed_in.session.created_ms - 1
    for late_ms in (0, HOUR_MS // 60):
        keep(writes.registration(user_id=ann.id, email=ANN, name="Ann", plan="", at=joined_ms + late_ms))
    done = drain()
    assert (done.applied, done.dead_letters) == (2, 0)
    assert selectors.user_by_id(user_id=ann.id).email == NEW
    assert (owner_of(cluster, NEW), owner_of(cluster, ANN)) == (ann.id, ben.id)
    assert cluster.client.hget(keys.profile(ann.id), "email_conflict") is None


def test_a_change_of_the_email_that_lost_a_primary_midway_succeeds_when_repeated(cluster, ann):
    profile = selectors.user_by_id(user_id=ann.id)
    change = writes.email_change(user_id=ann.id, new=NEW, old=ANN, at=clock.now_ms())
    assert submit(replace(change.before, deferrable=False)).outcome == "applied"
    assert services.change_email(profile=profile, email=NEW).outcome == "applied"
    assert (owner_of(cluster, NEW), owner_of(cluster, ANN)) == (ann.id, None)


def test_signing_up_and_changing_an_email_need_both_primaries(cluster, ann):
    profile = selectors.user_by_id(user_id=ann.id)
    other = next(
        f"n{number}@example.com"
        for number in range(100)
        if cluster.primary_of(email_keys.claim(f"n{number}@example.com"))
        is not cluster.primary_of(keys.profile(ann.id))
    )
    cluster.kill_primary(email_keys.claim(other))
    with pytest.raises(RedisUnavailable):
        services.change_email(profile=profile, email=other)
    with pytest.raises(RedisUnavailable):
        sessions.sign_up(email=other, password=PASSWORD)
    assert journal().admin.status().pending == 0
    assert selectors.user_by_id(user_id=ann.id).email == ANN


def test_service_keys_belong_to_no_user_and_are_applied_again(cluster):
    drain()
    _, made = service_keys.create(name="billing")
    service_keys.revoke(key_id=made.id)
    cluster.client.delete(keys.SERVICE_KEYS)
    done = drain()
    assert (done.applied, done.fenced, done.stopped_by) == (2, 2, "")
    assert service_keys.service_keys()[0].revoked_at


def test_exported_data_are_the_same_after_erasure_and_import(cluster, ann):
    assert ann.client.post("/api/chat/save", {"messages": MESSAGES, "chatId": "c1"}, format="json").status_code == 200
    ann.client.get("/api/dashboard")
    drain()
    document = b"".join(export_lines(user_id=ann.id))
    receipt = erasure.erase(user_id=ann.id)
    assert (receipt.keys_left, receipt.conversations) == ((), 1)
    assert keys.profile(ann.id) in receipt.erasing.removed_keys
    assert {key for key in keys_of(cluster) if ann.id in key} == {keys.erased(ann.id)}
    assert owner_of(cluster, ANN) is None
    imports.import_document(io.BytesIO(document), user_id=ann.id, left_out=frozenset())
    entries = [json.loads(each)["entries"] for each in (document, b"".join(export_lines(user_id=ann.id)))]
    (profile,) = (each["value"] for each in entries[0] if each["name"] == "profile")
    assert profile.pop("plan") == "free", "no import brings a plan"
    assert entries[0] == entries[1]
    assert imports.import_document(io.BytesIO(document), user_id=ann.id, left_out=frozenset()).added == 0
