from __future__ import annotations

import json
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from synthetic import calls, choice, chunk, fragment, says, stream, thinks

from recexplore.model.kinds import TEXT_KINDS

TEXTS = st.text(
    st.sampled_from("a é\N{GRINNING FACE}\N{MUSICAL SYMBOL G CLEF}\N{CJK UNIFIED IDEOGRAPH-20000}"), max_size=12
)


def units(text: str) -> str:
    """The text as a UTF-16 machine sees it: characters beyond the first plane are two."""
    data = text.encode("utf-16-le")
    return "".join(chr(int.from_bytes(data[at : at + 2], "little")) for at in range(0, len(data), 2))


@given(TEXTS, st.lists(st.integers(0, 24), max_size=8), st.sampled_from(["content", "reasoning_content", "refusal"]))
def test_pairs_cut_anywhere_are_healed(read, text: str, cuts: list[int], field: str) -> None:
    halves = units(text)
    places = [0, *sorted(min(cut, len(halves)) for cut in cuts), len(halves)]
    parts = [halves[start:end] for start, end in pairwise(places)]
    corpus = read(stream(*(thinks(field, part) for part in parts)))
    kind = {"reasoning_content": "reasoning"}.get(field, field)

    assert "".join(corpus.choices[kind]) == text
    assert "�" not in "".join(corpus.events["text"].dropna())
    assert not corpus.problems["what"].str.contains("column").any()


def test_the_chunk_with_the_first_half_gets_the_character(read) -> None:
    events = read(stream(says("a\ud83d"), says("\ude00b"))).events

    assert events["text"].tolist() == ["a\N{GRINNING FACE}", "b"]
    assert events["chunk"].tolist() == [0, 1]
    assert events[["start", "end"]].to_numpy().tolist() == [[0, 2], [2, 3]]


def test_a_chunk_that_holds_only_the_second_half_still_has_its_event(read) -> None:
    events = read(stream(says("\ud83d"), says("\ude00"), says("b"))).events

    assert "".join(events["text"]) == "\N{GRINNING FACE}b"
    assert set(events["chunk"]) == {0, 1, 2}


def test_empty_and_other_chunks_between_the_halves(read) -> None:
    recording = next(iter(read(stream(says("\ud83d"), says(""), chunk(usage={"total_tokens": 1}), says("\ude00")))))

    assert recording.text(0) == "\N{GRINNING FACE}"


def test_choices_and_tool_calls_are_healed_apart(read) -> None:
    corpus = read(
        stream(
            says("\ud83d", 0),
            says("\ud83c", 1),
            calls(fragment('"\ud83d', 0), fragment('"\ud83c', 1)),
            says("\ude00", 0),
            calls(fragment('\udf0d"', 1), fragment('\ude00"', 0)),
            says("\udf0d", 1),
        )
    )

    assert corpus.choices["content"].tolist() == ["\N{GRINNING FACE}", "\N{EARTH GLOBE EUROPE-AFRICA}"]
    assert corpus.tool_calls["arguments"].tolist() == ['"\N{GRINNING FACE}"', '"\N{EARTH GLOBE EUROPE-AFRICA}"']


@pytest.mark.parametrize(
    "parts", [["a\ud83d", "b"], ["\ude00", "\ud83d"], ["x\ud83d", "\ud83d"], ["a \ud83d b \ude00"]]
)
def test_what_has_no_partner_is_replaced_and_noted(read, parts: list[str]) -> None:
    document = json.dumps(stream(*map(says, parts)))
    corpus = read(document.encode())
    text = next(iter(corpus)).text(0)

    assert text == "".join("�" if "\ud800" <= each <= "\udfff" else each for each in "".join(parts))
    assert not corpus.problems.empty
    noted = corpus.problems[corpus.problems["what"].str.contains("column")]
    assert set(noted["chunk"]) == {
        at for at, part in enumerate(parts) if any("\ud800" <= each <= "\udfff" for each in part)
    }
    assert set(noted["expected"]) == {"text that is valid Unicode"}


def test_a_healed_character_may_stand_in_a_tag_or_beside_one(read) -> None:
    corpus = read(stream(says("<think>\ud83d"), says("\ude00</think>\ud83d"), says("\ude00")))

    assert corpus.choices[["reasoning", "content"]].to_numpy().tolist() == [["\N{GRINNING FACE}"] * 2]
    assert (
        "".join(corpus.events[corpus.events["kind"].isin(TEXT_KINDS)]["text"])
        == "<think>\N{GRINNING FACE}</think>\N{GRINNING FACE}"
    )


def test_every_other_field_may_hold_half_a_character(read) -> None:
    delta = {"role": "a\ud83d", "content": "b", "x": "\ud83d", "tool_calls": [fragment("", name="\ud83d", id="\ud83d")]}
    corpus = read(
        stream(
            chunk(choice(delta, finish_reason="\ud83d", vendor="\ud83d"), id="\ud83d", model="\ud83d", extra="\ud83d"),
            test_id="\ud83d",
        )
    )

    for frame in ("recordings", "chunks", "events", "choices", "tool_calls", "usage", "problems"):
        getattr(corpus, frame).to_csv()
