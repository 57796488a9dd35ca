"""Tokens as reported, beside what was seen."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
from run_kit import loaded
from synthetic import chunk, recording, says

from recexplore.analysis import usage
from recexplore.corpus import Corpus


def _tokens(corpus: Corpus) -> pd.DataFrame:
    return usage.tokens(corpus.recordings, corpus.usage, corpus.choices, corpus.events).set_index("recording")


def test_only_one_of_the_five_reports(bundled: Corpus) -> None:
    found = _tokens(bundled)
    assert found["n_reports"].to_dict() == {name: int(name == "f6960cae871e") for name in found.index}
    assert found.loc["f6960cae871e", ["prompt", "completion", "total"]].tolist() == [707, 37, 744]
    assert found.loc["f27523f3fec8", ["prompt", "completion", "total", "visible", "fresh_prompt"]].isna().all()


def test_parts_follow_from_the_report(made: Corpus) -> None:
    found = _tokens(made).loc["reasoning"]
    assert (found["cached"], found["fresh_prompt"], found["reasoning"], found["visible"]) == (1024, 19, 22, 12)
    assert found["cached"] + found["fresh_prompt"] + found["reasoning"] + found["visible"] == found["total"]


def test_repeated_reports_are_never_summed(read: Callable[..., Corpus]) -> None:
    def report(n: int) -> dict[str, int]:
        return {"prompt_tokens": 5, "completion_tokens": n, "total_tokens": 5 + n}

    corpus = read(recording([says("a") | {"usage": report(1)}, says("b") | {"usage": report(2)}]))
    found = usage.final(corpus.usage).iloc[0]
    assert (found["n_reports"], found["completion"], found["total"]) == (2, 2, 7)


def test_a_figure_that_a_later_report_leaves_out_is_kept(read: Callable[..., Corpus]) -> None:
    corpus = read(recording([chunk(usage={"prompt_tokens": 5}), chunk(usage={"completion_tokens": 2})]))
    found = usage.final(corpus.usage).iloc[0]
    assert (found["prompt"], found["completion"]) == (5, 2)
    assert pd.isna(found["total"])


def test_observed_counts_all_choices_together(bundled: Corpus) -> None:
    found = _tokens(bundled).loc["f27523f3fec8"]
    assert found["n_text_events"] == 82
    assert (found["content_chars"], found["reasoning_chars"]) == (402, 577)


def test_answer_without_choices_is_still_a_row(made: Corpus) -> None:
    found = _tokens(made).loc["bad-request"]
    assert found["n_reports"] == 0
    assert pd.isna(found["content_chars"])


def test_a_part_that_is_no_part_is_missing_not_negative(read: Callable[..., Corpus]) -> None:
    report = {"prompt_tokens": 10, "completion_tokens": 9, "total_tokens": 19, "cache_read_input_tokens": 500}
    report["completion_tokens_details"] = {"reasoning_tokens": 300}  # type: ignore[assignment]
    found = _tokens(read(recording([chunk(usage=report)]))).iloc[0]
    assert found[["visible", "fresh_prompt"]].isna().all()


def _reported(figures: dict[str, int], *, cached_inside: bool | None, reasoning_inside: bool | None) -> pd.Series:
    """What follows from one report of a provider that counts so."""
    row = {name: pd.array([figures.get(name)], dtype="Int64") for name in usage.TOKEN_COUNTS}
    counts = {"prompt_includes_cached": cached_inside, "completion_includes_reasoning": reasoning_inside}
    row |= {name: pd.array([value], dtype="boolean") for name, value in counts.items()}
    reports = pd.DataFrame({"recording": ["r"], "chunk": [0], **row})
    sizes = ["content_chars", "reasoning_chars", "refusal_chars", "tool_call_chars"]
    choices = pd.DataFrame({"recording": ["r"], **{name: [0] for name in sizes}})
    events = pd.DataFrame({"recording": ["r"], "kind": ["usage"]})
    return usage.tokens(pd.DataFrame({"recording": ["r"]}), reports, choices, events).iloc[0]


def test_cached_on_top_of_prompt_and_reasoning_on_top_of_completion() -> None:
    figures = {"prompt": 10, "cached": 500, "completion": 9, "reasoning": 300}
    found = _reported(figures, cached_inside=False, reasoning_inside=False)
    assert (found["fresh_prompt"], found["visible"]) == (10, 9)


def test_cached_inside_of_prompt_and_reasoning_inside_of_completion() -> None:
    figures = {"prompt": 510, "cached": 500, "completion": 309, "reasoning": 300}
    found = _reported(figures, cached_inside=True, reasoning_inside=True)
    assert (found["fresh_prompt"], found["visible"]) == (10, 9)
    found = _reported(figures, cached_inside=None, reasoning_inside=None)
    assert (found["fresh_prompt"], found["visible"]) == (10, 9)


def test_one_inside_and_the_other_on_top() -> None:
    figures = {"prompt": 510, "cached": 500, "completion": 9, "reasoning": 300}
    found = _reported(figures, cached_inside=True, reasoning_inside=False)
    assert (found["fresh_prompt"], found["visible"]) == (10, 9)


def test_what_was_not_reported_is_missing_and_takes_nothing_away() -> None:
    found = _reported({"prompt": 10}, cached_inside=False, reasoning_inside=True)
    assert found["fresh_prompt"] == 10
    assert pd.isna(found["visible"])
    found = _reported({"cached": 10}, cached_inside=True, reasoning_inside=True)
    assert pd.isna(found["fresh_prompt"])


def test_anthropic_counts_cached_tokens_on_top(read: Callable[..., Corpus]) -> None:
    report = {"input_tokens": 3, "cache_read_input_tokens": 1000, "cache_creation_input_tokens": 50, "output_tokens": 1}
    message = {"id": "m", "type": "message", "role": "assistant", "model": "c", "content": [], "usage": report}
    more = {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 7}}
    corpus = read([{"type": "message_start", "message": message}, more, {"type": "message_stop"}])
    found = _tokens(corpus).iloc[0]
    assert found[["prompt", "cached", "cache_write", "fresh_prompt", "completion", "visible"]].tolist() == [
        3,
        1000,
        50,
        3,
        7,
        7,
    ]
    facts = corpus.recordings.iloc[0]
    assert facts[["prompt_tokens", "cached_tokens", "completion_tokens"]].tolist() == [3, 1000, 7]


def test_gemini_counts_reasoning_on_top(read: Callable[..., Corpus]) -> None:
    def answer(text: str, thoughts: int, said: int) -> dict[str, object]:
        counts = {"promptTokenCount": 8, "thoughtsTokenCount": thoughts, "candidatesTokenCount": said}
        return {"candidates": [{"content": {"parts": [{"text": text}], "role": "model"}}], "usageMetadata": counts}

    found = _tokens(read([answer("a", 40, 1), answer("b", 60, 2)])).iloc[0]
    assert found[["n_reports", "prompt", "completion", "reasoning", "visible"]].tolist() == [2, 8, 2, 60, 2]


def test_tokens_written_to_the_cache_are_part_of_the_prompt_where_cached_ones_are() -> None:
    figures = {"prompt": 560, "cached": 500, "cache_write": 50}
    assert _reported(figures, cached_inside=True, reasoning_inside=None)["fresh_prompt"] == 10
    figures["prompt"] = 10
    assert _reported(figures, cached_inside=False, reasoning_inside=None)["fresh_prompt"] == 10


def test_a_count_stands_among_those_of_its_model() -> None:
    def reported(n: int, model: str) -> dict[str, object]:
        counts = {"prompt_tokens": 5, "completion_tokens": n, "total_tokens": 5 + n}
        return recording([says("a") | {"usage": counts, "model": model}])

    corpus = loaded(*(reported(n, "m") for n in (3, 7, 7, 9)), reported(1, "other"), recording([says("b")]))
    found = usage.positions(corpus.recordings)

    assert found["recording"].nunique() == 4
    assert found["figure"].tolist() == ["prompt", "completion", "total"] * 4
    mine = found[found["figure"] == "completion"]
    assert mine[["tokens", "n_others", "n_below", "n_equal"]].to_numpy().tolist() == [
        [3, 3, 0, 0],
        [7, 3, 1, 1],
        [7, 3, 1, 1],
        [9, 3, 3, 0],
    ]
    assert mine["percentile"].tolist() == [0, 0.5, 0.5, 1]


def test_a_position_counts_the_others_one_by_one(made: Corpus) -> None:
    recordings = made.recordings
    models = recordings["model_served"].fillna(recordings["model_requested"]).fillna("").tolist()
    expected = []
    for row, model in enumerate(models):
        for figure in ("prompt", "completion", "reasoning", "total"):
            values = recordings[f"{figure}_tokens"].tolist()
            others = [
                value
                for place, value in enumerate(values)
                if place != row and models[place] == model and not pd.isna(value)
            ]
            if not pd.isna(values[row]) and len(others) >= 2:
                below = sum(value < values[row] for value in others)
                equal = sum(value == values[row] for value in others)
                expected.append([recordings["recording"].iloc[row], figure, values[row], len(others), below, equal])
    found = usage.positions(recordings)
    assert found.drop(columns="percentile").to_numpy().tolist() == expected
    assert len(expected) > 3
