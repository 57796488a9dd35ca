"""Answers that go on as a conversation with themselves, and conversations that were meant."""

from __future__ import annotations

import time

import pandas as pd
import pytest
from synthetic import choice, chunk, says

import recexplore


def found(*texts: str, finish: str = "stop") -> pd.DataFrame:
    chunks = [chunk(choice({"role": "assistant"})), *map(says, texts), chunk(choice({}, finish_reason=finish))]
    findings = recexplore.check(recexplore.from_chunks(chunks), select=["runaway-turns"])
    assert "failed" not in findings.attrs
    return findings


@pytest.mark.parametrize(
    ("texts", "finish"),
    [
        (["It is Oslo.", "\n\nuser\nWhat is the capital of Sweden?\n\nassistant\nIt is Stockholm."], "stop"),
        (["It is Oslo.", "\n\nuser\nWhat is the capital of Sweden"], "length"),
        (["It is Oslo.", "\nuser", "\nAnd Sweden?\nmodel\nStockholm."], "stop"),
        (["It is Oslo.", "\n\nHuman: And what of Sweden?\n\nAssistant: Stockholm."], "stop"),
        (["It is Oslo.", "\n\nHuman: And what of Sweden?"], "length"),
        (["Es ist Oslo.", "\n\n### User: Und was ist mit Schweden?\n### Assistant: Stockholm."], "stop"),
        (["答案是奥斯陆。", "\n\nuser\n瑞典的首都是什么？\nassistant\n斯德哥尔摩。"], "stop"),
        (["It is 4.", "\n\n### Instruction:\nAdd 3 and 5.\n\n### Response:\n8"], "length"),
        (["```\nx = 1\n```", "\n\nuser\nWhat does it do?\n\nassistant\nIt binds x."], "stop"),
    ],
)
def test_the_model_plays_both_sides(texts: list[str], finish: str) -> None:
    row = found(*texts, finish=finish).iloc[0]
    assert (row["chunk"], row["severity"]) == (2, "warning")
    assert row["last_chunk"] == len(texts)


@pytest.mark.parametrize(
    "text",
    [
        "Sure.\n\nUser: What is it?\nAssistant: A lake.",
        "Here is a dialogue.\n\nHuman: What is it?\nAI: A lake.",
        "User: What is it?\nAssistant: A lake.",
        "user\nWhat is it?\nassistant\nA lake.",
        "A template has three roles.\n\nuser\nasks the question\n\nassistant\nanswers it\n",
        "It looks so.\n\n```\nuser\nWhat is it?\nassistant\nA lake.\n```",
        "The ticket is closed.\n\nUser: Jane Doe\nDate: May 3",
        "The ticket is closed.\n\nUser: Jane\nAI: disabled\n",
        "These exist:\n\nuser\nadmin\n",
        "These exist.\n\nadmin\nuser\nguest\n",
        "Everyone is a human\nand so is the\nuser\n",
        "**User:** What is it?\n\n**Assistant:** A lake.",
        "Voici un exemple.\n\nUser: Quelle heure est-il?\nAssistant: Midi.",
        "He thought of it,\n\nuser\nWhat is it?\nassistant\nA lake.",
        "It is Oslo.\n\nAssistant: it is my job to help.",
    ],
)
def test_what_was_meant(text: str) -> None:
    for finish in ("stop", "length"):
        assert found(text[:9], text[9:], finish=finish)["message"].tolist() == []


def test_raw_completions() -> None:
    head = {"id": "c", "object": "text_completion", "model": "m"}
    text = "It is Oslo.\n\nUser: And what of Sweden?\nAssistant: Stockholm."
    chunks = [{**head, "choices": [{"index": 0, "text": text, "finish_reason": "length"}]}]
    assert recexplore.check(recexplore.from_chunks(chunks), select=["runaway-turns"]).empty


@pytest.mark.parametrize(
    "text", ["user\n" * 40_000, "a.\n\nuser\nb\n" * 20_000, "```\nuser\n" * 20_000, "#### " * 40_000]
)
def test_hostile_texts_take_no_time(text: str) -> None:
    start = time.process_time()
    found("So.", text)
    assert time.process_time() - start < 10, "it grows faster than the text"
