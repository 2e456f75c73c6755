import pytest

from chat.models import Message
from chat.tags import KEPT_AT_MOST, WORDS_OF_TAG, tags_of


def said(text, emotion=""):
    return Message("1", "user", text, "2026-11-23T08:00:00.000Z", emotion)


@pytest.mark.parametrize(("tag", "word"), [(tag, word) for tag, words in WORDS_OF_TAG.items() for word in words])
def test_each_word_leads_to_its_tag_in_any_case(tag, word):
    assert tag in tags_of([said(f"So {word.upper()} it is")])


def test_messages_without_a_tag_word_have_no_tag():
    assert tags_of([said("the weather")]) == ()


def test_each_tag_comes_once_the_given_first_and_the_emotion_last():
    messages = [said("sad", emotion="calm"), said("sad and angry", emotion="calm")]
    assert tags_of(messages, given=["calm", "mine"]) == ("calm", "mine", "depression", "anger")


@pytest.mark.parametrize(
    ("first", "again"), [("Caf\u00e9", "cafe\u0301"), ("STRASSE", "straße"), ("Sleep", "sleep"), ("Ω", "ω")]
)
def test_tags_that_mean_the_same_are_one_as_it_was_first_written(first, again):
    assert tags_of([said("", emotion=again)], given=[first]) == (first,)
    assert tags_of([said("tired")], given=["Sleep"]) == ("Sleep",)


def test_a_conversation_has_at_most_200_tags():
    messages = [said("", emotion=f"feeling {number}") for number in range(1_000)]
    found = tags_of(messages, given=["mine"])
    assert (len(found), found[:2]) == (KEPT_AT_MOST, ("mine", "feeling 0"))
