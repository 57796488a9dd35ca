"""When a stream came: what is measured, what is missing, what is a stall and what a burst."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import accumulate
from time import process_time
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from synthetic import calls, choice, chunk, fragment, says, thinks

import recexplore
from recexplore.analysis import pace, timing
from recexplore.analysis.pace_words import duration
from recexplore.corpus import Corpus, Recording
from recexplore.model.silence import LONG_S

STEP_S = 0.03


def stream(chunks: Sequence[Any], times: Sequence[float], sent: float | None = 0.0) -> Recording:
    return recexplore.from_chunks(
        list(chunks), times=[10 + at for at in times], sent=None if sent is None else 10 + sent
    )


def words(gaps: Sequence[float], sent: float | None = 0.0, first_s: float = 0.5) -> Recording:
    """One word a chunk; the gaps between them in seconds."""
    return stream([says("word ") for _ in range(len(gaps) + 1)], list(accumulate(gaps, initial=first_s)), sent)


def figures(recording: Recording) -> pd.DataFrame:
    return timing.per_choice(recording.recordings, recording.events, recording.usage).set_index("choice")


def marked(recording: Recording) -> list[tuple[str, int, int]]:
    found = timing.marks(recording.chunks, recording.events)
    return list(zip(found["mark"], found["first_chunk"], found["last_chunk"], strict=True))


def report(**figures: Any) -> dict[str, Any]:
    return chunk(usage=figures)


# The figures of a choice


def test_of_one_measured_stream(formats: Corpus) -> None:
    row = figures(formats["buffered"]).loc[0]
    assert row[["clock", "t_zero", "since"]].tolist() == ["measured", "request", "request"]
    seconds = row[["ttfc_s", "ttft_s", "ttfo_s", "t_last_s"]].astype(float).round(4)
    assert seconds.tolist() == [0.2684, 0.3647, 3.6847, 4.289]
    assert (row["output_tokens"], row["n_gaps"]) == (50, 48)
    assert row["itl_s"] == pytest.approx((row["t_last_s"] - row["ttft_s"]) / 49)
    assert row["gap_max_s"] == pytest.approx(1.874)


def test_without_a_clock_all_is_missing(bundled: Corpus) -> None:
    found = timing.per_choice(bundled.recordings, bundled.events, bundled.usage)
    assert len(found) == len(bundled.choices)
    assert found.drop(columns=["recording", "choice", "clock", "output_tokens"]).isna().all(axis=None)
    assert timing.gaps(bundled.chunks, bundled.events).empty
    assert timing.marks(bundled.chunks, bundled.events).empty


def test_since_the_first_chunk_there_is_no_time_to_first_chunk(made: Corpus) -> None:
    row = figures(made["server-clock"]).loc[0]
    assert (row["clock"], row["since"], row["first_text_s"]) == ("server", "first chunk", 0)
    assert math.isnan(row["ttft_s"])
    assert math.isnan(row["ttfc_s"])
    assert row["t_last_s"] == pytest.approx(0.628)


def test_a_role_is_no_token_and_reasoning_is_no_output() -> None:
    chunks = [says("", role="assistant"), thinks("reasoning_content", "Hm"), says("Yes"), chunk(choice({}, 0, "stop"))]
    row = figures(stream(chunks, [0.2, 0.3, 0.7, 0.9])).loc[0]
    assert row[["ttfc_s", "ttft_s", "ttfo_s", "t_last_s"]].astype(float).round(6).tolist() == [0.2, 0.3, 0.7, 0.7]


def test_a_tool_call_is_output_from_its_name_on() -> None:
    chunks = [thinks("reasoning", "Hm"), calls(fragment("", name="clock", id="c")), calls(fragment("{}"))]
    row = figures(stream(chunks, [0.3, 0.5, 0.6])).loc[0]
    assert row[["ttft_s", "ttfo_s"]].astype(float).round(6).tolist() == [0.3, 0.5]


def test_a_refusal_is_output() -> None:
    row = figures(stream([thinks("refusal", "No"), thinks("refusal", ".")], [0.3, 0.5])).loc[0]
    assert row[["ttft_s", "ttfo_s"]].astype(float).round(6).tolist() == [0.3, 0.3]


def test_only_reasoning_has_no_output() -> None:
    row = figures(stream([thinks("reasoning", "Hm"), thinks("reasoning", "m")], [0.3, 0.5])).loc[0]
    assert row["ttft_s"] == pytest.approx(0.3)
    assert math.isnan(row["ttfo_s"])


def test_the_latency_between_tokens_is_an_average_without_the_first() -> None:
    chunks = [says("one two"), says(" three"), report(completion_tokens=5)]
    row = figures(stream(chunks, [0.5, 0.9, 1.0])).loc[0]
    assert row["itl_s"] == pytest.approx(0.4 / 4)
    assert row["chars_per_s"] == pytest.approx(len(" three") / 0.4)


@pytest.mark.parametrize("tokens", [1, 0, None])
def test_without_two_tokens_there_is_nothing_between_them(tokens: int | None) -> None:
    row = figures(stream([says("a"), says("b"), report(completion_tokens=tokens)], [0.5, 0.9, 1.0])).loc[0]
    assert math.isnan(row["itl_s"])


def test_one_report_of_two_choices_is_the_latency_of_neither() -> None:
    chunks = [says("a"), says("b", index=1), says("c"), says("d", index=1), report(completion_tokens=4)]
    found = figures(stream(chunks, [0.5, 0.6, 0.7, 0.8, 0.9]))
    assert found[["itl_s", "output_tokens"]].isna().all(axis=None)
    assert found["chars_per_s"].round(6).tolist() == [5, 5]


@pytest.mark.parametrize(("shown", "tokens"), [(True, 12), (False, 2)])
def test_reasoning_that_nobody_saw_took_no_time_between_tokens(shown: bool, tokens: int) -> None:
    opening = [thinks("reasoning_content", "Hm")] if shown else [says("A")]
    usage = report(completion_tokens=12, completion_tokens_details={"reasoning_tokens": 10})
    row = figures(stream([*opening, says("b"), usage], [0.5, 0.7, 0.8])).loc[0]
    assert row["output_tokens"] == tokens
    assert row["itl_s"] == pytest.approx(0.2 / (tokens - 1))


def test_reasoning_counted_on_top_is_added_where_it_was_shown() -> None:
    def said(text: str, thought: bool) -> dict[str, Any]:
        parts = [{"text": text, **({"thought": True} if thought else {})}]
        counts = {"promptTokenCount": 8, "thoughtsTokenCount": 40, "candidatesTokenCount": 2}
        return {"candidates": [{"content": {"parts": parts, "role": "model"}}], "usageMetadata": counts}

    assert figures(stream([said("Hm", True), said("A", False)], [0.5, 0.7])).loc[0, "output_tokens"] == 42
    assert figures(stream([said("A", False), said("b", False)], [0.5, 0.7])).loc[0, "output_tokens"] == 2


def test_a_choice_is_timed_by_its_own_chunks(formats: Corpus) -> None:
    found = figures(formats["browser"])
    assert found["ttft_s"].round(3).tolist() == [0.451, 0.472]
    assert found["gap_p50_s"].round(3).tolist() == [0.042, 0.042], "the wire's is 0.021"
    assert found["n_gaps"].tolist() == [10, 11]


def test_what_came_at_once_has_no_speed() -> None:
    row = figures(stream([says("a"), says("b"), report(completion_tokens=2)], [0.5, 0.5, 0.5])).loc[0]
    assert row[["itl_s", "chars_per_s"]].isna().all()
    assert row["gap_max_s"] == 0


def test_a_whole_answer_has_no_first_token(read: Callable[..., Corpus]) -> None:
    body = {"object": "chat.completion", "choices": [{"index": 0, "message": {"role": "assistant", "content": "Hi"}}]}
    corpus = read([body])
    facts = corpus.recordings.assign(clock="measured", t_zero="request", streaming=False)
    found = timing.per_choice(facts, corpus.events.assign(t_s=0.4), corpus.usage).iloc[0]
    assert found[["ttft_s", "ttfo_s", "itl_s"]].isna().all()
    assert found["t_last_s"] == 0.4


def test_a_first_token_without_a_time_is_not_the_second() -> None:
    recording = words([0.5, 1])
    events = recording.events.assign(t_s=[math.nan, 1, 2])
    row = timing.per_choice(recording.recordings, events, recording.usage).iloc[0]
    assert row[["ttft_s", "ttfo_s", "itl_s", "chars_per_s"]].isna().all()
    assert (row["t_last_s"], row["n_gaps"]) == (2, 1)


# Stalls


def test_the_bundled_stalls(formats: Corpus, made: Corpus) -> None:
    assert marked(formats["aiperf#0"]) == []
    assert marked(formats["aiperf#1"]) == [("stall", 9, 10)]
    assert marked(formats["browser"]) == [("stall", 14, 15)]
    assert marked(made["server-clock"]) == [("stall", 4, 5)]
    assert marked(formats["ollama"]) == []


def test_what_is_said_of_a_stall(formats: Corpus) -> None:
    recording = formats["aiperf#1"]
    found = timing.marks(recording.chunks, recording.events).iloc[0]
    assert found[["t_s", "duration_s", "wait_s", "usual_s"]].astype(float).round(3).tolist() == [
        0.472,
        2.418,
        2.418,
        0.018,
    ]
    assert found["words"] == (
        "Nothing came for 2.42 s between chunks 9 and 10, from 0.47 s to 2.89 s; the stream's usual gap is 18 ms."
    )
    gaps = timing.gaps(recording.chunks, recording.events)
    assert gaps.loc[gaps["mark"].notna(), ["chunk", "mark"]].to_numpy().tolist() == [[10, "stall"]]


def test_the_usual_gap_is_of_the_stream_and_not_of_a_choice(formats: Corpus) -> None:
    found = timing.usual_gaps(formats.chunks, formats.events).set_index("recording")["usual_s"]
    assert found["browser"] == pytest.approx(0.021, abs=0.001), "twice as short as the choices' own gaps"
    marks = timing.marks(formats.chunks, formats.events)
    assert (marks["usual_s"] == marks["recording"].map(found)).all()


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (1234.5, "1,234.50 s"),
        (0.0996, "0.10 s"),
        (0.0421, "42 ms"),
        (0.00574, "5.7 ms"),
        (3.5e-5, "35 µs"),
        (1e-7, "less than 1 µs"),
        (0.0, "less than 1 µs"),
    ],
)
def test_durations_are_written_as_the_page_writes_them(seconds: float, said: str) -> None:
    assert duration(seconds) == said


def test_what_rounds_to_a_second_is_called_one() -> None:
    recording = words([STEP_S] * 6 + [0.9999] + [STEP_S] * 6)
    (words_of_it,) = timing.marks(recording.chunks, recording.events)["words"]
    assert words_of_it.startswith("Nothing came for 1.00 s between chunks 6 and 7, from 0.68 s to 1.68 s;")


@pytest.mark.parametrize(
    ("pause_s", "step_s", "is_stall"),
    [(0.24, 0.01, False), (0.26, 0.01, True), (2.9, 0.3, False), (3.1, 0.3, True)],
    ids=["short", "long", "slow stream", "slow stream, longer"],
)
def test_a_stall_is_long_and_far_from_usual(pause_s: float, step_s: float, is_stall: bool) -> None:
    recording = words([step_s] * 10 + [pause_s] + [step_s] * 10)
    assert marked(recording) == ([("stall", 10, 11)] if is_stall else [])


def test_the_wait_for_the_first_token_is_no_stall() -> None:
    chunks = [chunk(prompt_filter_results=[]), says("", role="assistant"), *[says("a ")] * 12]
    assert marked(stream(chunks, [0.1, 3.0, *(5 + n * STEP_S for n in range(12))])) == []


def test_choices_that_take_turns_do_not_stall() -> None:
    """Five choices, one step takes 0.4 s: most gaps are nearly nothing, and no step is a stall."""
    chunks = [says("a ", index=each) for _ in range(12) for each in range(5)]
    assert marked(stream(chunks, [step * 0.4 + each * 1e-5 for step in range(1, 13) for each in range(5)])) == []


def test_a_gateway_that_flushes_in_beats_does_not_stall() -> None:
    assert marked(words(([0.3] + [1e-5] * 5) * 12)) == []


def test_keep_alives_do_not_end_a_stall() -> None:
    chunks = [*[says("a ")] * 6, chunk(), chunk(), *[says("a ")] * 6]
    before, after = [0.5 + n * STEP_S for n in range(6)], [9 + n * STEP_S for n in range(6)]
    recording = stream(chunks, [*before, 3.0, 6.0, *after])
    assert marked(recording) == [("stall", 5, 8)]
    found = timing.marks(recording.chunks, recording.events).iloc[0]
    assert found["words"].startswith("Nothing but 2 chunks without text came for 8.35 s between chunks 5 and 8, ")
    assert found["duration_s"] == pytest.approx(9 - before[-1])
    assert found["n_chunks"] == 3


def test_two_stalls_with_text_between_are_two() -> None:
    assert marked(words([STEP_S] * 6 + [2, 2] + [STEP_S] * 6)) == [("stall", 6, 7), ("stall", 7, 8)]


def test_a_fast_stream_stalls_too() -> None:
    assert marked(words([0.001] * 40 + [2] + [0.001] * 40)) == [("stall", 40, 41)]


def test_a_stream_too_short_to_have_a_pace_does_not_stall() -> None:
    assert marked(words([STEP_S, 5])) == []
    assert marked(words([5])) == []


# Bursts


def test_the_bundled_bursts(formats: Corpus) -> None:
    recording = formats["buffered"]
    assert marked(recording) == [("stall", 9, 10), ("burst", 23, 36), ("burst", 37, 49)]
    found = timing.marks(recording.chunks, recording.events).iloc[1]
    assert found["words"] == (
        "14 chunks came at once, chunks 23 to 36 in 0.6 ms, after 0.61 s without text, from 3.08 s to 3.68 s: "
        "something held them back."
    )
    assert (found["n_chunks"], found["usual_s"].round(3)) == (14, 0.043)
    gaps = timing.gaps(recording.chunks, recording.events).set_index("chunk")
    assert gaps.index[gaps["mark"] == "burst"].tolist() == list(range(23, 50))


@pytest.mark.parametrize(
    ("n", "gap_s", "wait_s", "is_burst"),
    [
        (8, 1e-5, 0.5, True),
        (7, 1e-5, 0.5, False),
        (8, 1e-3, 0.5, False),
        (8, 0.0, 0.5, True),
        (8, 1e-5, 0.2, False),
    ],
    ids=["burst", "few", "a fast model", "a coarse clock", "a short wait"],
)
def test_a_burst_is_many_at_once_after_a_wait(n: int, gap_s: float, wait_s: float, is_burst: bool) -> None:
    recording = words([STEP_S] * 10 + [wait_s] + [gap_s] * (n - 1) + [STEP_S] * 3)
    assert [row for row in marked(recording) if row[0] == "burst"] == ([("burst", 11, 10 + n)] if is_burst else [])


def test_eleven_frames_in_35_microseconds_after_half_a_second() -> None:
    assert marked(words([3.5e-6] * 10, first_s=0.515)) == [("burst", 0, 10)]


def test_how_long_the_first_chunk_took_must_be_known() -> None:
    assert marked(words([3.5e-6] * 10, sent=None, first_s=0.515)) == []


def test_a_cached_answer_comes_at_once_and_is_no_burst() -> None:
    assert marked(words([3.5e-6] * 10, first_s=0.05)) == []


def test_many_choices_in_one_step_are_no_burst() -> None:
    chunks = [says("a ", index=each) for _ in range(4) for each in range(16)]
    assert marked(stream(chunks, [step * 0.4 + each * 1e-5 for step in range(1, 5) for each in range(16)])) == []


def test_a_wait_before_a_burst_is_no_stall_also_where_a_chunk_without_text_leads_it() -> None:
    chunks = [*[says("a ")] * 8, chunk(), *[says("a ")] * 10]
    times = [0.5 + n * STEP_S for n in range(8)] + [4.0 + n * 1e-5 for n in range(11)]
    recording = stream(chunks, times)
    assert marked(recording) == [("burst", 9, 18)]
    found = timing.marks(recording.chunks, recording.events).iloc[0]
    assert found["wait_s"] == pytest.approx(4.0 + 1e-5 - times[7])


def test_chunks_without_text_are_no_burst() -> None:
    chunks = [*[says("a ")] * 8, *[chunk()] * 12, says("b")]
    times = [0.5 + n * STEP_S for n in range(8)] + [4.0 + n * 1e-5 for n in range(12)] + [4.1]
    assert [row[0] for row in marked(stream(chunks, times))] == ["stall"]


# Whatever comes


def test_a_clock_that_goes_back_breaks_nothing() -> None:
    """Reading refuses such times; frames made elsewhere may have them."""
    recording = words([STEP_S] * 12)
    t_s = [0.5, 0.53, 0.2, 0.23, 3.0, *[3.0 - n for n in range(8)]]
    chunks, events = recording.chunks.assign(t_s=t_s), recording.events.assign(t_s=t_s)
    gaps = timing.gaps(chunks, events)
    assert gaps["gap_s"].iloc[2] == pytest.approx(-0.33)
    assert (gaps.loc[gaps["gap_s"] < 0, "mark"].isna()).all()
    row = timing.per_choice(recording.recordings, events, recording.usage).iloc[0]
    assert row[["itl_s", "chars_per_s"]].isna().all()
    assert (row["n_gaps"], row["gap_max_s"]) == (4, pytest.approx(2.77))


def test_gaps_are_between_chunks_with_a_time() -> None:
    recording = words([STEP_S] * 3)
    gaps = timing.gaps(recording.chunks.assign(t_s=[1.0, math.nan, 1.5, 1.6]), recording.events)
    assert gaps["chunk"].tolist() == [0, 2, 3]
    assert gaps["gap_s"].round(6).fillna(-1).tolist() == [-1, 0.5, 0.1]


def test_of_nothing_come_empty_frames_of_the_same_columns(formats: Corpus) -> None:
    def dtypes(recordings: Any, chunks: Any, events: Any, usage: Any) -> list[Any]:
        each = (timing.per_choice(recordings, events, usage), timing.gaps(chunks, events), timing.marks(chunks, events))
        return [frame.dtypes.to_dict() for frame in each]

    frames = (formats.recordings, formats.chunks, formats.events, formats.usage)
    assert dtypes(*(frame.iloc[:0] for frame in frames)) == dtypes(*frames)


_GAPS = st.one_of(
    st.sampled_from([0.0, 1e-5, 1e-4, 0.002, STEP_S, 0.3, 2.0]),
    st.floats(-1, 20, allow_nan=False),
)


@given(st.lists(st.tuples(_GAPS, st.integers(0, 2), st.booleans()), min_size=1, max_size=60), st.booleans())
def test_marks_and_gaps_agree_on_every_stream(steps: list[tuple[float, int, bool]], in_order: bool) -> None:
    chunks = [says("a" if speaks else "", index=number) for _, number, speaks in steps]
    recording = stream(chunks, list(range(len(steps))))
    gaps = [abs(gap) if in_order else gap for gap, _, _ in steps]
    t_s = np.cumsum(gaps)
    frames = recording.chunks.assign(t_s=t_s), recording.events.assign(t_s=t_s[recording.events["chunk"]])
    found, marks = timing.gaps(*frames), timing.marks(*frames)
    assert found["chunk"].tolist() == recording.chunks["chunk"].tolist()
    inside = {"stall": set(), "burst": set()}  # type: dict[str, set[int]]
    for row in marks.to_dict("records"):
        first = row["first_chunk"] + (row["mark"] == "stall")
        assert first <= row["last_chunk"]
        covered = set(range(first, row["last_chunk"] + 1))
        assert not covered & (inside["stall"] | inside["burst"]), "no chunk is in two"
        inside[row["mark"]] |= covered
        assert row["n_chunks"] == len(covered)
        assert row["wait_s"] >= LONG_S
        if row["mark"] == "burst":
            assert row["n_chunks"] >= pace.BURST_CHUNKS
    for mark, chunk_numbers in inside.items():
        assert set(found.loc[found["mark"] == mark, "chunk"]) == chunk_numbers


@given(st.lists(st.tuples(_GAPS.map(abs), st.integers(0, 2)), min_size=1, max_size=40))
def test_the_times_of_every_choice_are_in_order(steps: list[tuple[float, int]]) -> None:
    recording = stream([says("ab", index=number) for _, number in steps], list(accumulate(gap for gap, _ in steps)))
    found = figures(recording)
    assert (found["ttfc_s"] <= found["ttft_s"]).all()
    assert (found["ttft_s"] <= found["t_last_s"]).all()
    assert found["n_gaps"].sum() == len(steps) - len(found)
    span = (found["t_last_s"] - found["ttft_s"]).where(lambda span: span > 0)
    expected = 2 * found["n_gaps"].astype(float) / span
    assert np.allclose(found["chars_per_s"].astype(float), expected.astype(float), equal_nan=True)


@given(st.lists(st.floats(0.001, 5), min_size=6, max_size=40), st.floats(1.5, 1000))
def test_a_stream_of_even_pace_has_no_marks_however_slow(jitter: list[float], slow: float) -> None:
    assert marked(words([STEP_S * slow * (1 + each / 5) for each in jitter])) == []


def test_several_recordings_do_not_touch(formats: Corpus) -> None:
    together = timing.marks(formats.chunks, formats.events)
    apart = pd.concat([timing.marks(each.chunks, each.events) for each in formats], ignore_index=True)
    pd.testing.assert_frame_equal(together, apart)


def test_every_figure_says_what_it_is_and_who_says_so() -> None:
    given_names = {
        "first_text_s",
        "first_output_s",
        "ttfc_s",
        "ttft_s",
        "ttfo_s",
        "itl_s",
        "inter_chunk_gap",
        "usual_s",
        "duration_s",
        "chars_per_s",
    }
    assert set(timing.DEFINITIONS) == given_names
    for name, definition in timing.DEFINITIONS.items():
        assert definition.name == name
        assert definition.meaning.endswith(".")
        assert "https://" in definition.source or definition.source.startswith("recexplore")


def test_a_hundred_thousand_chunks_take_well_under_a_second() -> None:
    n, size = 100_000, 500
    recording = pd.Series(np.repeat([f"r{each:03d}" for each in range(n // size)], size), dtype="str")
    number = np.tile(np.arange(size), n // size)
    frame = pd.DataFrame({"recording": recording, "chunk": number, "t_s": number * STEP_S})
    kind = pd.Categorical(["content"] * n)
    events = frame.assign(choice=pd.array([0] * n, dtype="Int64"), kind=kind, text="word ", tool_name=None)
    events = events.astype({"text": "str", "tool_name": "str"})
    taken = []
    for _ in range(3):
        began = process_time()  # not the clock on the wall: the machine may be busy
        assert timing.marks(frame, events).empty
        taken.append(process_time() - began)
    assert min(taken) < 1
