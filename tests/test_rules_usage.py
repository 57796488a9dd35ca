"""Usage reports: which figures cannot be, how bad that is, and what only looks like it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from synthetic import URL, choice, chunk, says, whole

import recexplore


def stream(*reports: dict[str, Any], n: int = 4) -> list[dict[str, Any]]:
    said = [chunk(choice({"role": "assistant"})), *[says(f"word{at} ") for at in range(n)]]
    return [*said, chunk(choice({}, finish_reason="stop")), *[chunk(usage=report) for report in reports]]


def counts(prompt: int, completion: int, total: int | None = None, **more: Any) -> dict[str, Any]:
    total = prompt + completion if total is None else total
    return {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": total, **more}


def found(rule: str, chunks: list[dict[str, Any]], **request: Any) -> list[tuple[str, str]]:
    findings = recexplore.check(recexplore.from_chunks(chunks, request=request or None, url=URL), select=[rule])
    assert "failed" not in findings.attrs
    return list(zip(findings["severity"].astype(str), findings["message"], strict=True))


@pytest.mark.parametrize(
    "report",
    [
        counts(9, 4, 388, prompt_tokens_details={"audio_tokens": 375}),
        counts(9, 4, 393, prompt_tokens_details={"audio_tokens": 375, "cached_tokens": 5}),
        counts(9, 3),
        counts(9, 400),
        counts(9, 4, 33, completion_tokens_details={"reasoning_tokens": 20}),
    ],
    ids=["audio on top", "audio and a cache on top", "one short", "many a chunk", "reasoning on top"],
)
def test_figures_that_can_be(report: dict[str, Any]) -> None:
    assert found("usage-arith", stream(report)) == []


@pytest.mark.parametrize("total", [12, 14, 387, 390])
def test_sums_that_do_not_add_up_are_errors(total: int) -> None:
    report = counts(9, 4, total, prompt_tokens_details={"audio_tokens": 375})
    assert [severity for severity, _ in found("usage-arith", stream(report))] == ["error"]


@pytest.mark.parametrize("completion", [0, 1, 2])
def test_fewer_tokens_than_chunks_are_an_estimate(completion: int) -> None:
    [(severity, message)] = found("usage-arith", stream(counts(9, completion)))
    assert severity == "warning"
    assert "each of them brings at least one token; a gateway probably estimated" in message


@pytest.mark.parametrize(
    ("reports", "severity", "words"),
    [
        ([counts(9, 2), counts(9, 4)], "note", "in chunks 6 and 7;"),
        ([counts(9, 2), counts(9, 3), counts(9, 4)], "note", "in chunks 6 to 8;"),
        ([counts(9, 5), counts(9, 4)], "warning", "The completion tokens fall"),
        ([counts(30, 2), counts(9, 4)], "warning", "The prompt tokens fall"),
        ([counts(30, 40), counts(9, 4)], "error", "The completion tokens fall"),
        ([counts(9, 4, 50), counts(9, 4)], "error", "The total tokens fall"),
    ],
)
def test_several_reports(reports: list[dict[str, Any]], severity: str, words: str) -> None:
    [(got, message)] = found("usage-repeated", stream(*reports))
    assert got == severity
    assert words in message


def test_continuous_reports_that_were_asked_for() -> None:
    chunks = stream(counts(9, 2), counts(9, 4))
    assert found("usage-repeated", chunks, stream_options={"continuous_usage_stats": True}) == []


def test_a_gateway_that_types_letter_by_letter() -> None:
    said = [says(letter) for letter in "It is a lake, and deep."]
    end = chunk(choice({}, finish_reason="stop"))
    assert found("usage-arith", [*said, end, chunk(usage=counts(9, 8))]) == []
    assert len(found("usage-arith", [*said, end, chunk(usage=counts(9, 0))])) == 1


def test_a_report_without_the_prompt_is_a_note() -> None:
    said = found("usage-missing", stream({"completion_tokens": 6}))
    assert [severity for severity, _ in said] == ["note"]
    assert "never those of the prompt" in said[0][1]


@pytest.mark.parametrize(
    "reports",
    [(counts(9, 6),), (counts(0, 6),), ({"prompt_tokens": 9},), ({"completion_tokens": 3}, counts(9, 6)), ()],
)
def test_a_prompt_that_is_counted_somewhere(reports: tuple[dict[str, Any], ...]) -> None:
    assert found("usage-missing", stream(*reports)) == []


def test_ollama_leaves_a_known_prompt_out() -> None:
    said = {"model": "m", "created_at": "2026-05-04T08:00:01Z", "message": {"role": "assistant", "content": "a"}}
    lines = [said | {"done": False}, said | {"done": True, "done_reason": "stop", "eval_count": 4}]
    assert found("usage-missing", lines) == []


TEXT = "The capital of France is Paris, which lies on the river Seine and has been the seat of its kings. " * 4


def answered(
    path: Path, text: str | None, report: dict[str, Any], finish: str = "stop", **message: Any
) -> list[tuple[str, str]]:
    said = whole({"role": "assistant", "content": text, **message}, finish_reason=finish, usage=report)
    (path / "a.json").write_text(json.dumps(said))
    findings = recexplore.check(recexplore.load(path, progress=False), select=["usage-arith"])
    return list(zip(findings["severity"].astype(str), findings["message"], strict=True))


CALL = {"id": "c", "type": "function", "function": {"name": "search", "arguments": "{}"}}


def test_a_token_that_would_hold_several_words(tmp_path: Path) -> None:
    [(severity, message)] = answered(tmp_path, TEXT, counts(9, 5))
    assert severity == "warning"
    assert "5 completion tokens for 80 words of 392 characters" in message
    [(severity, message)] = answered(tmp_path, None, counts(0, 0), "tool_calls", tool_calls=[CALL])
    assert severity == "warning"
    assert "no token at all, and a tool call came" in message
    [(severity, message)] = answered(tmp_path, "Paris.", counts(0, 0))
    assert "no token at all, and text came" in message


@pytest.mark.parametrize(
    ("text", "report", "finish"),
    [
        (TEXT, counts(9, 60), "stop"),
        (TEXT[:100], counts(9, 4), "stop"),
        ("Paris" + " " * 400, counts(9, 5), "stop"),
        ("-" * 400, counts(9, 5), "stop"),
        (TEXT, counts(0, 0), "content_filter"),
        ("", counts(0, 0), "stop"),
        ("Wörter " * 30, counts(9, 40), "stop"),
        (TEXT, {"prompt_tokens": 9}, "stop"),
    ],
    ids=["usual", "short", "blanks", "a rule", "a filter's words", "nothing", "German", "not counted"],
)
def test_tokens_that_can_be(tmp_path: Path, text: str, report: dict[str, Any], finish: str) -> None:
    assert answered(tmp_path, text, report, finish) == []


@pytest.mark.parametrize(
    ("first", "last", "severity"),
    [
        ({"input_tokens": 1500}, {"input_tokens": 0}, "warning"),
        ({"input_tokens": 1500}, {"input_tokens": 1500}, None),
        ({"input_tokens": 1500}, {}, None),
        ({"input_tokens": 0}, {"input_tokens": 1500}, None),
        ({"input_tokens": 3}, {"input_tokens": 0, "cache_read_input_tokens": 1500}, None),
    ],
)
def test_a_prompt_that_is_taken_back(first: dict[str, int], last: dict[str, int], severity: str | None) -> None:
    message = {"id": "m", "type": "message", "role": "assistant", "model": "c", "content": [], "stop_reason": None}
    chunks = [
        {"type": "message_start", "message": {**message, "usage": {"output_tokens": 1, **first}}},
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "It rained."}},
        {"type": "content_block_stop", "index": 0},
        {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 9, **last}},
        {"type": "message_stop"},
    ]
    findings = recexplore.check(recexplore.from_chunks(chunks), select=["usage-arith"])
    assert findings["severity"].astype(str).tolist() == ([] if severity is None else [severity])
