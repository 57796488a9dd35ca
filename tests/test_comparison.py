"""Runs of one request compared: equal runs are equal, every change is told at its level and at its place."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from journal_kit import journal_bytes
from run_kit import loaded
from scripted_streams import chat_text
from synthetic import calls, choice, chunk, fragment, pieces, says, stream, thinks, whole

import recexplore
from recexplore.comparison.aspects import ASPECTS
from recexplore.comparison.comparison import Comparison, compare, compare_each
from recexplore.comparison.levels import LEVELS, VERDICTS
from recexplore.corpus import Corpus, Recording

TEXT = "The Sun is called Sol in Latin. It is a star."


def answer(*texts: str, cut: int = 5, finish: str = "stop", **fields: Any) -> list[Any]:
    """The chunks of an answer: choices take turns, each cut into pieces of so many characters."""
    cuts = [[text[at : at + cut] for at in range(0, len(text), cut)] for text in texts]
    sent = [chunk(choice({"role": "assistant", "content": ""}, index)) for index in range(len(texts))]
    for turn in range(max(map(len, cuts), default=0)):
        sent += [says(mine[turn], index) for index, mine in enumerate(cuts) if turn < len(mine)]
    return [*sent, *(chunk(choice({}, index, finish), **fields) for index in range(len(texts)))]


def compared(*answers: Sequence[Any]) -> Comparison:
    return compare(loaded(*(stream(*each) for each in answers)))


def differing(comparison: Comparison) -> list[str]:
    told = comparison.aspects[comparison.aspects["differs"]]
    return told.loc[told["level"] != "incidental", "aspect"].tolist()


def test_every_bundled_recording_is_identical_with_itself(all_recordings: Corpus) -> None:
    for recording in all_recordings:
        comparison = compare([recording, recording, recording])
        assert comparison.verdict == "identical", recording.id
        assert comparison.words == "3 runs, all alike."
        assert set(comparison.stability.values()) == {1.0}
        assert comparison.divergences.empty
        assert differing(comparison) == []


def test_other_words_are_told_where_they_part() -> None:
    comparison = compared(answer(TEXT), answer(TEXT), answer(TEXT.replace("star", "planet")))
    assert comparison.verdict == "other words"
    assert comparison.runs["verdict"].tolist() == ["identical", "identical", "other words"]
    (parted,) = comparison.divergences.to_dict("records")
    assert parted["char"] == TEXT.index("star")
    assert (parted["run"], parted["choice"], parted["kind"]) == (2, 0, "content")
    assert (parted["before"], parted["says"], parted["reference_says"]) == (TEXT[: parted["char"]], "planet.", "star.")
    assert parted["word"] == len(["The", "Sun", "is", "called", "Sol", "in", "Latin", "It", "is", "a"])
    assert parted["chunk"] == 1 + TEXT.index("star") // 5
    assert comparison.stability == {"structure": 1.0, "text": pytest.approx(1 / 3), "wire": pytest.approx(1 / 3)}
    assert comparison.words == (
        "3 runs: 2 alike; 1 says other words (run-2). They differ in content, where chunks are cut, number of chunks."
    )


@pytest.mark.parametrize(
    ("one", "other", "verdict", "aspects"),
    [
        (answer(TEXT), answer(TEXT, cut=7), "other wire", ["cuts", "chunks"]),
        (answer(TEXT), answer(TEXT, usage={"prompt_tokens": 1, "completion_tokens": 2}), "other wire", ["usage"]),
        (answer(TEXT), answer(TEXT, finish="length"), "other structure", ["finish"]),
        (answer(TEXT), answer(TEXT, TEXT), "other structure", ["choices"]),
        (answer(TEXT), answer(""), "other structure", ["kinds-of-text"]),
        (answer("a b", "c d"), answer("c d", "a b"), "other wire", ["numbers-of-choices"]),
        (answer(TEXT), [thinks("reasoning_content", "hm"), *answer(TEXT)], "other structure", ["kinds-of-text"]),
        (answer(TEXT), answer(TEXT)[1:], "other wire", ["roles"]),
        (answer(TEXT), answer(TEXT)[:-1], "broken", ["finish"]),
    ],
    ids=lambda each: each if isinstance(each, str) else "",
)
def test_each_difference_is_told_by_its_name(one: Any, other: Any, verdict: str, aspects: list[str]) -> None:
    comparison = compared(one, other)
    assert comparison.verdict == verdict
    assert differing(comparison)[: len(aspects)] == aspects


def called(arguments: str, name: str = "f", cut: int = 4) -> list[Any]:
    first, *rest = pieces(arguments, range(cut, len(arguments), cut))
    head = fragment(first, name=name, id="call_1", type="function")
    return [calls(head), *(calls(fragment(each)) for each in rest), chunk(choice({}, 0, "tool_calls"))]


@pytest.mark.parametrize(
    ("other", "verdict", "aspects"),
    [
        (called('{"a": 1,  "b": 2}'), "other words", ["arguments"]),
        (called('{"b": 2, "a": 1}'), "other words", ["arguments"]),
        (called('{"a": 1, "b": 3}'), "other structure", ["tool-calls", "arguments"]),
        (called('{"a": 1, "b": 2}', name="g"), "other structure", ["tool-calls", "arguments"]),
        (called('{"a": 1, "b": 2}', cut=3), "other wire", ["cuts"]),
        (called('{"a": 1, "b": 2'), "other structure", ["tool-calls"]),
    ],
    ids=["spaces", "order of keys", "value", "name", "cut", "no JSON"],
)
def test_tool_calls_are_compared_as_json(other: Any, verdict: str, aspects: list[str]) -> None:
    comparison = compared(called('{"a": 1, "b": 2}'), other)
    assert comparison.verdict == verdict
    assert differing(comparison)[: len(aspects)] == aspects


def test_tool_arguments_part_at_a_place_too() -> None:
    comparison = compared(called('{"a": 1, "b": 2}'), called('{"a": 1, "b": 2}'), called('{"a": 1, "b": 3}'))
    (parted,) = comparison.divergences.to_dict("records")
    assert (parted["run"], parted["choice"], parted["kind"], parted["tool_index"]) == (2, 0, "tool_call", 0)
    assert (parted["char"], parted["says"], parted["reference_says"]) == (len('{"a": 1, "b": '), "3}", "2}")
    assert parted["chunk"] == parted["reference_chunk"] == len('{"a": 1, "b": ') // 4
    assert comparison.texts(kind="tool_call") == ['{"a": 1, "b": 2}'] * 2 + ['{"a": 1, "b": 3}']
    assert comparison.tree(kind="tool_call")["text"].tolist() == ['{"a": 1, "b": ', "2}", "3}"]


def test_the_tree_says_how_likely_each_branch_was() -> None:
    def scored(*tokens: tuple[str, float]) -> list[Any]:
        return [
            chunk({**choice({"content": text}), "logprobs": {"content": [{"token": text, "logprob": logprob}]}})
            for text, logprob in tokens
        ]

    shared = [("It is", -0.1), (" a ", -0.2)]
    comparison = compared(scored(*shared, ("star", -0.4)), scored(*shared, ("planet", -1.5)))
    tree = comparison.tree().set_index("text")
    assert tree["logprob"].to_dict() == {"It is a ": -0.1, "star": -0.4, "planet": -1.5}
    assert tree["chunk"].to_dict() == {"It is a ": 0, "star": 2, "planet": 2}


def test_ids_and_times_never_make_runs_differ() -> None:
    one, other = answer(TEXT), [{**each, "id": "chatcmpl-2", "created": 7} for each in answer(TEXT)]
    comparison = compared(one, other)
    assert comparison.verdict == "identical"
    told = comparison.aspects.set_index("aspect")["differs"]
    assert told["ids"]


def test_a_run_that_still_comes_has_not_finished_yet(tmp_path: Path) -> None:
    for name, n, end in (("whole", 9, (9, "complete")), ("open", 2, None)):
        reads = list(enumerate(chat_text(["A", " wren"])[:n]))
        journal = journal_bytes("http://localhost/v1/chat/completions", b'{"model": "m"}', reads, end=end)
        (tmp_path / f"{name}.journal.jsonl").write_bytes(journal)
    comparison = compare(list(recexplore.load(tmp_path, progress=False)))
    assert comparison.runs.set_index("name")["broken"].dropna().tolist() == ["choice 0 has not finished yet"]


def test_a_broken_run_is_no_reference() -> None:
    comparison = compared(answer(TEXT)[:-1], answer(TEXT)[:-1], answer(TEXT))
    assert (comparison.reference, comparison.verdict) == (2, "broken")
    assert comparison.runs["broken"].isna().tolist() == [False, False, True]
    assert comparison.runs["broken"][0] == "choice 0 never finished"
    assert comparison.words == (
        "3 runs: beside run-2, 2 are broken (run-0, run-1). They differ in finish reason, number of chunks."
    )


def test_a_whole_answer_and_a_streamed_one_are_compared_but_for_their_chunks() -> None:
    corpus = loaded(stream(*answer(TEXT)), whole({"role": "assistant", "content": TEXT}))
    comparison = compare(corpus)
    assert (comparison.verdict, comparison.is_mixed) == ("identical", True)
    other = compare(loaded(stream(*answer(TEXT)), whole({"role": "assistant", "content": TEXT + "!"})))
    assert other.verdict == "other words"
    assert other.divergences["char"].tolist() == [len(TEXT)]
    assert (comparison.whole_differs, other.whole_differs) == ([], ["content"])
    assert other.words.endswith("They differ in content. Streamed and whole answers differ in content.")


def test_a_whole_answer_that_one_stream_is_like_does_not_differ_from_streams() -> None:
    same = whole({"role": "assistant", "content": TEXT})
    comparison = compare(loaded(stream(*answer(TEXT)), stream(*answer("No.")), same))
    assert (comparison.verdict, comparison.whole_differs) == ("other words", [])


@pytest.mark.parametrize("order", ["WS5S7", "WS7S5", "S5S7W", "S7S5S3W", "S5WS7"])
def test_where_a_whole_answer_stands_among_streams_changes_nothing(order: str) -> None:
    made = {"W": whole({"role": "assistant", "content": TEXT})}
    made |= {f"S{cut}": stream(*answer(TEXT, cut=cut)) for cut in (3, 5, 7)}
    names = re.findall(r"W|S\d", order)
    comparison = compare(loaded(*map(made.__getitem__, names)))
    verdicts = dict(zip(names, comparison.runs["verdict"], strict=True))
    assert names[comparison.reference] != "W"
    assert (verdicts["W"], comparison.whole_differs) == ("identical", [])
    assert verdicts["S7" if names[comparison.reference] == "S5" else "S5"] == "other wire"
    assert len({names[comparison.reference] for _ in range(2)}) == 1
    again = compare(loaded(*map(made.__getitem__, sorted(names))))
    assert sorted(names)[again.reference] == names[comparison.reference]


def test_where_all_are_broken_none_is_worse() -> None:
    comparison = compared(*([chunk(error={"message": f"boom {number}"})] for number in range(2)))
    assert comparison.runs["broken"].notna().all()
    assert comparison.verdict != "broken"


def test_a_failed_request_says_nothing_of_streamed_and_whole_answers() -> None:
    failed = whole({"role": "assistant", "content": ""}, error={"message": "overloaded"})
    comparison = compare(loaded(stream(*answer(TEXT)), stream(*answer(TEXT)), failed))
    assert (comparison.verdict, comparison.whole_differs) == ("broken", [])


def test_what_no_run_has_is_no_difference() -> None:
    comparison = compared(answer("a", "b"), answer("a"))
    assert differing(comparison)[:3] == ["choices", "finish", "kinds-of-text"]
    assert {"reasoning", "refusal", "arguments", "times"}.isdisjoint(differing(comparison))
    aspects = comparison.aspects.set_index("aspect")["differs"]
    assert not aspects["times"]


def test_runs_of_several_corpora_have_names_that_tell_them_apart() -> None:
    one, other = loaded(stream(*answer(TEXT))), loaded(stream(*answer(TEXT + "!")))
    comparison = compare([*one, *other])
    assert comparison.runs["recording"].tolist() == ["run-0", "run-0"]
    assert comparison.runs["name"].tolist() == comparison.runs["path"].tolist()
    same = compare([*one, *one])
    assert same.runs["name"].str.endswith(("(run 1)", "(run 2)")).all()


def test_a_text_is_named_by_what_it_is() -> None:
    comparison = compared(called('{"a": 1}'), called('{"a": 2}'))
    assert comparison.texts(0, "tool_call") == ['{"a": 1}', '{"a": 2}']
    assert comparison.tree(0, "tool_call")["n_runs"].tolist() == [2, 1, 1]
    with pytest.raises(ValueError, match="kind: expected one of content, reasoning, refusal, tool_call, found 'bogus'"):
        comparison.texts(kind="bogus")


def test_many_groups_are_compared_as_each_of_them_alone(all_recordings: Corpus) -> None:
    chance = random.Random(7)
    recordings = list(all_recordings)
    groups = [chance.sample(recordings, chance.randrange(2, 5)) for _ in range(12)]
    assert len(compare_each(groups)) == len(groups)
    for together, group in zip(compare_each(groups), groups, strict=True):
        alone = compare(group)
        assert together.reference == alone.reference
        assert (together.words, together.stability) == (alone.words, alone.stability)
        for name in ("runs", "aspects", "choices", "divergences"):
            pd.testing.assert_frame_equal(getattr(together, name), getattr(alone, name))
    assert compare_each([]) == []


def test_swapped_choices_are_matched_and_the_matching_is_shown() -> None:
    one, two = "The Sun is called Sol in Latin.", "In Latin people said Sol, with a capital."
    comparison = compared(answer(one, two), answer(two + " Yes", one))
    matched = comparison.choices[["run", "choice", "own_choice"]].to_numpy().tolist()
    swapped = [[run, choice_, own] for run, choice_, own in matched if choice_ != own]
    assert len(swapped) == 2
    assert comparison.divergences["says"].tolist() in ([" Yes"], [""])
    assert "numbers-of-choices" in differing(comparison)


def test_usage_and_text_of_several_corpora(tmp_path: Any) -> None:
    first, second = loaded(stream(*answer(TEXT))), loaded(stream(*answer(TEXT)), stream(*answer("x")))
    comparison = compare([*second, *first])
    assert comparison.runs["verdict"].tolist() == ["identical", "other words", "identical"]
    assert len(comparison) == 3


def test_of_many_odd_runs_some_are_named() -> None:
    comparison = compared(*[answer(TEXT)] * 3, *(answer(f"No, {number}.") for number in range(5)), answer(TEXT, cut=9))
    assert comparison.words.startswith(
        "9 runs: 3 alike; 1 was sent otherwise (run-8); 5 say other words (run-3, run-4, run-5 and 2 more). They differ"
    )


def test_what_cannot_be_compared(all_recordings: Corpus) -> None:
    one = next(iter(all_recordings))
    with pytest.raises(ValueError, match="two runs or more, found 1"):
        compare([one])
    with pytest.raises(TypeError, match="compare takes recordings, not str"):
        compare([one, "f27523"])  # type: ignore[list-item]


def test_words_of_levels_are_data() -> None:
    assert {each.level for each in ASPECTS} == {*LEVELS}
    assert len({each.name for each in ASPECTS}) == len(ASPECTS)
    assert list(VERDICTS) == ["broken", "other structure", "other words", "other wire", "identical"]


words = st.text(alphabet="ab é\u0301🙂\n\u202e<&", max_size=30)
texts = st.lists(words, min_size=1, max_size=3)


@settings(max_examples=15, deadline=None)
@given(texts=texts, cut=st.integers(1, 7), again=st.integers(1, 7))
def test_another_cutting_changes_only_the_wire(texts: list[str], cut: int, again: int) -> None:
    comparison = compared(answer(*texts, cut=cut), answer(*texts, cut=again))
    assert comparison.verdict in ("identical", "other wire")
    assert comparison.divergences.empty
    assert comparison.stability["text"] == 1.0


@settings(max_examples=15, deadline=None)
@given(data=st.data(), text=st.text(alphabet="ab ", min_size=1, max_size=40))
def test_an_inserted_text_is_found_exactly_there(data: st.DataObject, text: str) -> None:
    place = data.draw(st.integers(0, len(text)))
    changed = text[:place] + "ZZ" + text[place:]
    comparison = compared(answer(text), answer(text), answer(changed))
    (parted,) = comparison.divergences.to_dict("records")
    assert (parted["run"], parted["char"]) == (2, place)
    assert parted["says"].startswith("ZZ")
    assert parted["reference_says"] == text[place : place + 40]


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10_000), n=st.integers(2, 6))
def test_the_order_of_runs_changes_nothing(seed: int, n: int) -> None:
    chance = random.Random(seed)
    answers = [("a b c", "d e"), ("d e", "a b c"), ("a b x", "d e")]
    made = [stream(*answer(*chance.choice(answers), cut=chance.randrange(1, 4))) for _ in range(n)]
    runs = list(loaded(*made))
    shuffled = chance.sample(runs, n)
    one, other = compare(runs), compare(shuffled)
    assert (one.verdict, one.stability) == (other.verdict, other.stability)
    assert described(one) == described(other)


def described(comparison: Comparison) -> Any:
    """All that is told, by the recordings' ids and not by the numbers of runs."""
    ids = comparison.runs["recording"]

    def by_id(frame: pd.DataFrame) -> Any:
        named = frame.assign(run=frame["run"].map(ids)).drop(columns=["verdict"], errors="ignore")
        return sorted(map(repr, named.astype(object).where(named.notna(), None).to_dict("records")))

    runs = comparison.runs.drop(columns=["structure", "text", "wire"])
    return (
        by_id(runs),
        sorted(comparison.runs["verdict"]),
        by_id(comparison.divergences),
        by_id(comparison.choices),
        comparison.tree()[["start", "end", "n_runs", "n_ending", "text"]].to_dict("records"),
    )


