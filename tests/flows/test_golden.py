"""Every recorded sample of the old API gets the same status, keys and types."""

import json
from pathlib import Path

import pytest

from accounts.calendar import DAY_MS, Calendar
from accounts.models import Plan
from accounts.services import change_plan
from chat.usage import count_message
from dashboard.services import track_affirmation, update_mood_score
from redis_models.health.clock import now_ms
from tests.environment import SERVICE_KEY
from tests.support.models import Plan as ModelPlan

GOLDEN = Path(__file__).resolve().parents[1] / "golden"
SERVICE = {"HTTP_AUTHORIZATION": f"Bearer {SERVICE_KEY}"}
CHAT_ID = "chat_1795423341822_3rql27vsu"
SUPERSEDED = {
    # The case of the plan does not matter any more.
    "plan.patch-400-lower": {"status": 200},
    # The configuration is not shown any more.
    "health-redis.ok": {"without": {"environment"}},
    # The page expects an object; the array never worked.
    "daily-goals.supabase": {"without": {"goals"}},
}


def sample(name):
    return json.loads((GOLDEN / f"{name}.json").read_text())


def send(client, request, **headers):
    method = getattr(client, request["method"].lower())
    body = () if request["body"] is None else (request["body"],)
    return method(request["path"], *body, **({"format": "json"} if body else {}), **headers)


MODELS = {
    "chat.ok": ModelPlan(pieces=["I am here", " with you. What feels heaviest right now?"]),
    "chat.401-openai": ModelPlan(status=401),
    "chat.429-openai": ModelPlan(status=429),
    "chat.500-empty": ModelPlan(pieces=[]),
    "chat.503-openai500": ModelPlan(status=500),
}


def as_signed_in(request):
    """Add the user to a request to /api/chat that was recorded without one; for a signed-in caller it is the caller."""
    if request["path"] == "/api/chat" and "userId" not in request["body"]:
        return request | {"body": request["body"] | {"userId": "u_demo_1"}}
    return request


def register(client):
    send(client, sample("register-user.ok")["request"])


def save_four_chats(client):
    """Save the chats of the recorded lists; their ids ascend, since saves within one ms are ordered by id."""
    for name, fields in [
        ("save.ok", {"chatId": CHAT_ID}),
        ("save.ok-notitle-10msgs", {"chatId": "chat_2"}),
        ("save.ok", {"chatId": "chat_3", "title": "Third"}),
        ("save.ok", {"chatId": "chat_4", "title": "Fourth"}),
    ]:
        request = sample(name)["request"]
        response = send(client, request | {"body": request["body"] | fields})
        assert response.status_code == 200


def note_two_moods(client):
    """Add the moods of the recorded answers, with recent times because the recorded ones are too old."""
    now = now_ms()
    update_mood_score(user_id="u_demo_1", score=6.5, note="slept ok", at=now - 17)
    update_mood_score(user_id="u_demo_1", score=7, at=now)


def note_moods_of_three_days(client):
    today = now_ms() // DAY_MS * DAY_MS
    for days_ago, score in ((2, 6), (1, 4), (0, 7), (0, 8)):
        update_mood_score(user_id="u_demo_1", score=score, at=today - days_ago * DAY_MS + score)


def note_a_journey(client):
    send(client, sample("save.ok")["request"])
    now = now_ms() + 1
    for days_ago, score in ((2, 6), (1, 4), (0, 8)):
        update_mood_score(user_id="u_demo_1", score=score, at=now - days_ago * DAY_MS)
    track_affirmation(user_id="u_demo_1", text="You are doing fine.", at=now - DAY_MS - 1)


def subscribe_to_premium(client):
    change_plan(user_id="u_evil", plan=Plan.PREMIUM)


def send_five_messages(client):
    for number in range(5):
        count_message(user_id="u_demo_1", message_id=f"m{number}", calendar=Calendar())


PREPARATIONS = {
    "chat.429-daily-limit": [send_five_messages],
    "user-usage.premium": [subscribe_to_premium],
    "dashboard.after-4-saves": [save_four_chats],
    "chats.list": [save_four_chats],
    "chats.get": [save_four_chats],
    "chats.delete": [save_four_chats],
    "plan.patch-ok": [register, save_four_chats],
    "user-plan.found": [register],
    "mood.get": [note_two_moods],
    "mood.patch-ok": [save_four_chats],
    "mood-history.supabase": [note_moods_of_three_days],
    "mood-insights.lt3": [note_two_moods],
    "journey.supabase": [note_a_journey],
    "streaks.supabase": [note_moods_of_three_days, save_four_chats],
}


