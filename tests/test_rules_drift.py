"""What should stay the same along a stream: an id that is none, and what only looks like it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from synthetic import choice, chunk, says, whole

import recexplore

END = chunk(choice({}, finish_reason="stop"))
FILTER: dict[str, Any] = {**chunk(prompt_filter_results=[{"prompt_index": 0}]), "id": ""}


def told(*chunks: dict[str, Any]) -> list[tuple[str, str]]:
    findings = recexplore.check(recexplore.from_chunks(list(chunks)), select=["id-drift"])
    assert "failed" not in findings.attrs
    return list(findings[["severity", "message"]].itertuples(index=False, name=None))


def test_an_id_that_is_empty_everywhere_is_noted() -> None:
    chunks = [{**each, "id": ""} for each in (says("Elm "), says("bends."), END)]
    assert told(*chunks) == [("note", "The answer has no id: it is an empty string in all 3 chunks.")]


@pytest.mark.parametrize(
    "chunks",
    [
        [FILTER, says("Elm"), END],
        [FILTER],
        [{name: value for name, value in each.items() if name != "id"} for each in (says("Elm"), END)],
        [{**each, "id": None} for each in (says("Elm"), END)],
        [{**each, "id": "rec-1"} for each in (says("Elm"), END)],
    ],
    ids=["Azure's first chunk", "nothing else", "left out", "null", "a recorder's"],
)
def test_ids_that_are_legal(chunks: list[dict[str, Any]]) -> None:
    assert told(*chunks) == []


def test_a_whole_answer_without_an_id(tmp_path: Path) -> None:
    path = tmp_path / "answer.json"
    path.write_text(json.dumps(whole({"role": "assistant", "content": "Elm"}, id="")))
    findings = recexplore.check(recexplore.load(path, progress=False), select=["id-drift"])
    assert findings["message"].tolist() == ["The answer has no id: it is an empty string."]
