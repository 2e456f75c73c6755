"""Permissions: every viewset names a rule for each of its actions. An action without a rule is denied to everybody.

    rules = {"list": Rule.OWNER, "create": Rule.OWNER}

`OWNER` is checked per object: keys are built from `accounts.access.callers.acting_user(request)` only, so the data of
another user is not found (404), whatever id a request names.
"""

from enum import StrEnum
from typing import Any

from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from accounts.access.bounded import is_bounded, require_bounds_of_owner
from accounts.access.callers import caller, require_own, require_service


class Rule(StrEnum):
    """Who may call an action."""

    ANYBODY = "anybody"
    """No credential is needed."""
    CALLER = "caller"
    """Any verified credential (in trusted mode none). The action touches no data of a user named in the request."""
    OWNER = "owner"
    """The user the request is about, or a service key that names one."""
    SERVICE = "service"
    """A service key only."""


def rule_of(view: Any) -> Rule | None:
    """Return the rule of the view's current action; None if it names none.

    `view` is typed as Any because DRF imports this module while its own views are only partly imported.
    """
    rules: dict[str, Rule] = getattr(view, "rules", {})
    return rules.get(getattr(view, "action", ""))


class RuledAccess(BasePermission):
    """Apply the rule of the action. This is the default permission class, so it is checked for every request."""

    def has_permission(self, request: Request, view: Any) -> bool:
        """Return whether the caller may run the action; raises like `caller` and `require_bounds`."""
        if getattr(view, "action", "") is None:
            return True  # the route does not know the method: DRF answers 405 and runs nothing
        rule = rule_of(view)
        if rule in (Rule.CALLER, Rule.SERVICE, Rule.OWNER):
            caller(request)
        if rule is Rule.SERVICE:
            require_service(request)
        if rule is Rule.OWNER:
            require_own(request)
        if is_bounded(view):
            require_bounds_of_owner(request)
        return rule is not None
