"""Every place that does more than linear work on what strangers send or on what one person stores, with its bound.

`work` is what the place does to n, `bound` what limits n, and `worst` does this work at its bound. A loop inside a loop
that is not listed here is a defect; tests/flows/security/test_bounds.py finds at least the sorts.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

import msgspec

from accounts.calendar import Calendar
from accounts.credentials.passwords import PASSWORD_MAX_LENGTH, encoded
from api.errors import WrongFields
from api.requests import parsers
from api.requests.fields import StrictSerializer, valid
from chat.contract.serializers import request_key_in
from chat.models import Message
from chat.replies.states import reply_states
from chat.safety.phrases import is_crisis
from chat.tags import tags_of
from dashboard.models import MoodEntry
from dashboard.selectors import ENTRIES_AT_MOST
from dashboard.services import TAGS_AT_MOST
from dashboard.statistics import by_day, tag_links
from dashboard.streaks import streak
from redis_models.errors import Invalid
from redis_models.schema.identifiers import EMAIL_MAX_LENGTH, normal_email
from texts.json_size import is_deeper
from texts.normal_form import CHARACTERS_AT_MOST, folded, normal_form

CHAT_BYTES = 8 * 1024 * 1024
DAY_MS = 86_400_000


@dataclass(frozen=True, slots=True)
class Place:
    """A place; `file` is the source, or the folder if several files of it do the same."""

    what: str
    file: str
    work: str
    bound: str
    worst: Callable[[], object]


def _hostile_marks() -> None:
    normal_form("\u0323\u0301" * (CHARACTERS_AT_MOST // 2))
    normal_form(("a" + "\u0301" * 15 + "\u0323" * 15) * (CHARACTERS_AT_MOST // 31))


def _nested() -> None:
    is_deeper(b"[" + b",".join([b"[" * 31 + b"]" * 31] * (parsers.MAX_BODY_BYTES // 63)) + b"]", parsers.MAX_DEPTH)
    is_deeper(b'["' + b"x" * CHAT_BYTES + b'",' + b"[]," * parsers.MAX_VALUES + b"[]]", parsers.MAX_DEPTH)


def _unknown_fields() -> None:
    body = json.dumps({str(number): 0 for number in range(parsers.MAX_BODY_BYTES // 12)}).encode()
    try:
        valid(StrictSerializer(data=parsers.tree(body)))
    except WrongFields:
        return


def _digest() -> None:
    message = {"id": "1", "role": "user", "content": "", "timestamp": "2026-01-01"}
    messages = json.dumps([message] * (CHAT_BYTES // 70)).encode()
    request_key_in("k", {str(number): 0 for number in range(20_000)} | {"messages": msgspec.Raw(messages)})


def _tags() -> None:
    tags_of(Message("1", "user", "sadne " * 20, "", f"feeling {number}") for number in range(CHAT_BYTES // 200))
    tags_of([Message("1", "user", "sadne " * (CHAT_BYTES // 6), "")])


def _entries() -> list[MoodEntry]:
    return [
        MoodEntry(f"m{n}", n % 10 + 0.25, n * DAY_MS, tags=tuple(f"tag {n} {k}" for k in range(TAGS_AT_MOST)))
        for n in range(ENTRIES_AT_MOST)
    ]


def _password() -> None:
    try:
        encoded("ab" * (PASSWORD_MAX_LENGTH // 2), email="ab" * 120 + "@example.com", name="ba" * 100)
    except Invalid:
        return


def _email() -> None:
    for email in ("a@" + "ü" * (EMAIL_MAX_LENGTH - 2), "a@" + "b.ü" * 80 + ".de", "\u0323\u0301" * 127):
        try:
            normal_email(email)
        except Invalid:
            continue


def _crisis() -> None:
    is_crisis("i want to " * (CHARACTERS_AT_MOST // 10))
    folded("".join(map(chr, range(0xAC00, 0xD7A3))) * 23)


def _replies() -> None:
    reply_states({f"r{n}:{what}": "{}" for n in range(500) for what in ("meta", *map(str, range(1, 40)))})


PLACES = (
    Place("normalising a text", "texts/normal_form.py", "n^2 in a run of marks", "runs of 30 marks", _hostile_marks),
    Place("depth of a JSON document", "texts/json_size.py", "n x depth", "depth 32, 256 KiB or 10 000 values", _nested),
    Place("naming unknown fields", "api/requests/fields.py", "n log n", "body of 256 KiB", _unknown_fields),
    Place("digest of a chat", "chat/contract/serializers.py", "n log n in the names", "256 KiB of names", _digest),
    Place("crisis phrases", "chat/safety/phrases.py", "n x phrases", "256 Ki characters", _crisis),
    Place("tags of a chat", "chat/tags.py", "n x words", "8 MiB x 20 words", _tags),
    Place(
        "tags of moods", "dashboard/statistics.py", "n log n", "1 000 entries of 20 tags", lambda: tag_links(_entries())
    ),
    Place(
        "days of moods", "dashboard/statistics.py", "n log n", "1 000 entries", lambda: by_day(_entries(), Calendar())
    ),
    Place(
        "streaks",
        "dashboard/streaks.py",
        "n log n",
        "one date a day since 1970",
        lambda: streak([date(1970, 1, 1) + timedelta(n) for n in range(30_000)], today=date(2052, 1, 1)),
    ),
    Place("checking a password", "accounts/credentials/passwords.py", "n x m", "256 x 254 characters", _password),
    Place("normalising an email", "redis_models/schema/identifiers.py", "n^2", "254 characters", _email),
    Place("unfinished replies", "chat/replies/states.py", "n log n", "pieces of replies being written", _replies),
)

OTHERS = {
    "accounts/calendar.py": "sorts the 50 changes of a zone that a profile keeps",
    "accounts/credentials/supabase.py": "sorts the names of cookies; the server bounds the header",
    "accounts/credentials/service_keys.py": "sorts the operator's own keys",
    "accounts/lua/claims.lua": "sorts those who lost an email: at most two are kept",
    "accounts/lua/profile_change.1.lua": "sorts the 50 changes of a zone that a profile keeps",
    "accounts/lua/registrations.lua": "sorts the 8 registrations that a profile keeps",
    "accounts/lua/session_list.1.lua": "sorts the sessions that a person may have",
    "accounts/lua/sessions.lua": "sorts the sessions that a person may have",
    "accounts/privacy/export.py": "n log n in one key of the person's own data, in a stream",
    "chat/journey.py": "sorts at most 60 events",
    "chat/safety/helplines.py": "sorts the countries of a file",
    "chat/selectors.py": "n log n in the messages of one conversation",
    "dashboard/insights.py": "sorts seven weekdays",
    "redis_models/background/erasures.py": "sorts the names of hosts",
    "redis_models/connection/cluster.py": "sorts the primaries of the deployment",
    "redis_models/connection/server_state.py": "sorts the slots of a primary",
    "redis_models/journal/damage/aside.py": "sorts files in the data folder",
    "redis_models/journal/damage/salvage.py": "n log n in the rows of a damaged file, at the start",
    "redis_models/journal/snapshots.py": "sorts the parts of one person's snapshot",
    "redis_models/offline/local_redis/sorted_set.py": "n log n in one sorted set of a snapshot",
    "redis_models/operations/scripts.py": "sorts the names of scripts, at the start",
    "redis_models/replay/drain.py": "sorts the servers of the deployment",
    "redis_models/replay/primary_drain.py": "n log n in the rows of one batch",
    "redis_models/replay/user_batch.py": "sorts the servers of the deployment",
    "aira_site/backup.py": "sorts files in the data folder",
    "aira_site/docs/openapi.py": "sorts status codes, for the document",
    "aira_site/docs/shapes.py": "sorts names of fields, for the document",
    "aira_site/legacy/found.py": "a command of the operator",
}
"""Files with a sort whose n nobody can make large, or only the person or operator who waits for it."""
