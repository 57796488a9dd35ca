"""One recording of a corpus is judged beside those that may be runs of the same request."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from weakref import ref

import pandas as pd
import pytest
from pandas.testing import assert_frame_equal
from run_kit import loaded
from synthetic import choice, chunk, says, stream

import recexplore
from recexplore.checks.sibling_runs import beside_its_siblings
from recexplore.corpus import Corpus
from recexplore.rules import RULES, Hit, Streams
from recexplore.rules.examples import FOLDER

RULE = next(rule for rule in RULES if rule.id == "run-finish")


def answer(finish: str = "stop", model: str = "m") -> Any:
    return stream(
        chunk(choice({"role": "assistant"})), says("Titan."), chunk(choice({}, finish_reason=finish)), test_id=model
    ) | {
        "request": {
            "method": "POST",
            "url": "https://api.openai.com/v1/chat/completions",
            "endpoint": "/v1/chat/completions",
            "body": {"model": model, "messages": [], "stream": True},
        }
    }


def alone(corpus: Corpus) -> pd.DataFrame:
    """The findings of each recording, together."""
    parts = [recexplore.check(each, select=["run-*"]) for each in corpus]
    return pd.concat([part for part in parts if len(part)] or parts[:1], ignore_index=True)


def test_each_recording_is_told_what_its_corpus_is() -> None:
    corpus = recexplore.load(sorted(FOLDER.glob("run-*.yaml")), progress=False)
    together = recexplore.check(corpus, select=["run-*"])
    assert len(together) >= 5
    assert_frame_equal(alone(corpus), together)


@pytest.mark.parametrize("where", ["vcr-pydantic-ai", "ogx-history"])
def test_so_are_real_ones(corpus_folder: Path, where: str) -> None:
    corpus = recexplore.load(corpus_folder / where, progress=False)
    assert alone(corpus).values.tolist() == recexplore.check(corpus, select=["run-*"]).values.tolist()


def test_siblings_are_looked_at_once() -> None:
    corpus = loaded(answer(), answer("length"), answer(), answer(model="other"))
    seen: list[list[str]] = []

    def find(streams: Streams) -> Iterator[Hit]:
        seen.append(streams.ids)
        return RULE.find(streams)

    rule = replace(RULE, find=find)
    frames = {name: getattr(corpus, name) for name in ("recordings", "requests")}
    told = {each.id: len(list(beside_its_siblings(rule, each).find(Streams(frames)))) for each in corpus}
    assert told == {"run-0": 0, "run-1": 1, "run-2": 0, "run-3": 0}
    assert seen == [["run-0", "run-1", "run-2", "run-3"]]


def test_what_is_kept_goes_with_the_corpus() -> None:
    corpus = loaded(answer(), answer("length"))
    assert len(corpus["run-1"].findings) == 2
    gone = ref(corpus)
    del corpus
    gc.collect()
    assert gone() is None


def test_a_rule_that_fails_is_named() -> None:
    def find(streams: Streams) -> Iterator[Hit]:
        raise ValueError("no")

    corpus = loaded(answer(), answer())
    rule = beside_its_siblings(replace(RULE, find=find), corpus["run-0"])
    frames = {name: getattr(corpus["run-0"], name) for name in recexplore.model.schema.FRAMES if name != "findings"}
    found = recexplore.rules.run(Streams(frames), [rule])
    assert "ValueError: no" in found.failed["run-finish"]
