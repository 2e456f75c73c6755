"""An answer says whether its write is pending and durable."""

import msgspec
import pytest

from api.answers import write_state
from api.answers.shapes import IdStateOut, StateOut
from api.answers.write_state import pending_out
from redis_models.operations.write import Durability, Outcome, Receipt

STORED, PENDING = Receipt(Outcome.APPLIED), Receipt(Outcome.JOURNALED)


def written(body, **options):
    """Return the response, with its data decoded from its JSON."""
    response = write_state.written(IdStateOut(**body) if body else StateOut(), **options)
    response.data = msgspec.to_builtins(response.data)
    return response


def test_a_stored_write_says_so():
    response = written({"id": "c1"}, receipt=STORED, code=201, headers={"Location": "/x"})
    assert (response.status_code, response.data, response["Location"]) == (201, {"id": "c1", "state": "stored"}, "/x")
    assert written({}, receipt=None).data == {"state": "stored"}
    assert pending_out(STORED) == {}


def test_a_pending_write_is_202():
    response = written({"id": "c1"}, receipt=PENDING, code=201)
    assert (response.status_code, response.data) == (202, {"id": "c1", "state": "pending"})
    assert pending_out(PENDING) == {"fallback": True, "pending": True}


@pytest.mark.parametrize(("durability", "said"), [(Durability.SERVER, "server"), (Durability.MEMORY, False)])
@pytest.mark.parametrize("outcome", [Outcome.APPLIED, Outcome.JOURNALED])
def test_an_answer_with_less_durability_than_promised_says_so(durability, said, outcome):
    receipt = Receipt(outcome, durability=durability)
    assert pending_out(receipt)["durable"] == written({}, receipt=receipt).data["durable"] == said
