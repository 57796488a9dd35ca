"""Every report words an answer alike: reasons, chunks, log probabilities, pieces."""

from __future__ import annotations

from dataclasses import replace

import pytest
from compared_kit import TEXT, recorded
from run_kit import loaded

from recexplore.comparison.runs import runs
from recexplore.share.comparisons import FORMATS
from recexplore.share.comparisons.answers import Answer, Continuation, Parting
from recexplore.share.comparisons.outcome import outcome_of_runs
from recexplore.share.comparisons.text import plain
from recexplore.share.comparisons.wording import chunks_in_words, logprob_in_words, pieces_in_words, reasons_in_words

FOURTH, END = Continuation("a", 1_004, -0.1054), Continuation("", None, None)
PARTING = Parting("choice 0, content", 3, 1, "The", FOURTH, END)


@pytest.mark.parametrize(
    ("base", "other", "words"),
    [
        (FOURTH, FOURTH, "chunk 1,004"),
        (FOURTH, END, "chunk 1,004 and the end"),
        (END, END, "the end"),
        (FOURTH, replace(FOURTH, chunk=0), "chunk 1,004 and chunk 0"),
    ],
)
def test_chunks_in_which_texts_part(base: Continuation, other: Continuation, words: str) -> None:
    assert chunks_in_words(replace(PARTING, base=base, other=other)) == words


def test_a_log_probability_where_it_was_recorded() -> None:
    assert [logprob_in_words(each) for each in (FOURTH, END)] == ["logprob -0.105", ""]


def test_why_an_answer_is_another() -> None:
    answer = Answer((1,), "other words", ("content", "finish reason"), None, 1)
    assert reasons_in_words(answer) == "content; finish reason"
    assert reasons_in_words(replace(answer, broken="it has no end")) == "content; finish reason; it has no end"


def test_pieces_are_short_and_harmless() -> None:
    assert pieces_in_words(("a b", "\n", "c" * 25)) == f"a b│↵│{'c' * 24}…"
    assert "\x1b" not in pieces_in_words(("\x1b[2J",))


@pytest.mark.parametrize("form", [each for each in FORMATS if each != "json"])
def test_every_report_says_it_so(form: str) -> None:
    outcome = outcome_of_runs(runs(loaded(recorded(), recorded(f"{TEXT} And"))), ["x"], "text")
    said = plain(outcome) if form == "text" else str(FORMATS[form](outcome))
    assert "the end and chunk 9" in said
