import pytest
from hypothesis import given
from hypothesis import strategies as st

from redis_models.errors import Invalid
from redis_models.schema import keys
from redis_models.schema.identifiers import normal_email, valid_id


@pytest.mark.parametrize("value", ["u1", "A", "0", "a.b_c|d@e+f-g", "x" * 128])
def test_a_valid_id_is_returned_unchanged(value):
    assert valid_id(value) == value


@pytest.mark.parametrize(
    "value", ["", "-a", "a b", "a:b", "a{b}", "a\n", "ü", "x" * 129, "*", None, 5, ["a"], "\u0661"]
)
def test_any_other_id_is_refused_with_the_field_named(value):
    with pytest.raises(Invalid, match=r"^chatId must be"):
        valid_id(value, name="chatId")


@given(st.text())
def test_no_text_becomes_a_key_outside_its_user(text):
    try:
        key = keys.stats(text)
    except Invalid:
        return
    assert key == f"user:{text}:stats"
    assert key.count(":") == 2
    assert not set(text) & set(":{}*?[] \n")


@pytest.mark.parametrize(
    ("value", "normal"),
    [
        (" Demo.User@Example.com ", "demo.user@example.com"),
        ("\uff21@example.com", "a@example.com"),
        ("\u212aate@example.com", "kate@example.com"),
    ],
)
def test_an_email_is_trimmed_normalised_and_lower_cased(value, normal):
    assert normal_email(value) == normal


@pytest.mark.parametrize(
    "value",
    ["", "a", "a@b", "a b@example.com", '"a\x01"@example.com', "x" * 250 + "@example.com", None, 5, "a@ex\nample.com"],
)
def test_any_other_email_is_refused(value):
    with pytest.raises(Invalid, match=r"^email must be"):
        normal_email(value)


@pytest.mark.parametrize("run", ["\u0301" * 31, "\u0323\u0301" * 100, "\u0344" * 16])
def test_an_email_with_a_long_run_of_combining_marks_is_refused(run):
    with pytest.raises(Invalid, match=r"^email must not have more than 30 combining marks in a row\.$"):
        normal_email(f"a@e{run}x.example")


def test_an_email_that_is_too_long_is_refused_before_it_is_normalised(monkeypatch):
    email = "a@" + "\u0323\u0301" * 64_000 + ".example"
    with monkeypatch.context() as nothing_normalises:
        nothing_normalises.delattr("unicodedata.normalize")
        with pytest.raises(Invalid, match="at most 254 characters"):
            normal_email(email)


def test_all_keys_of_a_user_begin_with_the_user():
    everything = (*keys.of_user("u1"), *keys.of_conversation("u1", "c1"), keys.erased("u1"))
    assert all(key.startswith("user:u1:") for key in everything)
    assert len(set(everything)) == len(everything)


def test_keys_of_the_old_server_keep_their_names():
    assert keys.profile("u1") == "user:u1:profile"
    assert keys.stats("u1") == "user:u1:stats"
    assert keys.mood_history("u1") == "user:u1:mood_history"
