"""Runs of one request with the same answer: what beside it may differ, and what may not."""

from __future__ import annotations

from typing import Any

import pytest
from pandas.testing import assert_frame_equal
from run_kit import loaded
from synthetic import URL, calls, choice, chunk, fragment, recording, says, stream, whole, wrapped

import recexplore
from recexplore.corpus import Corpus

ASKED = {"model": "m", "messages": [{"role": "user", "content": "Why is the sky blue?"}]}
SKY = ["Air scatters", " blue light", " more than red light."]


def answer(
    prompt: int | None = None, completion: int = 14, finish: str = "stop", texts: list[str] = SKY, **more: Any
) -> Any:
    """A stream, asked for as such unless the request is given."""
    request = more.pop("request", {**ASKED, "stream": True, "stream_options": {"include_usage": True}})
    report = [] if prompt is None else [chunk(usage=counts(prompt, completion, **more.pop("usage", {})))]
    model = {"model": more.pop("served", "m")}
    body = [chunk(choice({"role": "assistant"})), *map(says, texts), chunk(choice({}, finish_reason=finish)), *report]
    return recording([wrapped({**each, **model}) for each in body], request=request, **more)


def at_once(prompt: int, completion: int = 14, finish: str = "stop", text: str = "".join(SKY)) -> Any:
    body = whole({"role": "assistant", "content": text}, usage=counts(prompt, completion), finish_reason=finish)
    body["request"]["body"] = {**ASKED, "stream": False}
    return body


def counts(prompt: int, completion: int, **more: Any) -> dict[str, Any]:
    return {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion, **more}


def found(rule: str, corpus: Corpus) -> list[tuple[str, str, Any, str]]:
    findings = recexplore.check(corpus, select=[rule])
    assert "failed" not in findings.attrs
    return [
        (row.recording, row.severity, None if row.chunk is None else row.chunk, row.message)
        for row in findings.itertuples()
    ]


# --- usage ----------------------------------------------------------------------------------------------------------------


def test_the_prompt_costs_the_same_streamed_and_whole() -> None:
    [(where, severity, place, message)] = found("run-usage", loaded(answer(58), at_once(14)))
    assert (where, severity, place) == ("run-0", "warning", 5)
    assert message == (
        "The same request got the same answer in recording run-1, which came whole; there the usage report counts 14 prompt "
        "tokens, here 58. One of the two is wrong."
    )


def test_of_many_runs_the_odd_one_is_named_once() -> None:
    corpus = loaded(answer(14), answer(58), answer(14), answer(58), answer(90), answer(14))
    assert [(where, severity) for where, severity, *_ in found("run-usage", corpus)] == [
        ("run-1", "warning"),
        ("run-4", "warning"),
    ]


def test_a_template_with_the_date_is_a_note() -> None:
    [(where, severity, _, message)] = found("run-usage", loaded(answer(14), answer(14), answer(16)))
    assert (where, severity) == ("run-2", "note")
    assert "wrong" not in message


def test_what_came_from_a_cache_is_part_of_the_prompt() -> None:
    cached = {"prompt_tokens_details": {"cached_tokens": 1024}}
    assert found("run-usage", loaded(answer(1400), answer(1400, usage=cached))) == []


@pytest.mark.parametrize(
    "other",
    [
        answer(58, texts=["Because."]),
        answer(58, served="m-2026-01-01"),
        answer(58, request={**ASKED, "stream": True, "temperature": 0}),
        answer(58, request={**ASKED, "messages": [{"role": "user", "content": "Why is the sky blue"}], "stream": True}),
        answer(None),
    ],
    ids=["other words", "another model", "another setting", "another question", "no report"],
)
def test_other_figures_for_something_else(other: Any) -> None:
    assert found("run-usage", loaded(answer(14), other)) == []


