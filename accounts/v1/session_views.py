"""Sign-up, sign-in and sign-out: /api/v1/session."""

from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ViewSet

from accounts import limits
from accounts.access.callers import acting_user, own_session
from accounts.access.rules import Rule
from accounts.credentials import cookies, sessions
from accounts.credentials.tokens import InvalidToken, refresh_token_from
from accounts.errors import Refused
from accounts.selectors import user_by_id
from accounts.v1 import session_serializers, session_shapes
from api.answers.shapes import StateOut
from api.answers.write_state import written
from api.idempotency import request_key
from api.requests.content import body
from api.requests.fields import valid

SIGNED_UP = "If the email was free, the account exists now: sign in."


class SigningInViewSet(ViewSet):
    """Sign up, sign in, refresh and sign out. None of these needs an access token."""

    tag = "session"
    names = {
        "sign_up": "sign_up",
        "sign_in": "sign_in",
        "refresh": "refresh_session",
        "sign_out": "sign_out",
    }
    rules = {"sign_up": Rule.ANYBODY, "sign_in": Rule.ANYBODY, "refresh": Rule.ANYBODY, "sign_out": Rule.ANYBODY}
    bodies = {
        "sign_up": session_serializers.SignUpIn,
        "sign_in": session_serializers.SignInIn,
        "refresh": session_serializers.RefreshIn,
        "sign_out": session_serializers.RefreshIn,
    }
    answers = {
        "sign_up": session_shapes.SignedUpOut,
        "sign_in": session_shapes.SignedInOut,
        "refresh": session_shapes.SignedInOut,
        "sign_out": StateOut,
    }
    errors = {"sign_up": (429,), "sign_in": (401, 403, 429), "refresh": (401, 403), "sign_out": (401, 403)}
    authentication_classes = ()

    def sign_up(self, request: Request) -> Response:
        """Create an account. The answer does not reveal whether the email already had one."""
        limits.spend_sign_up(request)
        given = valid(session_serializers.SignUpIn(data=body(request)))
        sessions.sign_up(**given)
        return Response(session_shapes.SignedUpOut(message=SIGNED_UP))

    def sign_in(self, request: Request) -> Response:
        """Open a session."""
        given = valid(session_serializers.SignInIn(data=body(request)))
        limits.spend_sign_in(request, email=given["email"])
        transport = given.pop("transport")
        if transport == "cookie":
            cookies.require_own_origin(request)
        return _answer(sessions.sign_in(**given), transport=transport)

    def refresh(self, request: Request) -> Response:
        """Return new tokens for a refresh token. A refresh token that was used before ends its session."""
        token, transport = _refresh_token(request)
        key = request_key(request)
        repeatable = key.key if key else ("cookie" if transport == "cookie" else "")
        return _answer(sessions.refresh(refresh_token=token, request_key=repeatable), transport=transport)

    def sign_out(self, request: Request) -> Response:
        """End the session of a refresh token. Ending it again changes nothing."""
        token, _ = _refresh_token(request)
        try:
            receipt = sessions.sign_out(refresh_token_from(token).session)
        except InvalidToken as error:
            raise Refused(str(error)) from error
        response = written(StateOut(), receipt=receipt)
        cookies.drop(response)
        return response


class SessionViewSet(ViewSet):
    """End all sessions and change the password of a signed-in user."""

    tag = "session"
    names = {
        "sign_out_everywhere": "sign_out_everywhere",
        "change_password": "change_password",
    }
    errors = {"change_password": (409, 429)}
    rules = {"sign_out_everywhere": Rule.OWNER, "change_password": Rule.OWNER}
    bodies = {"change_password": session_serializers.PasswordChangeIn}
    answers = {"sign_out_everywhere": StateOut, "change_password": session_shapes.SignedInOut}

    def sign_out_everywhere(self, request: Request) -> Response:
        """End all sessions of the user."""
        receipt = sessions.sign_out_everywhere(user_id=acting_user(request))
        response = written(StateOut(), receipt=receipt)
        cookies.drop(response)
        return response

    def change_password(self, request: Request) -> Response:
        """Replace the password. All sessions end, and the answer has the tokens of a new one."""
        session = own_session(request)
        given = valid(session_serializers.PasswordChangeIn(data=body(request)))
        limits.spend_sign_in(request, email=session.user_id)
        changed = sessions.change_password(
            profile=user_by_id(user_id=session.user_id), current=given["currentPassword"], new=given["newPassword"]
        )
        return _answer(changed, transport=given["transport"])


def _refresh_token(request: Request) -> tuple[str, str]:
    """Return the refresh token and the transport for the answer's tokens; raises Refused if there is no token."""
    given = valid(session_serializers.RefreshIn(data=body(request)))
    if "refreshToken" in given:
        return given["refreshToken"], "token"
    token = request.COOKIES.get(cookies.REFRESH)
    if not token:
        raise Refused("A refresh token is required")
    cookies.require_own_origin(request)
    return token, "cookie"


def _answer(signed_in: sessions.SignedIn, *, transport: str) -> Response:
    shown = session_shapes.SignedInOut.of(signed_in, transport=transport)
    response = Response(shown, headers={"Cache-Control": "no-store"})
    if transport == "cookie":
        cookies.keep(response, signed_in)
    return response
