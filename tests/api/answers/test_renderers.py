"""A struct is encoded as the same JSON as a dict with its fields."""

import json

import pytest

from api.answers.renderers import ShapeRenderer
from api.answers.shapes import IdStateOut

SHAPE, OBJECT = IdStateOut(id="ü\n", durable=False), {"id": "ü\n", "state": "stored", "durable": False}


@pytest.mark.parametrize("accepted", ["application/json", "application/json; indent=2"])
def test_a_shape_is_the_json_of_its_fields(accepted):
    shape, known = (ShapeRenderer().render(data, accepted) for data in (SHAPE, OBJECT))
    assert json.loads(shape) == json.loads(known) == OBJECT
    assert shape.count(b"\n") == known.count(b"\n")


def test_a_field_that_is_unset_is_left_out():
    assert ShapeRenderer().render(IdStateOut(id="1")) == b'{"state":"stored","id":"1"}'
