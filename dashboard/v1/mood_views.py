"""Moods and streaks, under /api/v1."""

from dataclasses import replace
from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ViewSet

from accounts.access.callers import acting_user
from accounts.access.rules import Rule
from api.answers.pages import page_in
from api.answers.shapes import IdStateOut
from api.answers.write_state import written
from api.errors import WrongFields
from api.idempotency import new_id, once, request_key
from api.requests.content import body
from api.requests.fields import valid
from api.requests.preconditions import etag, require_match
from dashboard import selectors, services
from dashboard.insights import insights
from dashboard.listing import mood_page
from dashboard.models import MoodEntry
from dashboard.shapes import days_in
from dashboard.v1 import mood_serializers as serializers
from dashboard.v1 import mood_shapes as shapes
from dashboard.v1.streak_shapes import StreaksChangedOut, StreaksOut
from redis_models.errors import Conflict, Invalid
from redis_models.operations.write import Outcome, Receipt
from redis_models.schema.codec import ms_from_iso


class MoodEntryViewSet(ViewSet):
    """Record, read, correct and delete moods, and read statistics."""

    tag = "moods"
    names = {
        "list": "list_moods",
        "create": "note_mood",
        "retrieve": "get_mood",
        "partial_update": "correct_mood",
        "destroy": "delete_mood",
        "statistics": "get_mood_statistics",
    }
    errors = {"create": (409, 422), "partial_update": (409, 412)}
    bounded = ("create", "partial_update")
    rules = dict.fromkeys(("list", "create", "retrieve", "partial_update", "destroy", "statistics"), Rule.OWNER)

    bodies = {"create": serializers.MoodIn, "partial_update": serializers.MoodChange}
    answers = {
        "list": shapes.MoodPageOut,
        "create": {201: IdStateOut},
        "retrieve": shapes.MoodOut,
        "partial_update": shapes.MoodChangedOut,
        "destroy": IdStateOut,
        "statistics": shapes.MoodStatisticsOut,
    }
    queries = {"list": {"limit": int, "cursor": str, "from": str, "until": str}, "statistics": {"days": int}}

    def list(self, request: Request) -> Response:
        """Return a page of entries, newest first. `from` and `until` limit the period."""
        found = mood_page(
            user_id=acting_user(request),
            page=page_in(request),
            since_ms=_moment(request, "from"),
            until_ms=_moment(request, "until"),
        )
        return Response(shapes.MoodPageOut.of(found))

    def create(self, request: Request) -> Response:
        """Record a mood, for now or for an earlier time."""
        user_id = acting_user(request)
        given = valid(serializers.MoodIn(data=body(request)))
        mood_id = given.pop("id", "") or new_id(user_id, request_key(request), prefix="mood")
        moment = given.pop("timestamp", None)

        def answer() -> Response:
            receipt = services.add_mood(user_id=user_id, mood_id=mood_id, moment_ms=moment, **given)
            _require_there(receipt)
            headers = {"Location": f"/api/v1/moods/{mood_id}"}
            return written(IdStateOut(id=mood_id), receipt=receipt, code=201, headers=headers)

        return once(request, user_id=user_id, answer=answer)

    def retrieve(self, request: Request, mood_id: str) -> Response:
        """Return an entry of any age."""
        entry = selectors.mood(user_id=acting_user(request), mood_id=mood_id)
        return Response(shapes.MoodOut.of(entry), headers={"ETag": etag(_version(entry))})

    def partial_update(self, request: Request, mood_id: str) -> Response:
        """Correct an entry. The newest correction wins.

        A request without fields changes nothing.
        """
        user_id = acting_user(request)
        given = valid(serializers.MoodChange(data=body(request)))
        entry = selectors.mood(user_id=user_id, mood_id=mood_id)
        require_match(request, version=_version(entry))
        if not given:
            return written(shapes.MoodChangedOut.of(entry), receipt=None)
        corrected = services.valid_mood(
            replace(entry, moment_ms=given.get("timestamp", entry.moment_ms)),
            score=given.get("score", entry.score),
            note=given.get("note", entry.note),
            tags=given.get("tags", entry.tags),
        )
        receipt = services.correct_mood(user_id=user_id, corrected=corrected)
        _require_there(receipt)
        return written(shapes.MoodChangedOut.of(corrected), receipt=receipt)

    def destroy(self, request: Request, mood_id: str) -> Response:
        """Delete an entry permanently."""
        user_id = acting_user(request)
        receipt = services.delete_mood(user_id=user_id, entry=selectors.mood(user_id=user_id, mood_id=mood_id))
        return written(IdStateOut(id=mood_id), receipt=receipt)

    def statistics(self, request: Request) -> Response:
        """Return statistics about the last `days` days, and insights based on them."""
        user_id = acting_user(request)
        try:
            days = days_in(request, default=30)
        except Invalid as error:
            raise WrongFields({"days": f"{error}."}) from error
        shown = selectors.moods(user_id=user_id, days=days)
        return Response(shapes.MoodStatisticsOut.of(shown, insights(shown.entries, shown.calendar)))


class StreaksViewSet(ViewSet):
    """Read streaks with the days that explain them, and switch streaks on or off."""

    tag = "streaks"
    names = {
        "retrieve": "get_streaks",
        "partial_update": "show_streaks",
    }
    bounded = ("partial_update",)
    rules = {"retrieve": Rule.OWNER, "partial_update": Rule.OWNER}
    bodies = {"partial_update": serializers.StreaksChange}
    answers = {"retrieve": StreaksOut, "partial_update": StreaksChangedOut}

    def retrieve(self, request: Request) -> Response:
        """Return the streaks."""
        return Response(StreaksOut.of(selectors.streaks(user_id=acting_user(request))))

    def partial_update(self, request: Request) -> Response:
        """Switch streaks on or off."""
        user_id, given = acting_user(request), valid(serializers.StreaksChange(data=body(request)))
        switch = services.show_streaks if given["enabled"] else services.hide_streaks
        return written(StreaksChangedOut(**given), receipt=switch(user_id=user_id))


def _version(entry: MoodEntry) -> str:
    return repr((entry.score, entry.moment_ms, entry.note, entry.tags))


def _require_there(receipt: Receipt) -> None:
    if receipt.outcome is Outcome.GONE:
        raise Conflict("The mood entry was deleted")


def _moment(request: Request, name: str) -> int | None:
    text: Any = request.query_params.get(name)
    try:
        return None if text is None else ms_from_iso(text)
    except (Invalid, OverflowError):
        raise WrongFields({name: f"{name} must be ISO 8601, e.g. 2026-11-23T08:00:00.000Z."}) from None
