"""Changes to the user registry. Each is one Write; `accounts.privacy.erasure` erases a user."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from accounts import writes
from accounts.calendar import valid_time_zone
from accounts.claims import Claim, claims_on
from accounts.models import Plan, UserProfile
from accounts.selectors import user_by_id
from redis_models import gateway
from redis_models.errors import Conflict, Invalid, NotFound, RedisUnavailable
from redis_models.health.clock import now_ms
from redis_models.operations.claims import Origin
from redis_models.operations.read import Read
from redis_models.operations.write import Outcome, Receipt, Write
from redis_models.schema import email_keys, keys
from redis_models.schema.codec import iso_from_ms
from redis_models.schema.identifiers import earlier_spelling, normal_email
from redis_models.schema.model import pairs
from redis_models.writer import submit

NAME_MAX_LENGTH = 200
TAKEN = "Email is already registered"


@dataclass(frozen=True, slots=True)
class Registered:
    """A registered user, and the receipt of the registration."""

    profile: UserProfile
    receipt: Receipt

    @property
    def is_pending(self) -> bool:
        """Return whether the registration is pending in the journal."""
        return self.receipt.is_pending


def register_user(
    *,
    user_id: str,
    email: str,
    name: str = "",
    plan: Plan | None = None,
    origin: Origin = Origin.OPERATOR,
    at: int | None = None,
) -> Registered:
    """Register the user. Registering again updates the name and keeps plan and joinedAt.

    `origin` says who vouches for the email. Pass `plan` only for callers that may choose it. Raises Invalid, Conflict
    if the email or the id belongs to another registration, JournalUnavailable.
    """
    address = normal_email(email)
    shown_name = valid_name(name or address.partition("@")[0])
    address = _own_spelling(address, user_id=user_id, origin=origin)
    moment = now_ms() if at is None else at
    of_user = {"user_id": user_id, "email": address, "name": shown_name, "plan": plan or ""}
    register = partial(writes.registration, **of_user, origin=origin, at=moment)
    receipt = submit_claiming(register, email=address)
    _refuse(receipt)
    found_name, found_plan, joined_at = receipt.reply or (shown_name, plan or Plan.FREE, iso_from_ms(moment))
    stored = {"id": user_id, "email": address, "name": found_name, "plan": found_plan, "joinedAt": joined_at}
    return Registered(profile=UserProfile.from_hash(stored), receipt=receipt)


def _own_spelling(email: str, *, user_id: str, origin: Origin) -> str:
    """Return the spelling under which the user may have the email; raises Conflict if another user has the other one.

    The user's own earlier spelling is renewed. It stays if Redis is away, or if somebody else has the present one.
    """
    if not earlier_spelling(email):
        return email
    try:
        claims = claims_on(email)
    except RedisUnavailable:
        return _known_spelling(email, user_id=user_id)
    if claims.are_in_the_way(email, user_id=user_id, origin=origin):
        raise Conflict(TAKEN)
    return renewed_spelling(claims.holder, email=email) if claims.holder.owner == user_id else email


def _known_spelling(email: str, *, user_id: str) -> str:
    """Return the spelling that the user's profile has, as far as this host knows it."""
    try:
        known = user_by_id(user_id=user_id).email
    except (NotFound, RedisUnavailable):
        return email
    return known if known == earlier_spelling(email) else email


def renewed_spelling(holder: Claim, *, email: str) -> str:
    """Give the holder the email in its present spelling, by the same origin; return the spelling that is stored now.

    Raises RedisUnavailable, NotFound.
    """
    if holder.email == email:
        return email
    try:
        _submit_email_change(user_by_id(user_id=holder.owner), email, origin=holder.origin, at=now_ms())
    except Conflict:
        return holder.email
    return email


def valid_name(name: object) -> str:
    """Return the name unchanged; raises Invalid."""
    if isinstance(name, str) and len(name) <= NAME_MAX_LENGTH and name.isprintable():
        return name
    raise Invalid(f"name must be a text of at most {NAME_MAX_LENGTH} printable characters.")


