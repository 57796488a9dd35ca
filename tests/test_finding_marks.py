"""Findings marked above the lanes of a figure."""

from __future__ import annotations

import pandas as pd
import pytest
from hostile_text import HOSTILE, as_shown

from recexplore.corpus import Corpus
from recexplore.views import figures
from recexplore.views.figures.theme import GREY, OCHRE, VERMILION
from recexplore.views.text.safe_text import visible


def marks(figure: object) -> dict[str, list[int]]:
    """By severity the chunks of what is marked, in the order in which it is drawn."""
    named = {trace.name: trace for trace in figure.data}  # type: ignore[attr-defined]
    return {name: list(named[name].x) for name in named if name in ("error", "warning", "note")}


def test_a_usage_report_that_never_came_is_marked_at_the_end(flaky: Corpus) -> None:
    recording = flaky["leap-year-06"]
    figure = figures.interleaving(recording, findings=recording.findings)
    assert marks(figure) == {"warning": [61]}
    assert figure.data[-1].customdata[0][1] == "usage-missing"
    assert max(block for trace in figure.data for block in trace.x) == 61


def test_each_severity_has_its_look_and_the_most_severe_lies_above(all_recordings: Corpus) -> None:
    recording = all_recordings["f27523"]
    figure = figures.interleaving(recording, findings=recording.findings)
    assert list(marks(figure).items()) == [("note", [2, 79]), ("warning", [1]), ("error", [1, 81])]
    looks = {trace.name: (trace.marker.symbol, trace.marker.color) for trace in figure.data[-3:]}
    assert looks["error"] == ("triangle-down", VERMILION)
    assert looks["warning"] == ("diamond", OCHRE)
    assert looks["note"] == ("circle", GREY)
    top = figure.layout.yaxis.range[1]
    assert all(top < y < -0.5 for trace in figure.data[-3:] for y in trace.y)


def test_findings_of_others_and_of_no_place_are_not_marked(all_recordings: Corpus) -> None:
    recording = all_recordings["f27523"]
    others = pd.DataFrame(
        {
            "recording": ["f27523f3fec8", "94d11daee205"],
            "severity": "error",
            "chunk": [pd.NA, 3],
            "rule": "r",
            "message": "m",
        }
    )
    assert marks(figures.interleaving(recording, findings=others)) == {}


@pytest.mark.parametrize("text", HOSTILE.values())
def test_what_findings_say_is_escaped(all_recordings: Corpus, text: str) -> None:
    one = pd.DataFrame(
        {
            "recording": ["f27523f3fec8"],
            "severity": "note",
            "chunk": [3],
            "rule": [as_shown(text)],
            "message": [as_shown(text)],
        }
    )
    ((_, rule, message),) = figures.interleaving(all_recordings["f27523"], findings=one).data[-1].customdata
    for shown in (rule, message.replace("<br>", "").replace("<i>", "").replace("</i>", "")):
        assert "<" not in shown
        assert shown == visible(shown)
