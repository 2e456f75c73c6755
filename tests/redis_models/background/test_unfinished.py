from redis_models.background import unfinished
from redis_models.health.clock import now_ms
from redis_models.operations.write import Outcome
from redis_models.schema import erasure_keys
from redis_models.writer import submit

ERASURE = unfinished.Unfinished("u1", 5, 2)


def note(digest):
    return submit(unfinished.note(digest, ERASURE, receipt="open"))


def test_a_token_is_random_and_redis_knows_only_its_digest():
    tokens = {unfinished.new_token() for _ in range(100)}
    assert {len(token) for token in tokens} == {32}
    assert len({unfinished.digest_of(token) for token in tokens}) == 100


def test_an_erasure_is_taken_by_one_host_and_only_after_its_turn(valkey):
    assert note("d").outcome is Outcome.APPLIED
    assert unfinished.taken(at=now_ms()) == {}
    until_ms, _, text = valkey.client.hget(erasure_keys.unfinished(), "d").partition(" ")
    seconds, microseconds = valkey.client.time()
    assert 50_000 < int(until_ms) - (seconds * 1000 + microseconds // 1000) <= 60_000
    valkey.client.hset(erasure_keys.unfinished(), "d", f"1 {text}")
    assert note("d").outcome is Outcome.DUPLICATE, "a repeated note changes no turn"
    assert unfinished.taken(at=now_ms()) == {"d": ERASURE}
    assert unfinished.taken(at=now_ms()) == {}


def test_at_most_ten_erasures_are_taken_at_once(valkey):
    for number in range(12):
        valkey.client.hset(erasure_keys.unfinished(), f"d{number}", '1 {"userId":"u","at":1,"conversations":0}')
    assert [len(unfinished.taken(at=now_ms())) for _ in range(3)] == [10, 2, 0]


def test_a_receipt_is_open_then_final_and_stays_so(valkey):
    digest = unfinished.digest_of("token")
    assert unfinished.receipt("token") is None
    note(digest)
    assert unfinished.receipt("token") == "open"
    assert submit(unfinished.end(digest, receipt="final", at=5)).outcome is Outcome.APPLIED
    assert submit(unfinished.end(digest, receipt="final, too", at=5)).outcome is Outcome.DUPLICATE
    assert note(digest).outcome is Outcome.GONE
    assert unfinished.receipt("token") == "final, too"