def test_the_pairs_and_the_tree_of_runs() -> None:
    comparison = compared(answer("one two three"), answer("one two four"), answer("one two four"), answer("five"))
    pairs = comparison.pairs
    assert len(pairs) == 3
    assert pairs["similarity"].between(0, 1).all()
    two, four = 0, 1
    pair = pairs[(pairs["run"] == two) & (pairs["other"] == four)].iloc[0]
    assert (pair["n_runs"], pair["n_other"], pair["common_prefix"]) == (1, 2, len("one two "))
    assert pair["similarity"] == pytest.approx(2 / 3)
    tree = comparison.tree()
    assert tree["n_runs"].tolist() == [4, 1, 3, 2, 1]
    assert tree["text"].tolist() == ["", "five", "one two ", "four", "three"]


def test_swapped_choices_have_the_same_roles() -> None:
    comparison = compared(answer("a b", "c d"), answer("c d", "a b"))
    assert "roles" not in differing(comparison)


def thought(signature: str, image: str = "") -> list[Any]:
    detail = {"type": "reasoning.encrypted", "data": signature, "id": "rs_0123456789", "index": 0}
    beside = {"reasoning_details": [detail], **({"images": [{"url": image}]} if image else {})}
    return [chunk(choice({"role": "assistant", "content": "It is.", **beside})), chunk(choice({}, 0, "stop"))]


