"""The dashboard's endpoints."""

from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ViewSet

from accounts.access.callers import acting_user, require_service
from accounts.access.rules import Rule
from accounts.models import Plan
from accounts.selectors import calendar_of
from accounts.services import change_plan
from api.answers.write_state import pending_out
from api.requests.content import body
from dashboard.affirmations import sentence_of
from dashboard.contract import bodies, mood_shapes, shapes
from dashboard.insights import insights
from dashboard.selectors import dashboard, moods, streaks
from dashboard.services import track_affirmation, update_mood_score
from dashboard.shapes import StatsOut, days_in, limit_in
from redis_models.errors import Invalid
from redis_models.health.clock import now_ms
from redis_models.health.registry import current


class DashboardViewSet(ViewSet):
    """Read the dashboard."""

    tag = "dashboard"
    names = {"retrieve": "contract_get_dashboard"}
    answers = {"retrieve": shapes.DashboardAnswer}
    rules = {"retrieve": Rule.OWNER}

    def retrieve(self, request: Request) -> Response:
        """Return stats, plan and the state of Redis. This also works during an outage."""
        shown = dashboard(user_id=acting_user(request))
        return Response(shapes.DashboardAnswer.of(shown, redis_healthy=current().is_healthy))


class MoodViewSet(ViewSet):
    """Record moods, and read moods and statistics."""

    tag = "moods"
    names = {
        "partial_update": "contract_note_mood",
        "retrieve": "contract_get_moods",
        "history": "contract_get_mood_history",
        "insights": "contract_get_mood_insights",
    }
    bodies = {"partial_update": bodies.NotedMoodIn}
    answers = {
        "partial_update": mood_shapes.MoodNotedAnswer,
        "retrieve": mood_shapes.MoodsAnswer,
        "history": mood_shapes.MoodHistoryAnswer,
        "insights": mood_shapes.InsightsAnswer,
    }
    queries = {"retrieve": {"days": int, "limit": int}, "history": {"days": int}}
    bounded = ("partial_update",)
    rules = {"partial_update": Rule.OWNER, "retrieve": Rule.OWNER, "history": Rule.OWNER, "insights": Rule.OWNER}

    def partial_update(self, request: Request) -> Response:
        """Record the user's current mood. While Redis is away, the journal accepts it."""
        user_id, given = acting_user(request), body(request)
        if given.get("score") is None:
            raise Invalid("Mood score is required")
        receipt = update_mood_score(user_id=user_id, score=given["score"], note=given.get("note") or "")
        shown = StatsOut.of(dashboard(user_id=user_id))
        return Response(mood_shapes.MoodNotedAnswer(data=shown, **pending_out(receipt)))

    def retrieve(self, request: Request) -> Response:
        """Return the newest entries and statistics about them."""
        shown = moods(
            user_id=acting_user(request),
            days=days_in(request, default=30),
            most=limit_in(request, default=30),
        )
        return Response(mood_shapes.MoodsAnswer.of(shown))

    def history(self, request: Request) -> Response:
        """Return the average of each of the last days."""
        user_id = acting_user(request, missing="Missing userId parameter")
        shown = moods(user_id=user_id, days=days_in(request, default=7))
        return Response(mood_shapes.MoodHistoryAnswer.of(shown))

    def insights(self, request: Request) -> Response:
        """Return plain sentences about the last 30 days, and the numbers behind them."""
        shown = moods(user_id=acting_user(request, missing="Missing userId parameter"), days=30)
        return Response(mood_shapes.InsightsAnswer.of(insights(shown.entries, shown.calendar), shown))


class StreakNumbersViewSet(ViewSet):
    """Read streaks: days in a row, in the user's own calendar."""

    tag = "streaks"
    names = {"retrieve": "contract_get_streaks"}
    answers = {"retrieve": shapes.StreaksAnswer}
    rules = {"retrieve": Rule.OWNER}

    def retrieve(self, request: Request) -> Response:
        """Return on how many days in a row the user recorded a mood, wrote a note and chatted."""
        user_id = acting_user(request, missing="Missing userId parameter")
        return Response(shapes.StreaksAnswer.of(streaks(user_id=user_id)))


class AffirmationViewSet(ViewSet):
    """A sentence a day."""

    tag = "affirmations"
    names = {
        "retrieve": "contract_get_affirmation",
        "track": "contract_track_affirmation",
    }
    bodies = {"track": bodies.AffirmationIn}
    answers = {"retrieve": shapes.AffirmationAnswer, "track": shapes.AffirmationTrackedAnswer}
    bounded = ("track",)
    rules = {"retrieve": Rule.OWNER, "track": Rule.OWNER}

    def retrieve(self, request: Request) -> Response:
        """Return the user's sentence of the day."""
        user_id = acting_user(request)
        today = calendar_of(user_id=user_id).date_of(now_ms())
        return Response(shapes.AffirmationAnswer(affirmation=sentence_of(today, user_id=user_id)))

    def track(self, request: Request) -> Response:
        """Record that the user saw a sentence."""
        user_id = acting_user(request)
        receipt = track_affirmation(user_id=user_id, text=body(request).get("affirmationText"))
        return Response(shapes.AffirmationTrackedAnswer(**pending_out(receipt)))


class PlanChangeViewSet(ViewSet):
    """Change the plan; the answer includes the dashboard's data."""

    tag = "plans"
    names = {"partial_update": "contract_change_plan"}
    bodies = {"partial_update": bodies.PlanIn}
    answers = {"partial_update": shapes.PlanChangedAnswer}
    rules = {"partial_update": Rule.OWNER}

    def partial_update(self, request: Request) -> Response:
        """Set the plan. Requires a service key."""
        user_id = acting_user(request)
        named_plan = body(request).get("plan")
        if not named_plan:
            raise Invalid("Plan is required")
        plan = Plan.named(named_plan)
        require_service(request)
        receipt = change_plan(user_id=user_id, plan=plan)
        shown = StatsOut.of(dashboard(user_id=user_id))
        return Response(shapes.PlanChangedAnswer(data=shown, **pending_out(receipt)))