def test_ids_and_labels_in_the_request() -> None:
    def asking(id_: str, **more: Any) -> dict[str, Any]:
        call = {"id": id_, "type": "function", "function": {"name": "f", "arguments": "{}"}}
        said = [{"role": "assistant", "tool_calls": [call]}, {"role": "tool", "tool_call_id": id_, "content": "42"}]
        return {**ASKED, "messages": [*ASKED["messages"], *said], "stream": True, **more}  # type: ignore[misc]

    one, other = asking("call_0123456789"), asking("call_abcdefghijklmnopq")
    # Longer ids are more tokens; the same ids are the same prompt, whoever asks.
    assert found("run-usage", loaded(answer(40, request=one), answer(52, request=other))) == []
    assert len(found("run-usage", loaded(answer(40, request=one), answer(52, request=one)))) == 1


def test_what_a_server_keeps_is_part_of_the_prompt() -> None:
    asked = {**ASKED, "stream": True, "conversation": "conv_123456789"}
    assert found("run-usage", loaded(answer(14, request=asked), answer(58, request=asked))) == []


def test_ollama_does_not_count_what_it_had_read() -> None:
    documents = [answer(26), answer(5)]
    for each in documents:
        each["request"]["url"] = "http://localhost:11434/v1/chat/completions"
        each["provider"] = "ollama"
    assert found("run-usage", loaded(*documents)) == []


@pytest.mark.parametrize(
    ("completions", "odd"),
    [
        ([14, 14, 28], ["run-2"]),
        ([28, 14, 14, 16], ["run-0"]),
        ([14, 28], []),
        ([14, 20, 26], []),
        ([14, 14, 15], []),
    ],
    ids=["twice", "one token more is another cut", "nobody confirms", "each has its own", "the last token"],
)
def test_completion_tokens_of_the_same_words(completions: list[int], odd: list[str]) -> None:
    corpus = loaded(*(answer(14, completion) for completion in completions))
    assert [where for where, *_ in found("run-usage", corpus)] == odd


def test_reasoning_that_is_not_seen_may_be_any_number_of_tokens() -> None:
    hidden = [{"completion_tokens_details": {"reasoning_tokens": n}} for n in (64, 64, 128, 0, 0)]
    runs = [answer(14, 14 + 64 * n, usage=usage) for n, usage in zip((1, 1, 2), hidden, strict=False)]
    assert found("run-usage", loaded(*runs)) == []
    assert len(found("run-usage", loaded(answer(14, 14, usage=hidden[3]), answer(14, 40, usage=hidden[4])))) == 1


def test_calls_are_written_anew() -> None:
    def calling(completion: int) -> Any:
        call = calls(fragment('{"city":"Bern"}', name="get_weather", id="call_1"))
        body = [call, chunk(choice({}, finish_reason="tool_calls")), chunk(usage=counts(14, completion))]
        return stream(*body, request={**ASKED, "stream": True})

    assert found("run-usage", loaded(calling(14), calling(14), calling(18))) == []


# --- finish reasons -------------------------------------------------------------------------------------------------------


def test_the_same_words_end_for_the_same_reason() -> None:
    [(where, severity, place, message)] = found("run-finish", loaded(answer(), answer(finish="length"), answer()))
    assert (where, severity, place) == ("run-1", "warning", 4)
    assert "finish reason “length”" in message
    assert "“stop” in recording run-0" in message


def test_streamed_calls_end_like_whole_ones() -> None:
    function = {"name": "get_weather", "arguments": '{"city":"Bern"}'}
    one = whole(
        {"content": None, "tool_calls": [{"id": "a", "type": "function", "function": function}]},
        finish_reason="tool_calls",
    )
    call = calls(fragment('{"city":"Bern"}', name="get_weather", id="b"))
    other = stream(call, chunk(choice({}, finish_reason="stop")))
    corpus = loaded(one, other)
    assert [where for where, *_ in found("run-finish", corpus)] == ["run-1"]
    # The rule that tells it of one recording tells it better.
    assert "run-finish" not in set(recexplore.check(corpus)["rule"])
    assert "tool-finish" in set(recexplore.check(corpus["run-1"])["rule"])


