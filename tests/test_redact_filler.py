"""Filler: the same shape in every respect that a figure or a rule looks at, and nothing of what was said."""

from __future__ import annotations

import json
import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recexplore.share.redact.keys import Digest
from recexplore.share.redact.stand_ins.filler import Filler, looks_like_json

FILLER = Filler(Digest(b"one key of some length"))
OTHER = Filler(Digest(b"another key of some length"))
MASKED = Filler(Digest(b"one key of some length"), "masked")

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)
WORDS = st.from_regex(r"[a-zA-Z]{1,12}", fullmatch=True)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=12,
)


def classes(text: str) -> list[str]:
    return [unicodedata.category(each) for each in text]


@given(TEXTS)
def test_every_character_keeps_its_class_and_its_bytes(text: str) -> None:
    for filler in (FILLER, MASKED):
        filled = filler.prose(text)
        assert classes(filled) == classes(text)
        assert [len(each.encode()) for each in filled] == [len(each.encode()) for each in text]
        assert len(json.dumps(filled)) == len(json.dumps(text))


@given(WORDS, WORDS)
def test_equal_words_become_equal_words_wherever_they_stand(one: str, other: str) -> None:
    filled = FILLER.prose(f"{one} {other}, {one.upper()}\n{other}-{one}")
    first, second, rest = filled.replace(",", "").replace("\n", " ").replace("-", " ").split(" ", 2)
    assert rest.split(" ")[0] == first.upper()
    assert rest.split(" ")[1:] == [second, first]
    if len(one) < 4 and len(other) < 4 and one.lower() != other.lower():
        assert first.lower() != second.lower()


@given(st.lists(WORDS, max_size=6))
def test_it_is_the_same_again_with_the_same_key(words: list[str]) -> None:
    text = " ".join(words)
    assert Filler(Digest(b"one key of some length")).prose(text) == FILLER.prose(text)


def test_another_key_says_something_else() -> None:
    text = "The quick brown fox jumps over the lazy dog"
    assert len({text, FILLER.prose(text), OTHER.prose(text)}) == 3
    assert not {*text.lower().split()} & {*FILLER.prose(text).lower().split()}


@given(JSON)
def test_json_stays_json_with_its_names_and_literals(value: object) -> None:
    text = json.dumps(value, ensure_ascii=False)
    if not looks_like_json(text):
        return

    def shape(value: object) -> object:
        if isinstance(value, list):
            return [shape(each) for each in value]
        if isinstance(value, tuple):
            key, each = value
            return key if re.fullmatch(r"[\w-]*", key, re.ASCII) else len(key), shape(each)
        return value if value is None or isinstance(value, bool) else type(value)

    for filler in (FILLER, MASKED):
        filled = filler.text(text)
        assert len(filled) == len(text)
        assert shape(json.loads(filled, object_pairs_hook=list)) == shape(json.loads(text, object_pairs_hook=list))


@pytest.mark.parametrize("key", ["jane.doe@example.org", "Jane Doe", "имя", "call_Zq8vKw3hYt5uPr2n"])
def test_a_key_that_is_no_name_is_filled(key: str) -> None:
    filler = Filler(Digest(b"one key of some length"), pseudonym=str.swapcase)
    filled = filler.text(json.dumps({key: 1, "name_1": key}, ensure_ascii=False))
    assert key not in filled
    first, second = json.loads(filled).items()
    assert (second[0], second[1]) == ("name_1", first[0])


@pytest.mark.parametrize(
    "text",
    [
        "<think>\n\n</think>\n",
        "<|start|><|channel|><|message|><|im_end|><|eot_id|>",
        "<tool_call></tool_call>",
        "[TOOL_CALLS][INST]",
        "<｜tool▁calls▁begin｜>",
        '{"a": true, "b": null, "c": 7}',
        "user\n:  — “…” 5 !",
    ],
)
def test_tags_and_special_tokens_and_single_digits_stay(text: str) -> None:
    assert FILLER.text(text) == text


@pytest.mark.parametrize("text", ["<|sentinel|>", "<secret>", "[SECRET]"])
def test_what_only_looks_like_a_tag_does_not(text: str) -> None:
    assert FILLER.text(text) != text


def test_names_stay_where_they_are_words() -> None:
    filled = FILLER.prose("get_weather(city) forget_weather", {"get_weather"})
    assert filled.startswith("get_weather(")
    assert filled.count("get_weather") == 1


def test_numbers_stay_numbers_of_their_length() -> None:
    filled = FILLER.json('{"n": 12345, "x": -0.25, "e": 1.5e10, "z": 0, "t": 10}')
    assert json.loads(filled).keys() == {"n", "x", "e", "z", "t"}
    assert "12345" not in filled
    assert filled.count("e10") == 1


@pytest.mark.parametrize("text", ['{"a": "Par', '{"a": "x\\', '{"a": tru', "[1, 23", '{"a": "é\\u00e9', "{"])
def test_json_that_breaks_off_is_filled_as_far_as_it_is_there(text: str) -> None:
    filled = FILLER.text(text)
    assert len(filled) == len(text)
    assert "Par" not in filled


def test_scripts_without_spaces_are_filled_character_by_character() -> None:
    one, other = FILLER.prose("今日天气很好"), FILLER.prose("今日天气不错")
    assert one[:4] == other[:4]
    assert one[4:] != other[4:]
    assert not set(one) & set("今日天气很好")
