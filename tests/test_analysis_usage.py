"""Tokens as reported, beside what was seen."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
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
