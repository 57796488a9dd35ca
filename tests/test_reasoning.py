from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from synthetic import choice, chunk, pieces, says, stream, thinks

import recexplore
from recexplore.corpus import Corpus
from recexplore.model.kinds import KINDS, TEXT_KINDS
from recexplore.model.schema import TAGS
from recexplore.read.exchange.reasoning_tags import may_hold_tags, spans

WORDS = [
    *("<think>", "</think>", "<thinking>", "</thinking>", "<reasoning>", "</reasoning>", "[THINK]", "[/THINK]"),
    *("<THINK>", "<|channel|>analysis<|message|>", "<|start|>assistant<|channel|>final<|message|>", "<|end|>"),
    *("<|start|>assistant<|channel|>analysis<|message|>", "<seed:think>", "</seed:think>", "<thought>", "</thought>"),
    *("<", ">", "/", "[", "]", "think", "`", "'", '"', "a", " b ", "é", "\N{GRINNING FACE}", "\n", "<b>", "|"),
]
TEXTS = st.lists(st.sampled_from(WORDS) | st.text(max_size=4), max_size=10).map("".join)
CUTS = st.lists(st.integers(0, 120), max_size=12)


def said(text: str, **options: Any) -> list[tuple[str, str]]:
    """The spans of a text, readable: kind (for tags, what the tag is) and text."""
    return [
        (KINDS[span.kind] if span.tag is None else TAGS[span.tag], text[span.start : span.end])
        for span in spans(text, **options)
    ]