def shape(value):
    """Return the value with its keys and list lengths, and with types instead of values."""
    if isinstance(value, dict):
        return {key: shape(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [shape(inner) for inner in value]
    return "number" if isinstance(value, int | float) and not isinstance(value, bool) else type(value).__name__


def contains(found, expected, *, of_list):
    """Return whether `found` has the expected keys and types; additional keys are allowed."""
    if isinstance(expected, dict):
        return isinstance(found, dict) and all(
            key in found and contains(found[key], inner, of_list=key) for key, inner in expected.items()
        )
    if isinstance(expected, list):
        if not isinstance(found, list) or (of_list == "messages" and not found):
            return isinstance(found, list)
        return len(found) == len(expected) and all(
            contains(one, other, of_list=of_list) for one, other in zip(found, expected, strict=True)
        )
    return found == expected


@pytest.mark.parametrize("name", sorted(path.stem for path in GOLDEN.glob("*.json")))
def test_the_answer_to_a_recorded_request_has_the_recorded_shape(valkey, trusted, model, name):
    model.plan = MODELS.get(name, model.plan)
    for prepare in PREPARATIONS.get(name, []):
        prepare(trusted)
    recorded = sample(name)
    headers = SERVICE if recorded["request"]["path"].startswith("/api/plan") else {}
    response = send(trusted, as_signed_in(recorded["request"]), **headers)
    replaced = SUPERSEDED.get(name, {})
    assert response.status_code == replaced.get("status", recorded["response"]["status"])
    assert response["Content-Type"] == recorded["response"]["content_type"]
    if response.status_code == recorded["response"]["status"]:
        expected = {
            key: value for key, value in recorded["response"]["body"].items() if key not in replaced.get("without", ())
        }
        assert contains(shape(response.json()), shape(expected), of_list=""), response.json()


@pytest.mark.parametrize(
    "name",
    sorted(
        path.stem
        for path in GOLDEN.glob("*.json")
        if sample(path.stem)["response"]["status"] >= 400 and path.stem not in SUPERSEDED
    ),
)
def test_errors_are_worded_as_recorded(valkey, trusted, model, name):
    model.plan = MODELS.get(name, model.plan)
    for prepare in PREPARATIONS.get(name, []):
        prepare(trusted)
    recorded = sample(name)
    headers = SERVICE if recorded["request"]["path"].startswith("/api/plan") else {}
    answered = send(trusted, as_signed_in(recorded["request"]), **headers).json()
    assert {key: answered[key] for key in recorded["response"]["body"]} == recorded["response"]["body"]


def test_the_dashboard_has_the_recorded_figures(valkey, trusted):
    save_four_chats(trusted)
    recorded = sample("dashboard.after-4-saves")
    data, expected = send(trusted, recorded["request"]).json()["data"], recorded["response"]["body"]["data"]
    assert [each["summary"] for each in data["recent_conversations"]] == [
        "Fourth",
        "Third",
        data["recent_conversations"][2]["summary"],
    ]
    for name in ("conversations", "mood_score", "days_active", "plan"):
        assert data[name] == expected[name]


@pytest.mark.parametrize(
    ("name", "prepare"), [("mood.get", note_two_moods), ("mood-history.supabase", note_moods_of_three_days)]
)
def test_moods_have_the_recorded_figures(valkey, trusted, name, prepare):
    prepare(trusted)
    recorded = sample(name)
    answered, expected = send(trusted, recorded["request"]).json(), recorded["response"]["body"]
    assert answered.get("stats") == expected.get("stats")
    assert [each["score"] for each in answered["history"]] == [each["score"] for each in expected["history"]]
    assert [each.get("label") for each in answered["history"]] == [each.get("label") for each in expected["history"]]


def test_streaks_are_as_recorded(valkey, trusted):
    note_moods_of_three_days(trusted)
    save_four_chats(trusted)
    recorded = sample("streaks.supabase")
    assert send(trusted, recorded["request"]).json()["streaks"] == recorded["response"]["body"]["streaks"]


def test_tags_are_as_recorded(valkey, trusted):
    for name in ("save.ok", "save.ok-notitle-10msgs"):
        recorded = sample(name)
        assert send(trusted, recorded["request"]).json()["tags"] == recorded["response"]["body"]["tags"]
