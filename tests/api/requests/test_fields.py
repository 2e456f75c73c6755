import pytest
from rest_framework import serializers

from api.errors import WrongFields
from api.requests import fields


class Everything(fields.StrictSerializer):
    line = fields.StrictCharField(max_length=5, required=False)
    text = fields.StrictTextField(required=False)
    whole = fields.StrictIntegerField(min_value=0, max_value=10, required=False)
    number = fields.StrictFloatField(required=False)
    flag = fields.StrictBooleanField(required=False)
    chatId = fields.IdField(required=False)  # noqa: N815
    at = fields.MomentField(required=False)
    tags = serializers.ListField(child=fields.StrictCharField(), required=False)
    inner = serializers.DictField(child=fields.StrictIntegerField(), required=False)
    server = fields.StrictCharField(read_only=True)


def given(**values):
    return fields.valid(Everything(data=values))


@pytest.mark.parametrize(
    ("name", "value", "kept"),
    [
        ("line", " a ", "a"),
        ("line", "👩‍👧", "👩‍👧"),
        ("text", "a\n\tb", "a\n\tb"),
        ("whole", 5, 5),
        ("number", 5, 5.0),
        ("number", 6.25, 6.25),
        ("flag", False, False),
        ("chatId", "c1", "c1"),
        ("at", "2026-11-23T08:00:00+01:00", 1_795_417_200_000),
        ("tags", ["a"], ["a"]),
        ("inner", {"a": 1}, {"a": 1}),
    ],
)
def test_a_value_of_the_right_type_is_taken_as_it_is(name, value, kept):
    assert given(**{name: value}) == {name: kept}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("line", 5),
        ("line", "a\nb"),
        ("line", "\x1b[31m"),
        ("line", "123456"),
        ("line", ["a"]),
        ("text", "a\x00b"),
        ("text", True),
        ("whole", "5"),
        ("whole", 5.0),
        ("whole", True),
        ("whole", 11),
        ("number", "5"),
        ("number", True),
        ("flag", "true"),
        ("flag", 1),
        ("chatId", "a:b"),
        ("chatId", 5),
        ("at", "yesterday"),
        ("at", 5),
        ("server", "mine"),
        ("unknown", 1),
        ("tags", ["a", 5]),
        ("inner", {"a": "1"}),
    ],
)
def test_a_value_of_another_type_is_refused_and_its_field_is_named(name, value):
    with pytest.raises(WrongFields) as refused:
        given(**{name: value})
    assert list(refused.value.fields) == [name]


def test_the_user_id_is_not_treated_as_an_unknown_field():
    assert given(userId="u1") == {}


def test_a_body_that_is_not_an_object_is_refused():
    with pytest.raises(WrongFields):
        fields.valid(Everything(data=[1]))


def test_the_length_of_a_list_is_checked_before_its_elements(monkeypatch):
    asked = []

    class Few(fields.StrictSerializer):
        few = fields.StrictListField(child=fields.StrictCharField(), max_length=3)

    real = fields.StrictCharField.run_validation
    monkeypatch.setattr(
        fields.StrictCharField, "run_validation", lambda self, value: asked.append(value) or real(self, value)
    )
    with pytest.raises(WrongFields) as refused:
        fields.valid(Few(data={"few": [None] * 100_000}))
    assert refused.value.fields == {"few": "Ensure this field has no more than 3 elements."}
    assert asked == []
    assert fields.valid(Few(data={"few": ["a", "b", "c"]})) == {"few": ["a", "b", "c"]}
    with pytest.raises(WrongFields):
        fields.valid(Few(data={"few": "abc"}))
