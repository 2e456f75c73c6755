"""Emails whose domain has letters beyond ASCII: one email in any spelling, and data of release 0.1.0 stays found."""

import pytest

from accounts import writes
from accounts.claims import claim_on
from accounts.credentials import sessions
from accounts.credentials.passwords import make_password
from accounts.errors import Refused
from accounts.selectors import user, user_by_email, user_by_id
from accounts.services import change_email, register_user
from redis_models.errors import Conflict, RedisUnavailable
from redis_models.health.clock import now_ms
from redis_models.replay.drain import drain
from redis_models.schema.identifiers import earlier_spelling, normal_email
from redis_models.writer import submit
from tests.support.people import PASSWORD

PRESENT, EARLIER = "ann@xn--bcher-kva.example", "ann@bücher.example"
SPELLINGS = [PRESENT, EARLIER, "Ann@BÜCHER.example", "ann@bu\u0308cher.example", "ann@XN--BCHER-KVA.example"]
HOUR_MS = 3_600_000


def registered_by_0_1_0(user_id, email=EARLIER, *, at=None):
    submit(writes.registration(user_id=user_id, email=email, name="Ann", plan="", at=at or now_ms()))


def signed_up_by_0_1_0(user_id, email=EARLIER, *, at=None):
    of_user = {"user_id": user_id, "email": email, "name": "Ann", "encoded": make_password(PASSWORD)}
    submit(writes.sign_up(**of_user, at=at or now_ms()))


def holder():
    """Return who has the email, and under which spelling."""
    claim = claim_on(PRESENT)
    return claim.owner, claim.email


def claims(valkey):
    keys = valkey.client.keys("email:*:userId")
    return {key.split(":")[1].strip("{}"): valkey.client.get(key) for key in keys}


@pytest.fixture
def two_accounts(valkey):
    """Register the users `old` and `new` under these spellings, an hour apart."""

    def register(first, second):
        now = now_ms()
        registered_by_0_1_0("old", first, at=now - HOUR_MS)
        registered_by_0_1_0("new", second, at=now)

    return register


@pytest.mark.parametrize("typed", SPELLINGS)
def test_an_email_is_one_in_any_spelling(typed):
    assert normal_email(typed) == PRESENT


@pytest.mark.parametrize(
    ("typed", "normal"),
    [
        ("a@straße.example", "a@xn--strae-oqa.example"),
        ("a@日本語.example", "a@xn--wgv71a119e.example"),
        ("ü@example.com", None),
        ("a@☃.example", "a@☃.example"),
        ("a@xn--zzz999999.example", "a@xn--zzz999999.example"),
        ("a@ab--c.example", "a@ab--c.example"),
        ("a@xn--ls8h.example", "a@xn--ls8h.example"),
        ("a" * 220 + "@" + "ü" * 20 + ".example", None),
    ],
)
def test_only_the_domain_is_spelled_by_idna_and_only_if_idna_allows_it(typed, normal):
    try:
        assert normal_email(typed) == normal
    except ValueError:
        assert normal is None


@pytest.mark.parametrize(
    ("email", "earlier"),
    [
        (PRESENT, EARLIER),
        ("a@xn--strae-oqa.example", "a@straße.example"),
        ("a@example.com", ""),
        ("xn--a@example.com", ""),
        ("a@xn--zzz999999.example", ""),
        ("a@xn--ls8h.example", ""),
    ],
)
def test_an_email_knows_its_earlier_spelling(email, earlier):
    assert earlier_spelling(email) == earlier


@pytest.mark.parametrize("typed", SPELLINGS)
def test_two_people_cannot_register_one_email_in_two_spellings(valkey, typed):
    register_user(user_id="u1", email=EARLIER)
    with pytest.raises(Conflict, match="already registered"):
        register_user(user_id="u2", email=typed)
    assert user_by_email(email=typed).id == "u1"
    assert claims(valkey) == {PRESENT: "u1"}


@pytest.mark.parametrize("typed", SPELLINGS)
def test_an_email_of_release_0_1_0_is_found_in_any_spelling(valkey, typed):
    registered_by_0_1_0("u1")
    assert user_by_email(email=typed).id == user(email_or_id=typed).id == "u1"
    assert holder() == ("u1", EARLIER)
    with pytest.raises(Conflict, match="already registered"):
        register_user(user_id="u2", email=typed)
    assert claims(valkey) == {EARLIER: "u1"}


@pytest.mark.parametrize("typed", SPELLINGS)
def test_registering_again_renews_the_spelling(valkey, typed):
    registered_by_0_1_0("u1")
    again = register_user(user_id="u1", email=typed, name="Anna").profile
    assert (again.email, again.name) == (PRESENT, "Anna")
    assert user_by_id(user_id="u1").email == PRESENT
    assert claims(valkey) == {PRESENT: "u1"}


@pytest.mark.parametrize("typed", SPELLINGS)
def test_signing_in_renews_the_spelling(valkey, typed):
    signed_up_by_0_1_0("u1")
    with pytest.raises(Refused):
        sessions.sign_in(email=typed, password="another staple")
    assert claims(valkey) == {EARLIER: "u1"}
    for _ in range(2):
        assert sessions.sign_in(email=typed, password=PASSWORD).session.user_id == "u1"
        assert claims(valkey) == {PRESENT: "u1"}