def varied(parts: list[str]) -> list[Any]:
    """Chunks with one part of the content each, whose deltas have other keys from one to the next."""
    beside: list[dict[str, Any]] = [{}, {"role": "assistant"}, {"refusal": None, "tool_calls": None}, {"x": 1}]
    return [says(part, **beside[(at * 7 // 3) % 4]) for at, part in enumerate(parts)]


def labels(corpus: Corpus, number: int) -> list[tuple[str, str | None, str]]:
    """Each character of a choice with the kind and tag it was given."""
    events = corpus.events
    mine = events[(events["choice"] == number) & events["kind"].isin(TEXT_KINDS)].sort_values("seq")
    tags = mine["tag"].astype(object).where(mine["tag"].notna(), None)
    return [
        (kind, tag, each) for kind, tag, text in zip(mine["kind"], tags, mine["text"], strict=True) for each in text
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("plain", [("content", "plain")]),
        ("<think>a</think>b", [("open", "<think>"), ("reasoning", "a"), ("close", "</think>"), ("content", "b")]),
        ("x<Think>a</THINK>", [("content", "x"), ("open", "<Think>"), ("reasoning", "a"), ("close", "</THINK>")]),
        ("[THINK]a[/THINK]b", [("open", "[THINK]"), ("reasoning", "a"), ("close", "[/THINK]"), ("content", "b")]),
        ("<think></think>", [("open", "<think>"), ("close", "</think>")]),
        ("<think>a", [("unclosed", "<think>"), ("reasoning", "a")]),
        ("a</think>b", [("reasoning", "a"), ("orphan", "</think>"), ("content", "b")]),
        (
            "<think>a</thinking>b</think>c",
            [("open", "<think>"), ("reasoning", "a</thinking>b"), ("close", "</think>"), ("content", "c")],
        ),
        (
            "<think>a<think>b</think>c",
            [
                ("unclosed", "<think>"),
                ("reasoning", "a"),
                ("open", "<think>"),
                ("reasoning", "b"),
                ("close", "</think>"),
                ("content", "c"),
            ],
        ),
        (
            "<think>a</think>b</think>c",
            [
                ("open", "<think>"),
                ("reasoning", "a"),
                ("close", "</think>"),
                ("content", "b"),
                ("orphan", "</think>"),
                ("content", "c"),
            ],
        ),
        ("say `<think>` or '</think>'", [("content", "say `<think>` or '</think>'")]),
        ("<think >a</think", [("content", "<think >a</think")]),
        (
            "<|channel|>analysis<|message|>a<|end|><|start|>assistant<|channel|>final<|message|>b",
            [
                ("open", "<|channel|>analysis<|message|>"),
                ("reasoning", "a"),
                ("close", "<|end|><|start|>assistant<|channel|>final<|message|>"),
                ("content", "b"),
            ],
        ),
        ("a<|end|>b", [("content", "a<|end|>b")]),
    ],
)
def test_how_a_tag_is_judged(text: str, expected: list[tuple[str, str]]) -> None:
    assert said(text) == expected


@pytest.mark.parametrize("name", ["think", "thinking", "thought", "reasoning", "antThinking", "seed:think"])
def test_every_name_of_a_tag(name: str) -> None:
    assert [kind for kind, _ in said(f"<{name}>a</{name}>b")] == ["open", "reasoning", "close", "content"]


def test_text_before_an_orphan_is_content_where_reasoning_has_a_field_of_its_own() -> None:
    assert said("a</think>b", primed=False) == [("content", "a"), ("orphan", "</think>"), ("content", "b")]


@given(TEXTS, st.booleans())
def test_spans_cover_the_text(text: str, primed: bool) -> None:
    found = spans(text, primed=primed)

    assert [span.start for span in found] == [0, *(span.end for span in found[:-1])][: len(found)]
    assert "".join(text[span.start : span.end] for span in found) == text
    assert all(span.start < span.end for span in found)
    assert all((KINDS[span.kind] == "tag") == (span.tag is not None) for span in found)


@given(TEXTS)
def test_tags_open_and_close_in_pairs(text: str) -> None:
    judged = [TAGS[span.tag] for span in spans(text) if span.tag is not None]

    assert [each for each in judged if each in ("open", "close")] == ["open", "close"] * judged.count("open")


@given(TEXTS)
def test_what_may_hold_no_tag_holds_none(text: str) -> None:
    if not may_hold_tags(text):
        assert all(span.tag is None for span in spans(text))


@settings(max_examples=2 * settings().max_examples)
@given(TEXTS, CUTS)
def test_no_way_of_cutting_changes_the_text_or_a_label(read, text: str, cuts: list[int]) -> None:
    parts = pieces(text, cuts)
    corpus = read(stream(*varied(parts)))

    assert next(iter(corpus)).text(0) == text
    assert labels(corpus, 0) == [
        (KINDS[span.kind], None if span.tag is None else TAGS[span.tag], each)
        for span in spans(text)
        for each in text[span.start : span.end]
    ]


@given(TEXTS, CUTS, TEXTS, CUTS, st.randoms(use_true_random=False))
def test_two_choices_however_interleaved_are_labelled_apart(
    read, one: str, one_cuts: list[int], two: str, two_cuts: list[int], random
) -> None:
    parts = [(0, part) for part in pieces(one, one_cuts)], [(1, part) for part in pieces(two, two_cuts)]
    chunks = []
    while waiting := [each for each in parts if each]:
        index, part = random.choice(waiting).pop(0)
        chunks.append(says(part, index))
    corpus = read(stream(*chunks))
    alone = [read(stream(says(text, number))) for number, text in enumerate((one, two))]

    for number, text in enumerate((one, two)):
        assert next(iter(corpus)).text(number) == text
        assert labels(corpus, number) == labels(alone[number], number)


@pytest.mark.parametrize(
    "text", ["x[THINK]y", "x<think>y", "x<|channel|>analysis<|message|>y", "x</think>y", "x[/THINK]y"]
)
def test_a_tag_cut_anywhere_is_found(read, text: str) -> None:
    """In two at every place, and into single characters: nothing but the tag tells that there is one."""
    ways = [pieces(text, [at]) for at in range(1, len(text))] + [list(text)]
    for parts in ways:
        corpus = read(stream(*(says(part) for part in parts)))
        assert sorted(corpus.choices[["content", "reasoning"]].to_numpy().tolist()[0]) == ["x", "y"], parts
        assert corpus.choices["tag_chars"].tolist() == [len(text) - 2], parts


@given(TEXTS, CUTS)
def test_no_piece_moves_to_another_chunk(read, text: str, cuts: list[int]) -> None:
    parts = pieces(text, cuts)
    events = read(stream(*(says(part) for part in parts))).events
    text_of_chunk = events[events["kind"].isin(TEXT_KINDS)].groupby("chunk")["text"].sum().to_dict()

    assert [text_of_chunk.get(at, "") for at in range(len(parts))] == parts


def test_assembled_content_and_reasoning_hold_no_tag(read) -> None:
    corpus = read(stream(says("x<thi"), says("nk>why"), says(" not</"), says("think>y")))
    row = corpus.choices.iloc[0]

    assert (row["content"], row["reasoning"]) == ("xy", "why not")
    assert (row["content_chars"], row["reasoning_chars"], row["tag_chars"]) == (2, 7, 15)


def test_phases_follow_the_labels(read) -> None:
    events = read(stream(says("<think>a</think>b"))).events

    assert events["kind"].tolist() == ["tag", "reasoning", "tag", "content"]
    assert events["phase"].astype(object).where(events["phase"].notna(), None).tolist() == [
        None,
        "reasoning",
        None,
        "content",
    ]


def test_other_events_of_a_split_delta_stay_where_they_belong(read) -> None:
    delta = {"role": "assistant", "content": "<think>a</think>b"}
    events = read(stream(chunk(choice(delta, finish_reason="stop")))).events

    assert events["kind"].tolist() == ["role", "tag", "reasoning", "tag", "content", "finish"]
    assert events["seq"].tolist() == list(range(6))


def test_a_log_probability_is_true_of_no_piece(read) -> None:
    logprobs = {"content": [{"token": "a</think>b", "logprob": -1.5}]}
    events = read(stream(chunk(choice({"content": "a</think>b"}, logprobs=logprobs)))).events

    assert events[events["kind"].isin(TEXT_KINDS)]["logprob"].isna().all()


def test_what_was_sent_beside_a_split_delta_stays_with_its_first_piece(read) -> None:
    events = read(stream(chunk(choice({"content": "a</think>b"}, token_ids=[1, 2])))).events

    assert events["extra"].dropna().tolist() == ['{"token_ids":[1,2]}']
    assert events["extra"].notna().tolist() == [True, False, False]


def test_text_before_an_orphan_closing_tag_is_reasoning_only_without_a_reasoning_field(read) -> None:
    primed = read(stream(says("a</think>b"))).choices.iloc[0]
    told = read(stream(thinks("reasoning_content", "r"), says("a</think>b"))).choices.iloc[0]

    assert (primed["reasoning"], primed["content"]) == ("a", "b")
    assert (told["reasoning"], told["content"]) == ("r", "ab")


def test_tags_in_refusals_and_arguments_are_text(read) -> None:
    call = {"index": 0, "function": {"name": "f", "arguments": "<think>"}}
    corpus = read(stream(chunk(choice({"refusal": "<think>no", "tool_calls": [call]}))))

    assert corpus.events["kind"].tolist() == ["refusal", "tool_call"]


def test_one_recordings_tags_do_not_reach_into_the_next(tmp_path) -> None:
    for name, text in (("a", "<think>open"), ("b", "plain"), ("c", "x</think>y")):
        (tmp_path / f"{name}.json").write_text(json.dumps(stream(says(text))))
    choices = recexplore.load(tmp_path, progress=False).choices

    assert choices["reasoning"].tolist() == ["open", "", "x"]
    assert choices["content"].tolist() == ["", "plain", "y"]


def test_the_recording_with_the_garbled_choice(bundled) -> None:
    recording = bundled["f27523f3fec8"]
    events = recording.events
    reasoning = events[events["kind"] == "reasoning"].groupby("choice").size().to_dict()
    content = recording.choices.set_index("choice")["content"]

    assert reasoning == {0: 1, 1: 40}
    assert "reasoning>" not in "".join(content)
    assert "need answer" not in content[0]
    assert set(events[events["kind"] == "tag"]["tag"]) == {"open", "close"}