def test_what_is_no_text_is_compared_without_ids_and_seals() -> None:
    assert compared(thought("abc"), thought("xyz")).verdict == "identical"
    other = compared(thought("abc", "data:image/png;base64,AAAA"), thought("xyz", "data:image/png;base64,BBBB"))
    assert (other.verdict, differing(other)) == ("other words", ["beside"])


def test_a_run_without_the_first_choice_has_no_text_there() -> None:
    comparison = compared(answer("a"), [chunk(usage={"prompt_tokens": 1})])
    assert comparison.texts() == ["a", ""]
    assert comparison.verdict == "broken"
    assert comparison.runs["broken"][1] == "no choice came"


def test_it_is_one_corpus_of_recordings(all_recordings: Corpus) -> None:
    comparison = compare(all_recordings)
    assert isinstance(comparison.recordings[0], Recording)
    assert len(comparison.runs) == len(all_recordings)
    assert repr(comparison).startswith("Comparison: ")


def test_of_arguments_that_are_the_same_json_it_is_said_so(bundled_folder: Path) -> None:
    tables = recexplore.load(bundled_folder.parent / "runs" / "table-*.yaml", progress=False)
    both = compare(tables)
    assert both.runs["verdict"].tolist() == ["identical", "other words", "other structure", "identical"]
    assert both.respelled == [1]
    assert both.sentences[2:] == ("Of table-02 only tool arguments are written otherwise: the same JSON.",)
    alone = compare([tables["table-01"], tables["table-03"]])
    assert alone.respelled == []
    assert len(alone.sentences) == 2
