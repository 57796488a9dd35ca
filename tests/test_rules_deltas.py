"""Equal chunks: which may be duplicates, and which are the text."""

from __future__ import annotations

from typing import Any

import pytest
from synthetic import choice, chunk, says

import recexplore


def found(*texts: str, completion: int | None = None) -> list[int]:
    chunks: list[dict[str, Any]] = [chunk(choice({"role": "assistant"})), *map(says, texts)]
    chunks.append(chunk(choice({}, finish_reason="stop")))
    if completion is not None:
        usage = {"prompt_tokens": 5, "completion_tokens": completion, "total_tokens": 5 + completion}
        chunks.append(chunk(usage=usage))
    return told(chunks)


def told(chunks: list[dict[str, Any]]) -> list[int]:
    findings = recexplore.check(recexplore.from_chunks(chunks), select=["dup-chunk"])
    assert "failed" not in findings.attrs
    return findings["chunk"].tolist()


@pytest.mark.parametrize("text", ["5", "55", "\n\n", " ", "_ ", "---", "!", "。", "٣"])
def test_what_any_text_repeats(text: str) -> None:
    assert found("It is ", text, text, text, " indeed") == []


@pytest.mark.parametrize(
    ("text", "completion", "is_told"),
    [
        (" very", None, True),
        (" very", 4, False),
        (" very", 3, True),
        (" very", 9, False),
        (" a whole phrase", 40, True),
        ("的", 4, False),
        ("的", None, True),
    ],
)
def test_a_report_proves_chunks_of_one_word(text: str, completion: int | None, is_told: bool) -> None:
    assert found("It is", text, text, " long", completion=completion) == ([3] if is_told else [])
