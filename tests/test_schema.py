from __future__ import annotations

import pytest

from recexplore.model.kinds import KINDS, TEXT_KINDS, kind_code
from recexplore.model.schema import FRAMES, PHASES, Column

ALL = [(frame, column) for frame in FRAMES.values() for column in frame.columns]


def test_the_public_frames() -> None:
    read = ["recordings", "requests", "chunks", "events", "choices", "tool_calls", "usage"]
    assert list(FRAMES) == [*read, "findings", "problems"]
    assert all(name == frame.name for name, frame in FRAMES.items())


def test_the_kinds_of_the_design() -> None:
    assert set(KINDS) == {
        *("role", "content", "reasoning", "tag", "tool_call", "refusal", "finish", "usage", "filter"),
        *("annotation", "citation", "logprobs", "error", "empty", "unknown"),
    }
    assert set(TEXT_KINDS) == {"content", "reasoning", "tag"}


def test_kind_codes_are_places_in_the_categories() -> None:
    categories = next(column.categories for frame, column in ALL if (frame.name, column.name) == ("events", "kind"))

    assert [categories[kind_code(kind)] for kind in KINDS] == list(KINDS)


@pytest.mark.parametrize("frame", FRAMES.values(), ids=lambda frame: frame.name)
def test_column_names_are_unique(frame) -> None:
    assert len(set(frame.names)) == len(frame.columns)


@pytest.mark.parametrize("frame", [each for each in FRAMES.values() if each.name != "problems"], ids=lambda f: f.name)
def test_every_frame_is_joined_on_recording(frame) -> None:
    # What a finding says comes first in its row.
    assert frame.names.index("recording") == (2 if frame.name == "findings" else 0)


def test_every_column_is_described() -> None:
    assert not [f"{frame.name}.{column.name}" for frame, column in ALL if not column.meaning.endswith(".")]
    assert not [
        f"{frame.name}.{column.name}"
        for frame, column in ALL
        if bool(column.categories) != (column.dtype == "category")
    ]


@pytest.mark.parametrize(
    ("frame", "column"), [each for each in ALL if each[1].dtype == "float64"], ids=lambda e: e.name
)
def test_times_carry_their_unit(frame, column: Column) -> None:
    assert column.name.endswith("_s") or column.name == "logprob"


def test_reasoning_comes_before_content_of_the_same_chunk() -> None:
    assert KINDS.index("reasoning") < KINDS.index("content")
    assert PHASES == ("reasoning", "content")
