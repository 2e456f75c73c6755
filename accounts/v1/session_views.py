"""Sign-up, sign-in, sign-out, and a user's sessions: /api/v1/session."""

from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ViewSet

from accounts import limits
from accounts.access.callers import acting_user, caller, own_session, provider_user
from accounts.access.confirmation import CONFIRMED_FOR_MS
from accounts.access.origins import is_from_own_origin, require_own_origin
from accounts.access.renewal import REQUEST_KEY
from accounts.access.rules import Rule
from accounts.credentials import cookies, devices, sessions
from accounts.credentials.browsers import browser_name
from accounts.credentials.tokens import InvalidToken, refresh_token_from
from accounts.errors import Refused
from accounts.mail import asking
from accounts.mail.waiting import Kind
from accounts.selectors import sessions_of, user_by_id
from accounts.v1 import session_serializers, session_shapes
from api.answers.shapes import StateOut
from api.answers.write_state import written
from api.idempotency import request_key
from api.requests.content import body
from api.requests.fields import valid
from redis_models.schema.codec import iso_from_ms
from redis_models.schema.identifiers import stored_email

SIGNED_UP = "If the email was free, the account exists now: sign in."


class SigningInViewSet(ViewSet):
    """Sign up, sign in, refresh and sign out. None of these needs an access token."""

    tag = "session"
    names = {
        "sign_up": "sign_up",
        "forget_password": "ask_for_password_link",
        "sign_in": "sign_in",
        "refresh": "refresh_session",
        "sign_out": "sign_out",
    }
    rules = dict.fromkeys(("sign_up", "forget_password", "sign_in", "refresh", "sign_out"), Rule.ANYBODY)
    bodies = {
        "sign_up": session_serializers.SignUpIn,
        "forget_password": session_serializers.ForgottenIn,
        "sign_in": session_serializers.SignInIn,
        "refresh": session_serializers.RefreshIn,
        "sign_out": session_serializers.RefreshIn,
    }
    answers = {
        "sign_up": session_shapes.SignedUpOut,
        "forget_password": session_shapes.MailAskedOut,
        "sign_in": session_shapes.SignedInOut,
        "refresh": session_shapes.SignedInOut,
        "sign_out": StateOut,
    }
    errors = {"sign_up": (429,), "sign_in": (401, 403, 429), "refresh": (401, 403), "sign_out": (401, 403)}
    authentication_classes = ()

    def sign_up(self, request: Request) -> Response:
        """Create an account. The answer does not reveal whether the email already had one; a mail tells its owner.

        The mail has a link: to prove the email, or, if it had an account, to set a new password.
        """
        limits.spend_sign_up(request)
        given = valid(session_serializers.SignUpIn(data=body(request)))
        user_id = sessions.sign_up(**given)
        asking.ask_after_sign_up(request, user_id=user_id, email=given["email"])
        return Response(session_shapes.SignedUpOut(message=SIGNED_UP))

    def forget_password(self, request: Request) -> Response:
        """Send a link with which to set a new password. The answer does not reveal whether the email has an account."""
        given = valid(session_serializers.ForgottenIn(data=body(request)))
        asking.ask_for_password(request, given["email"])
        return Response(session_shapes.MailAskedOut(message=asking.answer()))

    def sign_in(self, request: Request) -> Response:
        """Open a session."""
        given = valid(session_serializers.SignInIn(data=body(request)))
        limits.spend_sign_in(request, email=given["email"])
        transport = given.pop("transport")
        if transport == "cookie":
            require_own_origin(request)
        signed_in = sessions.sign_in(**given, browser=_browser(request))
        response = _answer(signed_in, transport=transport)
        if is_from_own_origin(request):
            devices.keep(request, response, user_id=signed_in.session.user_id)
        return response

    def refresh(self, request: Request) -> Response:
        """Return new tokens for a refresh token. A refresh token that was used before ends its session."""
        token, transport = _refresh_token(request)
        key = request_key(request)
        repeatable = key.key if key else (REQUEST_KEY if transport == "cookie" else "")
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
    """List, confirm and end the sessions of a signed-in user, and change the password."""

    tag = "session"
    names = {
        "list": "list_sessions",
        "end": "end_session",
        "confirm": "confirm_session",
        "send_confirmation_link": "ask_for_confirmation_link",
        "sign_out_everywhere": "sign_out_everywhere",
        "change_password": "change_password",
    }
    errors = {"confirm": (429,), "change_password": (409, 429)}
    rules = {
        "list": Rule.OWNER,
        "end": Rule.OWNER,
        "confirm": Rule.OWNER,
        "send_confirmation_link": Rule.OWNER,
        "sign_out_everywhere": Rule.OWNER,
        "change_password": Rule.OWNER,
    }
    bodies = {"confirm": session_serializers.ConfirmIn, "change_password": session_serializers.PasswordChangeIn}
    answers = {
        "list": session_shapes.SessionsOut,
        "end": StateOut,
        "confirm": session_shapes.ConfirmedOut,
        "send_confirmation_link": session_shapes.MailAskedOut,
        "sign_out_everywhere": StateOut,
        "change_password": session_shapes.SignedInOut,
    }

    def list(self, request: Request) -> Response:
        """Return the user's open sessions, the last used one first. Needs Redis."""
        current_id = _current_id(request)
        found = sessions_of(acting_user(request))
        shown = tuple(session_shapes.SessionOut.of(each, current_id=current_id) for each in found)
        return Response(session_shapes.SessionsOut(sessions=shown))

    def end(self, request: Request, session_id: str) -> Response:
        """End one of the user's sessions. Needs Redis; while it is away, sign out everywhere."""
        receipt = sessions.end(user_id=acting_user(request), session_id=session_id)
        response = written(StateOut(), receipt=receipt)
        if session_id == _current_id(request):
            cookies.drop(response)
        return response

    def confirm(self, request: Request) -> Response:
        """Prove with the password who you are: for 10 minutes, this session may do what cannot be undone."""
        session = own_session(request)
        given = valid(session_serializers.ConfirmIn(data=body(request)))
        limits.spend_password(request, user_id=session.user_id)
        confirmed_ms = sessions.confirm(session, password=given["password"])
        shown = session_shapes.ConfirmedOut(confirmed_until=iso_from_ms(confirmed_ms + CONFIRMED_FOR_MS))
        return Response(shown)

    def send_confirmation_link(self, request: Request) -> Response:
        """Send a link that confirms a user of another provider, who has no password here.

        It is for users whose provider does not say when they signed in, and goes to the email of the profile. Opening
        it confirms the user for 10 minutes.
        """
        profile = user_by_id(user_id=provider_user(request))
        asking.ask(request, Kind.CONFIRMATION, user_id=profile.id, email=stored_email(profile.email))
        return Response(session_shapes.MailAskedOut(message=asking.answer()))

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
        limits.spend_password(request, user_id=session.user_id)
        changed = sessions.change_password(
            profile=user_by_id(user_id=session.user_id),
            current=given["currentPassword"],
            new=given["newPassword"],
            browser=_browser(request),
        )
        return _answer(changed, transport=given["transport"])


def _browser(request: Request) -> str:
    return browser_name(request.headers.get("User-Agent", ""))


def _current_id(request: Request) -> str:
    """Return the id of the session in which the request is made; empty if it is made in none."""
    session = caller(request).session
    return session.id if session else ""


def _refresh_token(request: Request) -> tuple[str, str]:
    """Return the refresh token and the transport for the answer's tokens; raises Refused if there is no token."""
    given = valid(session_serializers.RefreshIn(data=body(request)))
    if "refreshToken" in given:
        return given["refreshToken"], "token"
    token = cookies.read(request.COOKIES, cookies.REFRESH)
    if not token:
        raise Refused("A refresh token is required")
    require_own_origin(request)
    return token, "cookie"


def _answer(signed_in: sessions.SignedIn, *, transport: str) -> Response:
    shown = session_shapes.SignedInOut.of(signed_in, transport=transport)
    response = Response(shown)
    if transport == "cookie":
        cookies.keep(response, signed_in)
    return response