def test_signing_up_with_an_email_of_release_0_1_0_changes_nothing(valkey):
    signed_up_by_0_1_0("u1")
    before = {key: valkey.client.dump(key) for key in valkey.data_keys()}
    sessions.sign_up(email=PRESENT, password="another staple")
    assert {key: valkey.client.dump(key) for key in valkey.data_keys()} == before


def test_an_email_of_release_0_1_0_cannot_be_taken_by_a_change(valkey):
    registered_by_0_1_0("u1")
    ben = register_user(user_id="u2", email="ben@example.com").profile
    with pytest.raises(Conflict, match="already registered"):
        change_email(profile=ben, email=PRESENT)
    change_email(profile=user_by_id(user_id="u1"), email=PRESENT)
    assert claims(valkey) == {PRESENT: "u1", "ben@example.com": "u2"}
    change_email(profile=user_by_id(user_id="u1"), email="ann@example.com")
    change_email(profile=ben, email=EARLIER)
    assert claims(valkey) == {"ann@example.com": "u1", PRESENT: "u2"}


@pytest.mark.parametrize(("first", "second"), [(EARLIER, PRESENT), (PRESENT, EARLIER)])
def test_of_two_accounts_with_one_email_the_older_has_it(valkey, two_accounts, first, second):
    two_accounts(first, second)
    before = claims(valkey)
    for typed in SPELLINGS:
        assert user_by_email(email=typed).id == "old"
        with pytest.raises(Conflict, match="already registered"):
            register_user(user_id="u3", email=typed)
    assert register_user(user_id="old", email=PRESENT, name="Anna").profile.name == "Anna"
    assert user_by_id(user_id="new").email == second, "the younger account stays"
    assert claims(valkey) == before


def test_the_younger_account_of_two_may_not_register_the_email_again_if_it_has_the_present_spelling(
    valkey, two_accounts
):
    two_accounts(EARLIER, PRESENT)
    with pytest.raises(Conflict, match="already registered"):
        register_user(user_id="new", email=PRESENT)


def test_the_older_account_has_the_email_again_once_the_younger_one_gives_it_up(valkey, two_accounts):
    two_accounts(EARLIER, PRESENT)
    change_email(profile=user_by_id(user_id="new"), email="new@example.com")
    register_user(user_id="old", email=PRESENT)
    assert claims(valkey) == {PRESENT: "old", "new@example.com": "new"}


def test_a_claim_without_its_profile_is_nobodys(valkey):
    valkey.client.set(f"email:{EARLIER}:userId", "u9")
    assert holder() == ("", PRESENT)
    register_user(user_id="u1", email=PRESENT)
    assert holder() == ("u1", PRESENT)
    registered_by_0_1_0("u2", at=now_ms() - HOUR_MS)
    valkey.client.set(f"email:{EARLIER}:userId", "u2")
    valkey.client.hset("user:u2:profile", mapping={"email": EARLIER, "id": "u2", "joinedAt": "2020"})
    valkey.client.hset("user:u1:profile", "email", "other@example.com")
    assert holder() == ("u2", EARLIER)


def test_a_registration_of_release_0_1_0_that_runs_late_does_not_bring_the_earlier_spelling_back(valkey):
    at = now_ms() - HOUR_MS
    registered_by_0_1_0("u1", at=at)
    register_user(user_id="u1", email=PRESENT)
    late = writes.registration(user_id="u1", email=EARLIER, name="Ann", plan="", at=at)
    submit(late)
    assert claims(valkey) == {PRESENT: "u1"}
    assert user_by_id(user_id="u1").email == PRESENT


def test_in_an_outage_an_email_of_release_0_1_0_is_registered_again_as_it_is_stored(valkey):
    registered_by_0_1_0("u1")
    user_by_id(user_id="u1")
    drain()
    valkey.stop()
    assert register_user(user_id="u1", email=PRESENT).is_pending
    assert register_user(user_id="u2", email="ben@bücher.example").profile.email == "ben@xn--bcher-kva.example"
    assert user_by_email(email=EARLIER).id == "u1"
    with pytest.raises(RedisUnavailable):
        user_by_email(email="nobody@bücher.example")


def test_a_spelling_that_cannot_be_renewed_now_does_not_keep_anybody_out(valkey, monkeypatch):
    signed_up_by_0_1_0("u1")

    def refuse(**_):
        raise RedisUnavailable("away")

    monkeypatch.setattr(writes, "email_change", refuse)
    assert sessions.sign_in(email=PRESENT, password=PASSWORD)
    assert claims(valkey) == {EARLIER: "u1"}


def test_the_contract_answers_with_the_spelling_of_mail_servers(valkey, trusted):
    answer = trusted.post("/api/auth/register-user", {"userId": "u1", "email": EARLIER}, format="json").json()["user"]
    assert (answer["email"], answer["name"]) == (PRESENT, "ann")
    for typed in SPELLINGS:
        assert trusted.get("/api/user/plan", {"email": typed}).json() == {"plan": "free", "found": True}
    assert trusted.get("/api/user/plan", {"email": "ben@bücher.example"}).json()["found"] is False
