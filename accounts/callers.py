"""Who calls, and whom the caller may act for: the one place that decides it."""

from dataclasses import dataclass

from rest_framework.exceptions import NotAuthenticated, NotFound, PermissionDenied
from rest_framework.request import Request

from api.requests import named_user
from redis_models.errors import Invalid
from redis_models.keys import valid_id


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody whose credential was verified (`is_service`), or anybody in trusted mode (`is_trusted`)."""

    is_service: bool = False
    is_trusted: bool = False

    @property
    def is_authenticated(self) -> bool:
        """Return whether a credential was verified (the name is DRF's)."""
        return self.is_service

    @property
    def may_name_users(self) -> bool:
        """Return whether the caller may act for any user it names."""
        return self.is_service or self.is_trusted


def caller(request: Request) -> Caller:
    """Return the request's caller; raises NotAuthenticated where there is none."""
    if not isinstance(request.user, Caller):
        raise NotAuthenticated
    return request.user


def require_own(request: Request) -> None:
    """Raise NotFound where the request names a user whom the caller may not act for: somebody else does not exist."""
    if not caller(request).may_name_users:
        raise NotFound


def acting_user(request: Request, *, missing: str = "User ID is required") -> str:
    """Return the id of the user the request is about: `userId` in the query or the body, or the header x-user-id.

    Raises NotAuthenticated, NotFound (somebody else does not exist), and Invalid with `missing` where no user is named.
    """
    require_own(request)
    named = named_user(request)
    if not named:
        raise Invalid(missing)
    return valid_id(named)


def require_service(request: Request) -> None:
    """Raise PermissionDenied for any caller without a service key."""
    if not caller(request).is_service:
        raise PermissionDenied("Only a service key may do this")
