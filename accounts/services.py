"""Changes to the user registry. Each is one Write; `accounts.privacy.erasure` erases a user."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from accounts import writes
from accounts.calendar import valid_time_zone
from accounts.models import Plan, UserProfile
from redis_models import gateway
from redis_models.errors import Conflict, Invalid, RedisUnavailable
from redis_models.health.clock import now_ms
from redis_models.operations.read import Read
from redis_models.operations.write import Outcome, Receipt, Write
from redis_models.schema import keys
from redis_models.schema.codec import iso_from_ms
from redis_models.schema.identifiers import normal_email
from redis_models.schema.model import pairs
from redis_models.writer import submit

NAME_MAX_LENGTH = 200


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
    *, user_id: str, email: str, name: str = "", plan: Plan | None = None, at: int | None = None
) -> Registered:
    """Register the user. Registering again updates the name and keeps plan and joinedAt.

    Pass `plan` only for callers that may choose it. Raises Invalid, Conflict if the email or the id belongs to another
    registration, JournalUnavailable.
    """
    address = normal_email(email)
    shown_name = valid_name(name or address.partition("@")[0])
    moment = now_ms() if at is None else at
    register = partial(writes.registration, user_id=user_id, email=address, name=shown_name, plan=plan or "", at=moment)
    receipt = submit_claiming(register, email=address)
    _refuse(receipt)
    found_name, found_plan, joined_at = receipt.reply or (shown_name, plan or Plan.FREE, iso_from_ms(moment))
    stored = {"id": user_id, "email": address, "name": found_name, "plan": found_plan, "joinedAt": joined_at}
    return Registered(profile=UserProfile.from_hash(stored), receipt=receipt)


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
        raise Conflict("Email is already registered")
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


def change_email(*, profile: UserProfile, email: str, at: int | None = None) -> Receipt:
    """Change the user's email: claim the new one, write the profile, release the old one.

    Raises Invalid, Conflict, RedisUnavailable.
    """
    address = normal_email(email)
    moment = now_ms() if at is None else at
    change = partial(writes.email_change, user_id=profile.id, new=address, old=profile.email, at=moment)
    receipt = submit_claiming(change, email=address)
    _refuse(receipt)
    if address != profile.email and not keys.share_a_server(keys.email_claim(address), keys.email_claim(profile.email)):
        submit(writes.email_release(user_id=profile.id, email=profile.email, at=moment))
    return receipt
