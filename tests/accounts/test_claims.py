"""Who has an email that two people claimed, one under each spelling: the claim that the other gives way to, else the
older account's."""

import io
import itertools

import pytest
from rest_framework.test import APIClient

from accounts import services, writes
from accounts.claims import Claim, claim_on, owner_of, spelling_of
from accounts.credentials import sessions
from accounts.credentials.passwords import make_password
from accounts.errors import Refused
from accounts.mail import waiting
from accounts.mail.links import digest_of
from accounts.mail.waiting import Kind, Mail
from accounts.privacy import imports
from accounts.privacy.export import export_lines
from accounts.selectors import email_state, user_by_email, user_by_id
from redis_models.errors import Conflict, NotFound
from redis_models.health.clock import now_ms
from redis_models.operations.claims import PROVEN, Origin, gives_way
from redis_models.replay.drain import drain
from redis_models.schema import email_keys
from redis_models.writer import submit
from tests.support.commands import counted
from tests.support.mail.pages import delivered, press
from tests.support.people import PASSWORD, client_with

PRESENT, EARLIER = "jo@xn--mller-kva.example", "jo@müller.example"
HOUR_MS = 3_600_000
NEW = "another staple entirely"
NONE, OPERATOR, PROVIDER, LINK = Origin


def claimed(user_id, spelling, origin=OPERATOR, *, hours_ago=0):
    """Claim exactly this spelling, as a release did that did not know the other one."""
    at = now_ms() - hours_ago * HOUR_MS
    submit(writes.registration(user_id=user_id, email=spelling, name="Jo", plan="", origin=origin, at=at))


def with_password(user_id, password=PASSWORD):
    submit(writes.password_change(user_id=user_id, encoded=make_password(password), at=now_ms()))


def signed_in_as(password, email=EARLIER):
    return sessions.sign_in(email=email, password=password).session.user_id


def state_of(user_id):
    return email_state(user_by_id(user_id=user_id))


def mailed(user_id, kind):
    """Send the user a link, and return the mail."""
    submit(waiting.asking(Mail(user_id, kind, digest_of(PRESENT), now_ms())))
    return delivered()[-1]


EVERY_CASE = list(itertools.product(Origin, Origin, [True, False]))


@pytest.mark.parametrize(("present", "earlier", "is_earlier_older"), EVERY_CASE)
def test_the_claim_that_the_other_gives_way_to_counts_else_that_of_the_older_account(
    valkey, present, earlier, is_earlier_older
):
    claimed("p", PRESENT, present, hours_ago=1)
    claimed("e", EARLIER, earlier, hours_ago=2 * is_earlier_older)
    if gives_way(present, earlier) or gives_way(earlier, present):
        holder = "e" if gives_way(present, earlier) else "p"
    else:
        holder = "e" if is_earlier_older else "p"
    other, origin = ("p", earlier) if holder == "e" else ("e", present)
    spelling = EARLIER if holder == "e" else PRESENT
    assert claim_on(PRESENT) == Claim(spelling, holder, origin, (other,))
    assert spelling_of(PRESENT) == spelling
    assert (state_of(holder), state_of(other)) == ("proven" if origin in PROVEN else "unproven", "lost")
    if origin in PROVEN:
        assert {user_by_email(email=typed).id for typed in (PRESENT, EARLIER)} == {holder}
    else:
        with pytest.raises(NotFound):
            user_by_email(email=EARLIER)


@pytest.mark.parametrize("origin", Origin)
def test_a_third_person_gets_the_email_only_if_both_claims_give_way(valkey, origin):
    claimed("p", PRESENT, NONE, hours_ago=1)
    claimed("e", EARLIER, OPERATOR)
    third = services.register_user(user_id="third", email="third@example.com").profile
    if origin is LINK:
        services.change_email(profile=third, email=EARLIER, origin=origin)
        assert claim_on(PRESENT) == Claim(PRESENT, "third", LINK, ("e", "p"))
        assert [state_of(each) for each in ("third", "e", "p")] == ["proven", "lost", "lost"]
    else:
        with pytest.raises(Conflict, match="already registered"):
            services.change_email(profile=third, email=EARLIER, origin=origin)
        with pytest.raises(Conflict, match="already registered"):
            services.register_user(user_id="fourth", email=PRESENT, origin=origin)
        assert (claim_on(PRESENT).owner, owner_of(PRESENT)) == ("e", "p")


def test_an_operators_claim_keeps_a_third_person_away_from_an_earlier_one_that_counts_less(valkey):
    claimed("p", PRESENT, NONE)
    claimed("e", EARLIER, NONE, hours_ago=1)
    assert claim_on(PRESENT).owner == "e"
    assert services.register_user(user_id="third", email=PRESENT).profile.email == PRESENT
    assert claim_on(PRESENT) == Claim(PRESENT, "third", OPERATOR, ("e", "p"))


def test_each_of_them_signs_in_with_the_own_password_and_only_the_holder_is_renewed(valkey):
    claimed("p", PRESENT, hours_ago=1)
    claimed("e", EARLIER)
    with_password("p", "the password of p")
    with_password("e", "the password of e")
    assert signed_in_as("the password of p") == "p"
    assert signed_in_as("the password of e") == "e"
    with pytest.raises(Refused):
        signed_in_as("the password of nobody")
    assert (owner_of(PRESENT), owner_of(EARLIER)) == ("p", "e")
    services.change_email(profile=user_by_id(user_id="e"), email="e@example.com")
    with pytest.raises(Refused):
        signed_in_as("the password of e")
    assert (owner_of(PRESENT), owner_of(EARLIER), state_of("p")) == ("p", None, "proven")


