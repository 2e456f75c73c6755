"""Every action that changes a user's data asks for the user's bounds, or has a reason not to."""

from accounts.access.rules import Rule
from tests.support.routes import routes

NOT_BOUNDED = {
    "DELETE": "deleting works above the bounds",
    "/api/auth/register-user": "has a limit of its own, and an account has to be there before it has bounds",
    "/api/auth/register-oauth-user": "as above",
    "/api/plan": "a service key only; a higher plan is the way out of a bound",
    "/api/chat": "asks itself, after help",
    "/api/v1/conversations/{conversation_id}/replies": "asks itself, after help",
    "/api/v1/conversations/{conversation_id}/replies/{reply_id}/stop": "ends a reply",
    "/api/v1/session/sign-out-everywhere": "must always work",
    "/api/v1/session/confirm": "has a limit of its own",
    "/api/v1/session/confirm/link": "has a limit of its own",
    "/api/v1/users/me/password": "has a limit of its own",
    "/api/v1/users/me/email": "has a limit of its own",
    "/api/v1/users/me/email/link": "has a limit of its own",
}


def test_each_action_that_changes_data_is_bounded_or_has_a_reason():
    changing = [route for route in routes() if route.method not in ("GET", "HEAD") and route.rule is Rule.OWNER]
    unbounded = {route for route in changing if route.action not in getattr(route.view, "bounded", ())}
    assert len(changing) > len(unbounded) > 0
    assert {each.path for each in unbounded if each.method not in NOT_BOUNDED} <= set(NOT_BOUNDED)


def test_each_bounded_action_exists():
    views = {route.view for route in routes()}
    for view in views:
        assert set(getattr(view, "bounded", ())) <= set(getattr(view, "rules", {}))
