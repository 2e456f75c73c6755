"""A user's own data: /api/v1/users/me."""

import io
from dataclasses import replace

from django.http.response import HttpResponseBase
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ViewSet

from accounts import limits, services
from accounts.access.callers import acting_user, caller, origin_of_email, require_vouched_email
from accounts.access.confirmation import require_confirmed
from accounts.access.rules import Rule
from accounts.credentials.passwords import matches
from accounts.errors import Refused
from accounts.mail import asking
from accounts.mail.waiting import Kind
from accounts.models import UserProfile
from accounts.privacy import erasure, imports
from accounts.privacy.export import export_lines
from accounts.privacy.receipts import ErasureOut, ErasureReceipt, public_receipt
from accounts.selectors import credential_of, email_state, stored_profile, user_by_id
from accounts.v1 import me_serializers, me_shapes
from accounts.v1.session_shapes import MailAskedOut
from api.answers.streams import streamed
from api.answers.write_state import written
from api.errors import PreconditionFailed
from api.idempotency import once
from api.requests import uploads
from api.requests.content import body
from api.requests.fields import valid
from api.requests.preconditions import etag, expected_versions, require_match
from redis_models.budget import seconds_left
from redis_models.errors import NotFound
from redis_models.operations.claims import Origin
from redis_models.operations.write import Outcome
from redis_models.schema.identifiers import normal_email

ANSWER_WITHIN_S = 60.0
"""The most that an erasure holds its request, if the request has no budget."""


class MeViewSet(ViewSet):
    """Read and change the profile, and erase the user."""

    tag = "users"
    names = {
        "retrieve": "get_me",
        "partial_update": "change_me",
        "change_email": "change_email",
        "send_email_link": "ask_for_email_link",
        "destroy": "erase_me",
    }
    errors = {"partial_update": (409, 412), "change_email": (409, 429), "send_email_link": (429,)}
    bounded = ("partial_update",)
    rules = {
        "retrieve": Rule.OWNER,
        "partial_update": Rule.OWNER,
        "change_email": Rule.OWNER,
        "send_email_link": Rule.OWNER,
        "destroy": Rule.OWNER,
    }
    bodies = {
        "partial_update": me_serializers.ProfileIn,
        "change_email": me_serializers.EmailIn,
        "send_email_link": me_serializers.EmailLinkIn,
    }
    answers = {
        "retrieve": me_shapes.ProfileOut,
        "partial_update": me_shapes.ChangedProfileOut,
        "change_email": me_shapes.ChangedProfileOut,
        "send_email_link": MailAskedOut,
        "destroy": me_shapes.ErasedOut,
    }

    def retrieve(self, request: Request) -> Response:
        """Return the profile."""
        profile = user_by_id(user_id=acting_user(request))
        shown = me_shapes.ProfileOut.of(profile, email_state=email_state(profile))
        return Response(shown, headers={"ETag": etag(shown.version)})

    def partial_update(self, request: Request) -> Response:
        """Change the name or the time zone."""
        stored = stored_profile(user_id=acting_user(request))
        profile = UserProfile.from_hash(stored)
        require_match(request, version=me_shapes.ProfileOut.of(profile).version)
        given = valid(me_serializers.ProfileIn(data=body(request)))
        receipt = services.change_profile(
            user_id=profile.id,
            name=given.get("name", ""),
            time_zone=given.get("timeZone", ""),
            seen=None if expected_versions(request) is None else stored,
        )
        if receipt.outcome is Outcome.CONFLICT:
            raise PreconditionFailed
        name, time_zone = receipt.reply
        changed = replace(profile, name=name, time_zone=time_zone)
        headers = {"ETag": etag(me_shapes.ProfileOut.of(changed).version)}
        shown = me_shapes.ChangedProfileOut.of(changed, email_state=email_state(changed))
        return written(shown, receipt=receipt, headers=headers)

    def change_email(self, request: Request) -> Response:
        """Change the email. Users who have a password must send it. Needs Redis.

        Unless a service key or a provider vouches for it, a mail with a link that proves it is sent there.
        """
        profile = user_by_id(user_id=acting_user(request))
        given = valid(me_serializers.EmailIn(data=body(request)))
        limits.spend_password(request, user_id=profile.id)
        require_vouched_email(request, given["email"])
        _require_password(request, profile, given.get("password", ""))
        services.change_email(profile=profile, email=given["email"], origin=origin_of_email(request))
        changed = user_by_id(user_id=profile.id)
        if origin_of_email(request) is Origin.NONE:
            asking.ask_after_change(request, user_id=changed.id, email=changed.email)
        return written(me_shapes.ChangedProfileOut.of(changed, email_state=email_state(changed)), receipt=None)

    def send_email_link(self, request: Request) -> Response:
        """Send a link that proves the email of the profile, or another one, to which it then changes. Needs Redis.

        Opening it takes the email from anybody who has not proven it. The answer is the same for every email.
        """
        profile = user_by_id(user_id=acting_user(request))
        given = valid(me_serializers.EmailLinkIn(data=body(request)))
        email = normal_email(given.get("email", profile.email))
        if email != normal_email(profile.email):
            limits.spend_password(request, user_id=profile.id)
            _require_password(request, profile, given.get("password", ""))
            services.want_email(profile=profile, email=email)
        asking.ask(request, Kind.PROOF, user_id=profile.id, email=email)
        return Response(MailAskedOut(message=asking.answer()))

    def destroy(self, request: Request) -> Response:
        """Erase the user and all data, and return a receipt; if that takes longer, it is done behind the answer (202).

        Needs Redis, and a confirmation of the last 10 minutes. `Location` is the address of a receipt that anybody may
        read who knows it.
        """
        user_id = acting_user(request)
        require_confirmed(request)
        erasing, receipt = erasure.begin(user_id=user_id)
        done = None if receipt.is_pending else erasure.finish_within(erasing, seconds=seconds_left(ANSWER_WITHIN_S))
        shown = me_shapes.ErasedOut.of(done or ErasureReceipt(erasing))
        code = status.HTTP_200_OK if done else status.HTTP_202_ACCEPTED
        return Response(shown, status=code, headers={"Location": shown.receipt})


