"""Who may call what: every viewset names a rule for each of its actions, and a view without one answers nobody.

    rules = {"list": Rule.OWNER, "create": Rule.OWNER}

`OWNER` is by object: keys are made of `accounts.access.callers.acting_user(request)` alone, so what belongs to
another user is not found (404), whatever id a request names.
"""

from enum import StrEnum
from typing import Any

from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from accounts.access.callers import caller, require_own, require_service


class Rule(StrEnum):
    """Who may call an action."""

    ANYBODY = "anybody"
    """No credential is needed."""
    CALLER = "caller"
    """Any verified credential (in trusted mode none); nothing of a user is read or written by a name."""
    OWNER = "owner"
    """The user whom the request is about, and a service key that names one."""
    SERVICE = "service"
    """A service key alone."""


def rule_of(view: Any) -> Rule | None:
    """Return the rule of the view's current action; None where it names none.

    (The view's class is not named: DRF imports this module while its own views are only half imported.)
    """
    rules: dict[str, Rule] = getattr(view, "rules", {})
    return rules.get(getattr(view, "action", ""))


class RuledAccess(BasePermission):
    """Applies the rule of the action; asked for every request, since it is the default permission class."""

    def has_permission(self, request: Request, view: Any) -> bool:
        """Return whether the caller may; raises NotAuthenticated, NotFound, PermissionDenied for a clear answer."""
        if getattr(view, "action", "") is None:
            return True  # a method that the route does not know: 405, nothing runs
        rule = rule_of(view)
        if rule in (Rule.CALLER, Rule.SERVICE, Rule.OWNER):
            caller(request)
        if rule is Rule.SERVICE:
            require_service(request)
        if rule is Rule.OWNER:
            require_own(request)
        return rule is not None
