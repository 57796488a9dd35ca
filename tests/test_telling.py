from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from synthetic import chunk, says

from recexplore.read.wire.answer_shapes import may_be_answer

ANSWERS: list[dict[str, Any]] = [
    says("Hi"),
    chunk(),
    {"choices": [], "usage": None},
    {"choices": [], "id": "x"},
    {"type": "message_start", "message": {}},
    {"type": "content_block_start", "index": 0, "content_block": {}},
    {"type": "content_block_delta", "index": 0, "delta": {}},
    {"type": "content_block_stop", "index": 0},
    {"type": "message_delta", "delta": {}},
    {"type": "message", "role": "assistant", "content": []},
    {"type": "response.output_text.delta", "sequence_number": 3, "delta": ""},
    {"object": "response", "output": []},
    {"candidates": []},
    {"event_type": "interaction.start"},
    {"model": "m", "message": {}, "done": False},
    {"model": "m", "response": "", "done": True},
    {"messageStart": {"role": "assistant"}},
    {"contentBlockDelta": {}},
    {"output": {}, "stopReason": "end_turn"},
]
OTHERS: list[Any] = [
    None,
    "choices",
    5,
    [],
    [says("Hi")],
    {},
    {"choices": []},
    {"type": "object"},
    {"type": "object", "properties": {}},
    {"object": "list", "data": []},
    {"message": "hello"},
    {"name": "p", "version": "1", "dependencies": {}},
    {"done": True},
    {"output": "", "id": "x"},
    {"nested": says("Hi")},
]


@pytest.mark.parametrize("value", ANSWERS, ids=lambda value: " ".join(value))
def test_what_may_be_an_answer(value: dict[str, Any]) -> None:
    assert may_be_answer(value)
    assert may_be_answer({**value, "vendor": 1})


@pytest.mark.parametrize("value", OTHERS, ids=str)
def test_what_is_none(value: Any) -> None:
    assert not may_be_answer(value)


def test_every_chunk_of_the_bundled_recordings_may_be_one(bundled_folder: Path) -> None:
    seen = 0
    for path in bundled_folder.glob("*.json"):
        for each in json.loads(path.read_bytes())["response"]["body"]:
            assert may_be_answer(each["__data__"])
            seen += 1
    assert seen > 100


def test_only_fields_are_looked_at_and_the_value_is_left_alone() -> None:
    for strange in (None, 5, [], "x"):
        value = {"choices": strange, "usage": strange}
        assert may_be_answer(value)
        assert value == {"choices": strange, "usage": strange}