def submit_claiming(write: Callable[..., Write], *, email: str) -> Receipt:
    """Submit a write that claims the email.

    If an old claim without a profile is in the way, submit it again with `instead_of`, which takes that claim over.
    """
    receipt = submit(write())
    owner = _owner_without_profile(receipt, email=email)
    return submit(write(instead_of=owner)) if owner else receipt


def _owner_without_profile(receipt: Receipt, *, email: str) -> str:
    """Return the id of a user who claimed the email long ago and has no profile with it; else an empty text.

    This happens only on a cluster, where claim and profile are two writes and a process may die between them. The
    result is also empty if Redis does not answer.
    """
    if receipt.outcome is not Outcome.CONFLICT or receipt.reply[-1] != "old":
        return ""
    owner = receipt.reply[1]
    try:
        profile = gateway.read(Read(owner, "accounts.profile.1", (keys.profile(owner),)))
    except RedisUnavailable:
        return ""
    return "" if pairs(profile).get("email") == email else owner


def _refuse(receipt: Receipt) -> None:
    if receipt.reply in (("changed",), ("superseded",)):
        raise Conflict("The email was changed since; read the profile again")
    if receipt.outcome is Outcome.CONFLICT:
        raise Conflict(TAKEN)
    if receipt.outcome is Outcome.GONE:
        raise Conflict("The user was erased; register again")


def change_plan(*, user_id: str, plan: Plan, at: int | None = None) -> Receipt:
    """Set the user's plan; the latest decision wins. This also works before the user is registered."""
    return submit(writes.plan_change(user_id=user_id, plan=plan, at=now_ms() if at is None else at))


def change_profile(
    *, user_id: str, name: str = "", time_zone: str = "", seen: Mapping[str, str] | None = None, at: int | None = None
) -> Receipt:
    """Change the name or the time zone (IANA name); an empty text changes nothing. Raises Invalid, Conflict.

    `seen` is the stored profile as the caller last read it. If it has changed since, the outcome is CONFLICT.
    """
    checked_name = valid_name(name) if name else ""
    checked_zone = valid_time_zone(time_zone) if time_zone else ""
    moment = now_ms() if at is None else at
    receipt = submit(
        writes.profile_change(user_id=user_id, name=checked_name, time_zone=checked_zone, seen=seen, at=moment)
    )
    if receipt.outcome is Outcome.GONE:
        _refuse(receipt)
    return receipt


def change_email(*, profile: UserProfile, email: str, origin: Origin = Origin.NONE, at: int | None = None) -> Receipt:
    """Change the user's email: claim the new one, write the profile, release the old one.

    `origin` says who vouches for the new one. Raises Invalid, Conflict, RedisUnavailable.
    """
    address = normal_email(email)
    if earlier_spelling(address) and claims_on(address).are_in_the_way(address, user_id=profile.id, origin=origin):
        raise Conflict(TAKEN)
    return _submit_email_change(profile, address, origin=origin, at=now_ms() if at is None else at)


def _submit_email_change(profile: UserProfile, address: str, *, origin: Origin, at: int) -> Receipt:
    of_user = {"user_id": profile.id, "new": address, "old": profile.email}
    change = partial(writes.email_change, **of_user, origin=origin, at=at)
    receipt = submit_claiming(change, email=address)
    _refuse(receipt)
    if address != profile.email and not keys.share_a_server(email_keys.claim(address), email_keys.claim(profile.email)):
        submit(writes.email_release(user_id=profile.id, email=profile.email, at=at))
    return receipt


def want_email(*, profile: UserProfile, email: str) -> None:
    """Note the email, which is normalised, to which the user changes when a link that was sent there is opened.

    Raises Conflict if the user was erased, RedisUnavailable.
    """
    receipt = submit(writes.email_wanted(user_id=profile.id, email=email, at=now_ms()))
    if receipt.outcome is Outcome.GONE:
        _refuse(receipt)
