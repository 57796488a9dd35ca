"""Texts that another run shows to be wrong: which stretches are told, and which any model might say."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from run_kit import loaded
from synthetic import choice, chunk, recording, says, stream, thinks

import recexplore
from recexplore.corpus import Corpus, Recording
from recexplore.model.span import spans_from_json

SKY = ["Air scatters", " blue light", " more than red light,", " so we see blue", " from everywhere."]
WORDS = 15


def answer(texts: list[str], tokens: int | None = None, finish: str | None = "stop", **top: Any) -> Any:
    ends = [chunk(choice({}, finish_reason=finish))] if finish else []
    report = [] if tokens is None else [chunk(usage=usage(tokens))]
    return stream(chunk(choice({"role": "assistant"})), *map(says, texts), *ends, *report, **top)


def usage(tokens: int) -> dict[str, int]:
    return {"prompt_tokens": 9, "completion_tokens": tokens, "total_tokens": 9 + tokens}


def found(rule: str, corpus: Corpus | Recording) -> list[tuple[Any, ...]]:
    findings = recexplore.check(corpus, select=[rule])
    assert "failed" not in findings.attrs
    return [(row.recording, row.chunk, row.last_chunk, row.choice) for row in findings.itertuples()]


# --- a stretch twice ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("start", "end"), [(0, 2), (1, 3), (3, 5), (0, 5)])
def test_chunks_delivered_twice_are_told_where_they_come_again(start: int, end: int) -> None:
    corpus = loaded(answer(SKY), answer(SKY[:end] + SKY[start:end] + SKY[end:]), answer(SKY))
    assert found("run-repeat", corpus) == [("run-1", 1 + end, 2 * end - start, 0)]
    [row] = recexplore.check(corpus, select=["run-repeat"]).itertuples()
    [span] = spans_from_json(row.spans)
    text = corpus["run-1"].text()
    assert text[span.start : span.end].strip() == "".join(SKY[start:end]).strip()
    assert row.severity == "warning"
    assert "in recording run-0, a run of the same request, it stands once and all else is equal." in row.message


def test_a_line_break_between_the_two_changes_nothing() -> None:
    assert found("run-repeat", loaded(answer(SKY), answer([*SKY, "\n\n", *SKY]))) == [("run-1", 6, 11, 0)]


def test_reasoning_is_looked_at_too() -> None:
    once = [thinks("reasoning_content", text) for text in ("They ask for", " the largest moon.", " It is Titan.")]
    end = [says("Titan."), chunk(choice({}, finish_reason="stop"))]
    corpus = loaded(stream(*once, *end), stream(*once[:2], *once, *end))
    assert found("run-repeat", corpus) == [("run-1", 2, 3, 0)]


@pytest.mark.parametrize(
    ("once", "twice", "tokens"),
    [
        (["Never, ", "never give up on it."], ["Never, ", "never, ", "never give up on it."], (None, None)),
        (["Let it be. "], ["Let it be. ", "Let it be. "], (None, None)),
        (["la la la la la la la la la la la la"], ["la la la la la la la la la la la la"] * 2, (None, None)),
        (["We will, we will rock you!\n"], ["We will, we will rock you!\n"] * 2, (9, 18)),
        (SKY, [*SKY[:3], *SKY[1:]], (WORDS, WORDS + 8)),
        (["A!"] * 3 + ["\n", "So it goes."], ["A!"] * 3 + ["\n\n\n\n\n\n", "So it goes."], (9, 9)),
    ],
    ids=["a word", "short", "one word", "a refrain that is counted", "counted", "white space"],
)
def test_what_a_model_may_say_twice(once: list[str], twice: list[str], tokens: tuple[int | None, int | None]) -> None:
    assert found("run-repeat", loaded(answer(once, tokens[0]), answer(twice, tokens[1]))) == []


def test_a_short_stretch_is_told_where_nobody_counted_it() -> None:
    once, twice = ["The capital is", " Paris", "."], ["The capital is", " Paris", " Paris", "."]
    assert found("run-repeat", loaded(answer(once, 6), answer(twice, 6))) == [("run-1", 3, 3, 0)]
    assert found("run-repeat", loaded(answer(once), answer(twice))) == []
    # Whoever reports 600 tokens of six words reports what it likes.
    assert found("run-repeat", loaded(answer(once, 600), answer(twice, 600))) == []


def test_a_text_that_runs_in_circles_is_not_told() -> None:
    line = ["I am sorry, I cannot do that. "]
    assert found("run-repeat", loaded(answer(line * 5), answer(line * 6))) == []


def test_other_requests_are_no_runs() -> None:
    asked = {"model": "m", "messages": [{"role": "user", "content": "another question"}], "stream": True}
    twice = [*SKY, *SKY]
    assert found("run-repeat", loaded(answer(SKY), answer(twice, request=asked))) == []
    assert found("run-repeat", loaded(answer(SKY, request=asked), answer(twice, request=asked))) == [
        ("run-1", 6, 10, 0)
    ]


def test_a_copied_chunk_is_one_finding() -> None:
    corpus = loaded(answer(SKY), answer([*SKY[:3], *SKY[2:]]))
    told = recexplore.check(corpus)
    assert told["rule"].tolist() == ["run-repeat"]
    assert recexplore.check(corpus, ignore=["run-*"])["rule"].tolist() == ["dup-chunk"]


# --- a stretch that is missing --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lost", [1, 2, 3, 4])
def test_a_lost_chunk_is_told_at_the_seam(lost: int) -> None:
    corpus = loaded(answer(SKY, 20), answer(SKY[:lost] + SKY[lost + 1 :], 20))
    told = found("run-gap", corpus)
    if lost == 1:  # " blue light" is too short
        assert told == []
        return
    assert told == [("run-1", lost, min(lost + 1, 4), 0)]
    [message] = recexplore.check(corpus, select=["run-gap"])["message"]
    assert f"lacks “{SKY[lost].strip()}”, which recording run-0 has" in message
    assert "both count 20 completion tokens" in message


@pytest.mark.parametrize(
    ("tokens", "shorter", "why"),
    [
        ((20, 14), SKY[:3], "the report counts fewer"),
        ((None, None), SKY[:3], "nobody counted"),
        ((0, 0), SKY[:3], "nothing was counted"),
        ((8, 8), SKY[:3], "fewer tokens than words"),
        ((900, 900), SKY[:3], "more tokens than letters"),
        ((20, 20), ["Air scatters", " blue light"], "other words"),
    ],
)
def test_shorter_answers_are_answers(tokens: tuple[int | None, int | None], shorter: list[str], why: str) -> None:
    longer = SKY if why != "other words" else ["Dust absorbs", *SKY[1:]]
    assert found("run-gap", loaded(answer(longer, tokens[0]), answer(shorter, tokens[1]))) == []


def test_an_answer_that_was_cut_is_not_told() -> None:
    assert found("run-gap", loaded(answer(SKY, 20), answer(SKY[:3], 20, finish=None))) == []


def test_hidden_reasoning_explains_any_count() -> None:
    def hidden(texts: list[str], reasoning: int) -> Any:
        body = answer(texts, 20)
        body["response"]["body"][-1]["__data__"]["usage"]["completion_tokens_details"] = {"reasoning_tokens": reasoning}
        return body

    assert found("run-gap", loaded(hidden(SKY, 2), hidden(SKY[:3], 8))) == []
    assert found("run-gap", loaded(hidden(SKY, 0), hidden(SKY[:3], 0))) == [("run-1", 3, 3, 0)]


# --- real streams ----------------------------------------------------------------------------------------------------------


@settings(max_examples=15, deadline=None)
@given(rng=st.randoms(use_true_random=True))
def test_a_stretch_of_a_real_stream_is_found_where_it_was_put(bundled: Corpus, rng: Random) -> None:
    """Chunks that are delivered twice, beside a healthy copy; and other requests beside them stay silent."""
    whole_one = bundled["007c4711219f"]
    chunks = [whole_one.raw(number) for number in range(len(whole_one.chunks))]
    texts = [each["choices"][0]["delta"].get("content") or "" if each["choices"] else "" for each in chunks]
    start = rng.randrange(len(chunks) - 12)
    end = start + rng.randint(10, 12)
    stretch = "".join(texts[start:end])
    if len(stretch.strip()) < 20 or whole_one.text().count(stretch.strip()) != 1:
        return
    twice = chunks[:end] + chunks[start:end] + chunks[end:]
    asked, other = whole_one.request, {**whole_one.request, "temperature": 0.25}
    corpus = loaded(
        *(recording(body, request=request) for body, request in [(chunks, asked), (twice, asked), (chunks, other)])
    )
    [(where, chunk_, last, _)] = found("run-repeat", corpus)
    assert where == "run-1"
    assert end - 1 <= chunk_ <= last <= 2 * end - start
