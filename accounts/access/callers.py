"""The caller of a request, and the users it may act for. Nothing else decides this."""

from dataclasses import dataclass

from rest_framework.exceptions import NotAuthenticated, NotFound, PermissionDenied
from rest_framework.request import Request

from accounts.credentials.tokens import Session
from api.request_notes import note_user
from api.requests.content import named_user
from redis_models.errors import Invalid
from redis_models.operations.claims import Origin
from redis_models.schema.identifiers import normal_email, valid_id


@dataclass(frozen=True, slots=True)
class Caller:
    """A caller whose credential was verified, or any caller in trusted mode (`is_trusted`).

    `user_id` is empty for a service key and for a trusted caller. `session` is set if the credential is one of our
    access tokens. Of another provider's token, `subject` is the provider's name of the user, `email` is the email it
    vouches for (or empty), and `signed_in_ms` when the user last proved to it who they are (0 if it does not say).
    """

    user_id: str = ""
    is_service: bool = False
    is_trusted: bool = False
    session: Session | None = None
    email: str = ""
    signed_in_ms: int = 0
    subject: str = ""

    @property
    def is_authenticated(self) -> bool:
        """Return whether a credential was verified (the name is DRF's)."""
        return self.is_service or bool(self.user_id)

    @property
    def may_name_users(self) -> bool:
        """Return whether the caller may act for any user it names."""
        return self.is_service or self.is_trusted


def caller(request: Request) -> Caller:
    """Return the request's caller; raises NotAuthenticated if there is none."""
    if not isinstance(request.user, Caller):
        raise NotAuthenticated
    return request.user


def require_own(request: Request) -> None:
    """Raise NotFound if the request names a user whom the caller may not act for, Invalid if it names two users.

    A user of another provider may also be named as the provider does.
    """
    known, named = caller(request), named_user(request)
    if named and not known.may_name_users and named not in (known.user_id, known.subject):
        raise NotFound


def acting_user(request: Request, *, missing: str = "User ID is required") -> str:
    """Return the id of the user the request is about: the one it names, or else the caller's own.

    A request names a user by `userId` in the query or the body, or by the header x-user-id. Raises NotAuthenticated,
    NotFound if the caller may not act for that user, and Invalid if the request names two users, or with `missing` if
    the caller is not a user and names none.
    """
    require_own(request)
    user_id = caller(request).user_id or named_user(request)
    if not user_id:
        raise Invalid(missing)
    checked_id = valid_id(user_id)
    note_user(request, checked_id)
    return checked_id


def require_vouched_email(request: Request, email: object) -> None:
    """Raise PermissionDenied if another provider vouches for the caller with an email other than this one."""
    vouched = caller(request).email
    if vouched and vouched != normal_email(email):
        raise PermissionDenied("Only the email of your own identity can be registered")


def origin_of_email(request: Request) -> Origin:
    """Return who vouches that the email in the request is the user's."""
    known = caller(request)
    if known.may_name_users:
        return Origin.OPERATOR
    return Origin.PROVIDER if known.email else Origin.NONE


def own_session(request: Request) -> Session:
    """Return the caller's session; raises PermissionDenied if the credential does not belong to one of ours."""
    session = caller(request).session
    if session is None:
        raise PermissionDenied("Only a user who signed in here can do this")
    return session


def provider_user(request: Request) -> str:
    """Return the id of the user whom another provider vouches for; raises PermissionDenied for any other caller."""
    known = caller(request)
    if not known.user_id or known.session:
        raise PermissionDenied("Only a user who signed in with another provider can do this")
    return known.user_id


def require_service(request: Request) -> None:
    """Raise PermissionDenied for any caller without a service key."""
    if not caller(request).is_service:
        raise PermissionDenied("Only a service key may do this")