@pytest.mark.parametrize(
    "documents",
    [
        [answer(), answer(finish="length", texts=SKY[:2])],
        [answer(request={**ASKED, "stop": ["\n"], "stream": True}, finish=each) for each in ("stop", "length")],
        [answer(), answer(finish="length", request={**ASKED, "stream": True, "max_tokens": 14})],
    ],
    ids=["other words", "a stop sequence at the limit", "another limit"],
)
def test_reasons_that_may_differ(documents: list[Any]) -> None:
    assert found("run-finish", loaded(*documents)) == []


def test_reasons_with_one_meaning() -> None:
    url = "https://api.together.xyz/v1/chat/completions"
    documents = [answer(finish=each) for each in ("stop", "eos")]
    for each in documents:
        each["request"]["url"] = url
    corpus = loaded(*documents)
    if corpus.recordings["dialect"].eq("openai_chat").all():
        assert found("run-finish", corpus) == []


# --- numbers of choices ---------------------------------------------------------------------------------------------------


def several(*texts: str) -> Any:
    said = [says(text, index) for index, text in enumerate(texts)]
    ends = [chunk(choice({}, index, "stop")) for index in range(len(texts))]
    return stream(*said, *ends, request={**ASKED, "n": len(texts), "stream": True})


LONG = ("Air scatters blue light most.", "It is because of Rayleigh scattering.", "Because the air is not quite clear.")


def test_choices_under_other_numbers() -> None:
    [(where, severity, _, message)] = found("run-swap", loaded(several(*LONG), several(LONG[1], LONG[0], LONG[2])))
    assert (where, severity) == ("run-1", "note")
    assert "choice 0 is choice 1 and choice 1 is choice 0 there" in message


@pytest.mark.parametrize(
    "other",
    [several(*LONG), several(LONG[1], LONG[0], LONG[1]), several(LONG[1], LONG[0], "Nobody knows for certain why.")],
    ids=["equal", "one twice", "one other"],
)
def test_choices_that_did_not_move(other: Any) -> None:
    assert found("run-swap", loaded(several(*LONG), other)) == []


def test_short_answers_change_places_by_chance() -> None:
    assert found("run-swap", loaded(several("Heads.", "Tails."), several("Tails.", "Heads."))) == []


# --- a corpus and its recordings ------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def odd() -> Corpus:
    return loaded(answer(14), answer(58), answer(14))


def test_a_recording_has_the_findings_of_its_corpus(odd: Corpus) -> None:
    assert odd.findings["rule"].tolist() == ["run-usage"]
    assert [each.findings["rule"].tolist() for each in odd] == [[], ["run-usage"], []]
    assert_frame_equal(odd["run-1"].findings, odd.findings)
    recexplore.assert_clean(odd["run-0"], fail_on="warning")
    with pytest.raises(AssertionError, match="run-usage"):
        recexplore.assert_clean(odd["run-1"], fail_on="warning")
    with pytest.raises(AssertionError, match=r"run-usage(.|\n)*recording run-0"):
        recexplore.assert_clean(odd, fail_on="warning")


def test_a_file_alone_has_no_other_runs(odd: Corpus) -> None:
    for each in odd:
        assert recexplore.check(recexplore.load(each.facts["path"], progress=False)).empty


def test_a_stream_that_was_just_received_has_none() -> None:
    body = [says("Hi"), chunk(choice({}, finish_reason="stop"))]
    live = recexplore.from_chunks(body, request={**ASKED, "stream": True}, url=URL)
    assert recexplore.check(live, select=["run-*"]).empty


def test_a_file_that_changed_is_no_run(odd: Corpus) -> None:
    from pathlib import Path

    corpus = loaded(answer(14), at_once(58))
    Path(corpus["run-1"].facts["path"]).write_text("{}")
    assert recexplore.check(corpus, select=["run-*"]).empty