def _require_password(request: Request, profile: UserProfile, password: str) -> None:
    """Raise Refused unless this is the user's password; a service key needs none, nor does a user who has none."""
    if caller(request).is_service:
        return
    known = credential_of(profile.id)
    if known is not None and not matches(password, known.encoded):
        raise Refused("The current password is wrong")


class ErasureViewSet(ViewSet):
    """The public receipts of erasures."""

    tag = "users"
    names = {"retrieve": "get_erasure"}
    rules = {"retrieve": Rule.ANYBODY}
    answers = {"retrieve": ErasureOut}
    errors = {"retrieve": (404, 429)}
    authentication_classes = ()

    def retrieve(self, request: Request, token: str) -> Response:
        """Return the receipt of an erasure, for 30 days. It names no user and no email."""
        limits.spend_receipt(request)
        found = public_receipt(token)
        if found is None:
            raise NotFound("There is no such receipt.")
        return Response(found)


class ExportViewSet(ViewSet):
    """Export all of a user's data."""

    tag = "users"
    names = {"export": "export_me"}
    answers = {"export": me_shapes.ExportOut}
    rules = {"export": Rule.OWNER}

    def export(self, request: Request) -> HttpResponseBase:
        """Return the user's data as one document, line by line.

        Needs Redis, and a confirmation of the last 10 minutes.
        """
        headers = {"Content-Disposition": 'attachment; filename="aira.json"'}
        user_id = acting_user(request)
        require_confirmed(request)
        lines = export_lines(user_id=user_id)
        return streamed(request, lines, content_type="application/json", headers=headers)


class ImportViewSet(ViewSet):
    """Import an export of a user's data."""

    tag = "users"
    names = {"import_document": "import_me"}
    errors = {"import_document": (409, 422)}
    bounded = ("import_document",)
    rules = {"import_document": Rule.OWNER}
    bodies = {"import_document": me_shapes.ExportOut}
    answers = {"import_document": me_shapes.ImportedOut}
    parser_classes = (uploads.DocumentParser,)

    def import_document(self, request: Request) -> Response:
        """Add the data of the document that is missing. Importing it again changes nothing. Needs Redis."""
        left_out = frozenset() if caller(request).is_service else imports.SERVER_FIELDS
        user_id = acting_user(request)
        with uploads.spooled(body(request).get("document", io.BytesIO())) as document:

            def answer() -> Response:
                imported = imports.import_document(document, user_id=user_id, left_out=left_out)
                return Response(me_shapes.ImportedOut(entries=imported.entries, added=imported.added))

            return once(
                request, user_id=user_id, answer=answer, body_digest=lambda _: uploads.document_digest(document)
            )
