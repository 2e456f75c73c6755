import msgspec
import pytest

from accounts.models import Plan
from dashboard.contract.shapes import DashboardAnswer
from dashboard.models import UserStats
from dashboard.selectors import Dashboard
from redis_models.reader import Answer
from redis_models.schema.snapshot import Part, Snapshot


def shown(answer, **stats):
    return Dashboard(stats=UserStats(**stats), plan=Plan.PLUS, answer=answer)


def dashboard_out(dashboard, *, redis_healthy):
    return msgspec.json.decode(msgspec.json.encode(DashboardAnswer.of(dashboard, redis_healthy=redis_healthy)))


@pytest.mark.parametrize(("score", "number"), [(0.0, 0), (6.5, 6.5), (10.0, 10)])
def test_the_score_is_a_number_as_json_writes_it(score, number):
    out = dashboard_out(shown(Answer(reply=None, is_live=True), mood_score=score), redis_healthy=True)
    assert repr(out["data"]["mood_score"]) == repr(number)


def test_a_live_answer_has_no_additional_flags():
    out = dashboard_out(shown(Answer(reply=None, is_live=True)), redis_healthy=True)
    assert set(out) == {"success", "data", "redisHealthy"}


def test_an_answer_without_redis_says_its_age_and_the_number_of_pending_writes():
    answer = Answer(reply=None, is_live=False, snapshot=Snapshot((Part("", 1_795_423_341_000, ()),)), pending=2)
    out = dashboard_out(shown(answer), redis_healthy=True)
    assert (out["redisHealthy"], out["stale"], out["asOf"], out["pending"]) == (
        False,
        True,
        "2026-11-23T08:42:21.000Z",
        2,
    )
    unknown = dashboard_out(shown(Answer(reply=None, is_live=False)), redis_healthy=False)
    assert unknown["asOf"] is None
