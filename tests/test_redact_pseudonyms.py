"""Pseudonyms of ids."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recexplore.share.redact.keys import Digest
from recexplore.share.redact.stand_ins.pseudonyms import ID_IN_TEXT, Pseudonyms

PSEUDONYMS = Pseudonyms(Digest(b"one key of some length"))


@pytest.mark.parametrize(
    "value",
    [
        "call_OcdIe3tpdh6JZxIeLASiSX2E",
        "chatcmpl-BxYz0123456789abcdefghijklmn",
        "b850672d-eef6-4b2a-999f-1d394ec5ba5a",
        "toolu_01A09q90qw90lq917835lq9",
        "fp_f33640a400",
        "alice.b@example.org",
        "rec-f27523f3fec8",
    ],
)
def test_an_id_keeps_its_prefix_its_length_and_its_classes(value: str) -> None:
    made = PSEUDONYMS.of(value)
    assert made != value
    assert [each.isdigit() for each in made] == [each.isdigit() for each in value]
    assert [each.isupper() for each in made] == [each.isupper() for each in value]
    assert re.match(r"[a-z]+[_-]|", made)[0] == re.match(r"[a-z]+[_-]|", value)[0] or "@" in value  # type: ignore[index]
    assert PSEUDONYMS.of(value) == made
    assert Pseudonyms(Digest(b"another key of some length")).of(value) != made


@pytest.mark.parametrize("value", ["患者は糖尿病です", "josé", "Müller-ß", "алиса", "مريم"])
def test_letters_of_any_script_have_others_in_their_place(value: str) -> None:
    made = PSEUDONYMS.of(value)
    same = [one for one, other in zip(value, made, strict=True) if one == other and one.isalpha()]
    assert len(same) <= 1
    assert len(made.encode()) == len(value.encode())
    assert [each.isupper() for each in made] == [each.isupper() for each in value]


@given(st.text())
def test_any_text_has_a_pseudonym_of_its_length(value: str) -> None:
    assert len(PSEUDONYMS.of(value)) == len(value)


@pytest.mark.parametrize("value", ["call_1", "1", "msg-12", "t1", "event_0"])
def test_counters_stay(value: str) -> None:
    assert PSEUDONYMS.of(value) == value


def test_hexadecimal_stays_hexadecimal() -> None:
    assert re.fullmatch(r"[0-9a-f-]{36}", PSEUDONYMS.of("b850672d-eef6-4b2a-999f-1d394ec5ba5a"))


@given(st.lists(st.from_regex(r"call_[a-zA-Z0-9]{16}", fullmatch=True), unique=True, max_size=30))
def test_different_ids_stay_different(values: list[str]) -> None:
    assert len({PSEUDONYMS.of(each) for each in values}) == len(values)


def test_ids_are_known_in_texts() -> None:
    text = "see file-528246887823, b850672d-eef6-4b2a-999f-1d394ec5ba5a and call_me-maybe, run-of-the-mill"
    assert ID_IN_TEXT.findall(text) == ["file-528246887823", "b850672d-eef6-4b2a-999f-1d394ec5ba5a"]
