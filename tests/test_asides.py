from __future__ import annotations

import pandas as pd
import pytest
from synthetic import says, stream

from recexplore.model.kinds import KINDS
from recexplore.views.text.asides import clipped

LENGTH = 400


def events(*rows: tuple[str, str | None]) -> pd.DataFrame:
    kinds = pd.Categorical([kind for kind, _ in rows], categories=list(KINDS))
    return pd.DataFrame({"kind": kinds, "text": pd.array([text for _, text in rows], dtype="str")})


@pytest.mark.parametrize("kind", ["annotation", "citation"])
def test_what_stands_beside_an_answer_is_clipped(kind: str) -> None:
    found = clipped(events((kind, "x" * LENGTH), (kind, "x" * (LENGTH + 1)), (kind, "é" * 5000))).tolist()

    assert found[0] == "x" * LENGTH
    assert found[1] == "x" * LENGTH + "… (the raw chunk has the rest)"
    assert found[2] == "é" * LENGTH + "… (the raw chunk has the rest)"


def test_what_the_model_said_is_shown_whole() -> None:
    kinds = [kind for kind in KINDS if kind not in ("annotation", "citation")]

    assert clipped(events(*((kind, "x" * 5000) for kind in kinds))).tolist() == ["x" * 5000] * len(kinds)


def test_events_without_text_stay_without() -> None:
    found = clipped(events(("annotation", None), ("finish", None), ("citation", "")))

    assert found.isna().tolist() == [True, True, False]


def test_no_events_and_an_index_of_their_own() -> None:
    assert clipped(events()).tolist() == []
    table = events(("annotation", "x" * 500), ("content", "y")).set_axis([7, 3])

    assert clipped(table).index.tolist() == [7, 3]


def test_the_events_are_left_alone(read) -> None:  # type: ignore[no-untyped-def]
    table = read(stream(says("a" * 500), says("b"))).events
    before = table.copy(deep=True)

    assert clipped(table).tolist() == before["text"].tolist()
    pd.testing.assert_frame_equal(table, before)