def test_a_renewed_spelling_keeps_its_origin(valkey):
    claimed("e", EARLIER)
    with_password("e")
    valkey.client.delete(email_keys.claimants(EARLIER))
    assert signed_in_as(PASSWORD) == "e"
    assert claim_on(PRESENT) == Claim(PRESENT, "e", OPERATOR)
    assert (state_of("e"), user_by_email(email=PRESENT).id) == ("proven", "e")
    assert owner_of(EARLIER) is None
    assert drain().dead_letters == 0
    assert claim_on(PRESENT) == Claim(PRESENT, "e", OPERATOR)


def test_a_renewed_spelling_takes_the_email_from_whoever_nobody_vouched_for(valkey):
    claimed("p", PRESENT, NONE, hours_ago=1)
    claimed("e", EARLIER)
    with_password("p", "the password of p")
    with_password("e")
    assert signed_in_as(PASSWORD, PRESENT) == "e"
    assert claim_on(PRESENT) == Claim(PRESENT, "e", OPERATOR, ("p",))
    assert (owner_of(EARLIER), signed_in_as("the password of p")) == (None, "p")


def test_nobody_signs_up_beside_an_earlier_spelling_and_its_owner_is_told(valkey):
    claimed("e", EARLIER)
    assert sessions.sign_up(email=PRESENT, password=PASSWORD) != "e"
    assert (owner_of(PRESENT), claim_on(PRESENT)) == (None, Claim(EARLIER, "e", OPERATOR))
    assert mailed("e", Kind.KNOWN).to == [PRESENT]


def test_a_forgotten_password_is_replaced_and_the_spelling_renewed(valkey):
    claimed("e", EARLIER)
    assert press(mailed("e", Kind.PASSWORD).body, password=NEW).status_code == 200
    assert signed_in_as(NEW) == "e"
    assert claim_on(PRESENT) == Claim(PRESENT, "e", LINK)
    assert owner_of(EARLIER) is None


@pytest.mark.parametrize(("user_id", "other"), [("p", "e"), ("e", "p")])
def test_a_link_from_the_mailbox_gives_the_email_to_the_younger_account_too(valkey, user_id, other):
    claimed("p", PRESENT, hours_ago=user_id == "e")
    claimed("e", EARLIER, hours_ago=user_id == "p")
    assert claim_on(PRESENT).owner == other
    assert press(mailed(user_id, Kind.PROOF).body).status_code == 200
    assert (claim_on(PRESENT).owner, claim_on(PRESENT).origin) == (user_id, LINK)
    assert (state_of(user_id), state_of(other)) == ("proven", "lost")
    assert user_by_id(user_id=user_id).email == PRESENT


def test_a_link_for_a_password_is_not_sent_to_whom_the_email_does_not_belong_any_more(valkey):
    claimed("p", PRESENT, hours_ago=1)
    claimed("e", EARLIER)
    assert mailed("p", Kind.PASSWORD).to == [PRESENT]
    submit(waiting.asking(Mail("e", Kind.PASSWORD, digest_of(PRESENT), now_ms())))
    assert len(delivered()) == 1


def test_an_import_does_not_claim_an_email_that_somebody_has_under_the_other_spelling(valkey):
    claimed("e", EARLIER)
    document = b"".join(export_lines(user_id="e"))
    services.change_email(profile=user_by_id(user_id="e"), email="e@example.com")
    services.register_user(user_id="p", email=PRESENT)
    imports.import_document(io.BytesIO(document), user_id="u9", left_out=frozenset())
    assert (owner_of(EARLIER), claim_on(PRESENT).owner) == (None, "p")
    assert valkey.client.hget("user:u9:profile", "email_conflict") == EARLIER


def test_users_find_their_own_plan_in_any_spelling(valkey, service):
    claimed("e", EARLIER)
    with_password("e")
    opened = sessions.open_session("e", at=now_ms())
    for typed in (PRESENT, EARLIER):
        found = client_with(opened.access_token).get("/api/user/plan", {"email": typed}).json()
        assert found == {"plan": "free", "found": True}
        assert service.get("/api/user/plan", {"email": typed}).json() == found


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/api/v1/session", {"password": "a wrong password"}),
        ("/api/v1/session/sign-up", {"password": PASSWORD}),
        ("/api/v1/session/forgotten", {}),
    ],
)
def test_nobody_learns_whether_such_an_email_has_an_account_by_the_commands(valkey, path, body):
    claimed("e", EARLIER)
    claimed("p", "ben@xn--mller-kva.example")
    claimed("both", "eve@müller.example")
    claimed("too", "eve@xn--mller-kva.example", NONE)
    asked = {}
    for name in ("first", "jo", "ben", "eve", "nobody"):
        with counted(valkey) as commands:
            answer = APIClient().post(path, {"email": f"{name}@müller.example"} | body, format="json")
        asked[name] = (answer.status_code, answer.content, list(commands))
    assert asked["jo"] == asked["ben"] == asked["eve"] == asked["nobody"]
