"""The user registry's endpoints of the existing API."""

from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ViewSet

from accounts import limits, selectors, services
from accounts.access.callers import Caller, acting_user, caller, origin_of_email, require_vouched_email
from accounts.access.rules import Rule
from accounts.contract.shapes import PlanAnswer, RegisteredAnswer, RegistrationIn
from accounts.models import Plan, UserProfile
from api.answers.shapes import AcceptedOut
from api.answers.write_state import pending_out
from api.requests.content import body, named_user
from redis_models.errors import Invalid, NotFound
from redis_models.schema.identifiers import normal_email, stored_email


class RegistrationViewSet(ViewSet):
    """Register users."""

    tag = "users"
    names = {
        "create": "contract_register_user",
        "create_oauth": "contract_register_oauth_user",
    }
    bodies = {"create": RegistrationIn, "create_oauth": RegistrationIn}
    answers = {"create": RegisteredAnswer, "create_oauth": AcceptedOut}
    errors = {"create": (409, 429), "create_oauth": (409, 429)}
    rules = {"create": Rule.OWNER, "create_oauth": Rule.OWNER}

    def create(self, request: Request) -> Response:
        """Register a user. The plan is ignored without a service key."""
        registered = _register(request, missing="Email and userId are required", name="")
        return Response(RegisteredAnswer.of(registered))

    def create_oauth(self, request: Request) -> Response:
        """Register a user whom an identity provider vouches for. This is the same operation as registering a user."""
        registered = _register(request, missing="Missing userId or email", name="User")
        return Response(AcceptedOut(**pending_out(registered.receipt)))


def _register(request: Request, *, missing: str, name: str) -> services.Registered:
    given = body(request)
    if not given.get("email") or not (named_user(request) or caller(request).user_id):
        raise Invalid(missing)
    may_choose_plan = caller(request).is_service and given.get("plan")
    user_id = acting_user(request)
    if not caller(request).may_name_users:
        limits.spend_registration(request, user_id=user_id)
    require_vouched_email(request, given["email"])
    return services.register_user(
        user_id=user_id,
        email=given["email"],
        name=given.get("name") or name,
        plan=Plan.named(given["plan"]) if may_choose_plan else None,
        origin=origin_of_email(request),
    )


class PlanLookupViewSet(ViewSet):
    """Look up a plan by email."""

    tag = "plans"
    names = {"retrieve": "contract_find_plan"}
    answers = {"retrieve": PlanAnswer}
    queries = {"retrieve": {"email": str}}
    rules = {"retrieve": Rule.CALLER}

    def retrieve(self, request: Request) -> Response:
        """Return the plan of the email's owner, if the email is proven. For another email, return the free plan.

        Users find only their own plan, by the email of their profile; whose another email is makes no difference.
        """
        email = request.query_params.get("email")
        if not email:
            raise Invalid("Email is required")
        try:
            profile = _of_email(caller(request), email)
        except NotFound:
            return Response(PlanAnswer(plan=Plan.FREE, found=False))
        return Response(PlanAnswer(plan=profile.plan, found=True))


def _of_email(asking: Caller, email: str) -> UserProfile:
    """Return the profile that the caller may find by the email; raises Invalid, NotFound, RedisUnavailable."""
    if asking.may_name_users:
        return selectors.user_by_email(email=email)
    address, profile = normal_email(email), selectors.user_by_id(user_id=asking.user_id)
    if stored_email(profile.email) != address:
        raise NotFound
    return profile
