"""The table of recordings: which columns a terminal has room for, what is cut, and what no recorded text does to it."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from rich.cells import cell_len
from rich.console import Console, RenderableType
from synthetic import chunk, foreign, recording, says

from recexplore.corpus import Corpus
from recexplore.model.kinds import LETTERS
from recexplore.views.find.finder import SORTS
from recexplore.views.terminal.cells import cut, width_of
from recexplore.views.terminal.columns import Need, widths
from recexplore.views.terminal.listing import COLUMNS, listing
from recexplore.views.terminal.pictures import lane, legend
from recexplore.views.text.test_names import test_name

WIDTHS = (40, 60, 80, 100, 120, 200)
CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def printed(what: RenderableType, width: int | None = None) -> str:
    console = Console(width=width or 100_000, color_system=None, highlight=False)
    with console.capture() as captured:
        console.print(what)
    return "\n".join(line.rstrip() for line in captured.get().splitlines())


def line_of(text: str, beginning: str) -> str:
    return next(line for line in text.splitlines() if line.startswith(beginning))


@pytest.mark.parametrize("width", [*WIDTHS, None])
def test_every_recording_has_its_test_and_its_id(all_recordings: Corpus, width: int | None) -> None:
    text = printed(listing(all_recordings, width, findings=all_recordings.findings), width)
    rows = [line for line in text.splitlines() if line and line[0] not in " ·█▓─E"]
    for name in all_recordings.recordings["recording"]:
        assert sum(f"  {name}" in line for line in rows) >= 1, name
    if width is not None:
        assert max(map(cell_len, text.splitlines())) <= width
        assert "response_streaming" in text if width > 40 else "response_s" in text


@pytest.mark.parametrize(
    ("width", "headings"),
    [
        (40, "test findings id"),
        (60, "test findings id"),
        (80, "test findings chunks tokens id"),
        (100, "test model findings chunks tokens id"),
        (120, "test model findings chunks tokens id stream"),
        (200, "test model provider findings choices chunks tokens id stream"),
        (None, "test model provider findings choices chunks tokens id stream"),
    ],
)
def test_columns_give_way_by_importance(all_recordings: Corpus, width: int | None, headings: str) -> None:
    text = printed(listing(all_recordings, width, findings=all_recordings.findings), width)
    assert " ".join(text.splitlines()[0].split()) == headings
    longest = "openai_chat_completion_streaming_with_n"
    assert longest[: {40: 15, 60: 34}.get(width or 0, 39)] in text, "the name of the test stays readable"


def test_what_is_sorted_by_stays(all_recordings: Corpus) -> None:
    text = printed(listing(all_recordings, 60, sort="duration", descending=True), 60)
    assert text.splitlines()[0].split() == ["test", "duration", "↓", "id"]
    assert re.search(r"\d\.\d\d s ", text)
    assert "tokens ↑" in printed(listing(all_recordings, 60, sort="tokens"), 60)


def test_when_a_recording_was_made_is_shown_where_it_is_sorted_by(all_recordings: Corpus) -> None:
    about = all_recordings.recordings.assign(recorded=pd.Timestamp("2026-04-14T09:30:12.662Z"))
    about.loc[about.index[-1], "recorded"] = pd.NaT
    text = printed(listing(all_recordings, 80, about=about, sort="recorded"), 80)

    assert text.splitlines()[0].split() == ["test", "recorded", "(UTC)", "↑", "id"]
    assert text.count(" 2026-04-14 09:30:12 ") == len(all_recordings) - 1
    assert "recorded" not in printed(listing(all_recordings, 200, about=about), 200)


def test_every_order_has_a_column() -> None:
    """What is sorted by can be seen."""
    assert {column.name for column in COLUMNS} >= {*SORTS}


def test_pictures_errors_and_counts(bundled: Corpus, made: Corpus, read: Callable[..., Corpus]) -> None:
    text = printed(listing(bundled))
    assert "▓████" in next(line for line in text.splitlines() if "f27523" in line)
    assert " 744 " in text
    assert "× Error code: 400" in printed(listing(made))
    assert "▪▪▪▪▪▪▪▪▪▪" in printed(listing(read(foreign(10))))
    assert text.splitlines()[-1] == "5 recordings"


def test_findings_are_counted_and_summed_up(bundled: Corpus) -> None:
    text = printed(listing(bundled, 100, findings=bundled.findings), 100)
    assert " E2 W1 N2 " in line_of(text, "openai_chat_completion_streaming_with")
    assert "\n5 recordings: 2 errors, 1 warning, 2 notes" in text
    assert "findings" not in printed(listing(bundled, 100), 100)
    clean = bundled.recordings.head(1)
    assert "\n1 of 5 recordings: nothing found" in printed(listing(bundled, about=clean, findings=bundled.findings))


def test_the_legend_tells_every_mark_of_what_is_shown(bundled: Corpus, read: Callable[..., Corpus]) -> None:
    text = printed(listing(bundled, 200, findings=bundled.findings), 200)
    assert all(f"{each.mark} {each.label}" in text for each in LETTERS)
    assert {mark for (mark, _), _ in legend()} == {each.mark for each in LETTERS}
    assert "E error  W warning  N note: `recexplore check` says which" in text
    assert "tokens: prompt and completion as the provider reported them, – not reported" in text
    narrow = printed(listing(bundled, 60), 60)
    assert "█" not in narrow, "nothing is explained that is not there"
    assert "N note" not in narrow


def test_an_exchange_without_a_model_shows_method_and_path(read: Callable[..., Corpus]) -> None:
    document = recording([{"ids": []}], test_id="tests/test_files.py::test_upload[pdf]")
    document["request"] |= {"method": "POST", "url": "http://localhost/v1/files", "endpoint": "/v1/files", "body": {}}
    document["request"].pop("model", None)
    document["response"] |= {"is_streaming": False, "body": {"ids": []}}
    text = printed(listing(read(document)))
    assert "  POST /v1/files  " in line_of(text, "upload[pdf]  ")
    assert "model" not in printed(listing(read(document), 30), 30)
    assert line_of(printed(listing(read(document), 30), 30), "upload  PO")
    document.pop("test_id")
    assert line_of(printed(listing(read(document))), "POST /v1/files  recording.json  ").count("POST") == 1


def test_parameters_are_cut_before_the_name(read: Callable[..., Corpus]) -> None:
    test_id = "t.py::test_" + "n" * 30 + "[" + "p" * 300 + "]"
    corpus = read(recording([says("x")], test_id=test_id))
    assert f"{'n' * 30}[ppp" in printed(listing(corpus, 80), 80)
    assert "pp…  " in printed(listing(corpus, 80), 80)
    assert "n" * 30 in printed(listing(corpus, 60), 60)
    assert "nnn…" in printed(listing(corpus, 40), 40)


@pytest.mark.parametrize("width", [*WIDTHS, None])
@pytest.mark.parametrize(
    "name",
    [
        "日本語のテスト" * 9,
        "e\u0301\u0301\u0301" * 40,
        "\x1b[31mred\x1b]0;title\x07 \u202eback\u2066 [bold]markup[/bold] \x9b2J\r\n\t",
        "👩‍👩‍👧" * 30,
        "\u200f\u0627\u0644" * 30,
        "x" * 1_000_000,
    ],
)
def test_no_recorded_text_breaks_the_table(read: Callable[..., Corpus], name: str, width: int | None) -> None:
    document = recording([says("x"), chunk(usage={"total_tokens": 10**12})], test_id=f"a.py::test_{name}[{name}]")
    document["request"] |= {"provider": name, "body": {"model": name}}
    corpus = read(document)
    text = printed(listing(corpus, width, findings=corpus.findings), width)
    assert not CONTROLS.search(text)
    assert len(text) < 20_000
    assert "  recording" in text
    if width is not None:
        assert max(map(cell_len, text.splitlines())) <= width


def test_an_error_of_a_million_characters_is_one_line(read: Callable[..., Corpus]) -> None:
    document = recording([{"error": {"message": "\x1b[2J" + "no " * 400_000}}])
    text = printed(listing(read(document)))
    assert len(text) < 5_000
    assert not CONTROLS.search(text)


def test_nothing_to_list_is_said(tmp_path: Path, read: Callable[..., Corpus]) -> None:
    corpus = read(recording([says("x")]))
    assert printed(listing(corpus, about=corpus.recordings.head(0))) == "0 of 1 recording"
    assert printed(listing(read(b"{"))).startswith("0 recordings\n\n1 problem while reading\n")


def test_real_recordings_keep_their_names(ogx: Corpus) -> None:
    """At 80 columns no two of three rows look alike, for names are kept."""
    lines = printed(listing(ogx, 80, findings=ogx.findings), 80).splitlines()[2:]
    names = {line.split("[")[0].split("…")[0].strip() for line in lines}
    functions = {test_name(each)[0] for each in ogx.recordings["test_id"].dropna()}
    whole = {name for name in functions if len(name) <= 36}
    assert len(whole) > 60
    assert whole <= names | {name.split("  ")[0] for name in names}


def test_widths_are_given_away_step_by_step() -> None:
    needs = [Need("a", 0, (10, 20)), Need("b", 2, (4,)), Need("c", 1, (6, 12))]
    assert widths(needs, None) == {"a": 20, "b": 4, "c": 12}
    assert widths(needs, 5) == {"a": 5}
    assert widths(needs, 17) == {"a": 11, "b": 4}, "what is narrow may fit where what is more important does not"
    assert widths(needs, 18) == {"a": 10, "c": 6}
    assert widths(needs, 26) == {"a": 12, "b": 4, "c": 6}
    assert widths(needs, 100) == {"a": 20, "b": 4, "c": 12}


@pytest.mark.parametrize(
    ("cell", "room", "expected"),
    [
        ([("abc", "")], 3, [("abc", "")]),
        ([("abcd", "bold")], 3, [("ab…", "bold")]),
        ([("ab", ""), ("cd", "red")], 3, [("ab", ""), ("…", "red")]),
        ([("日本", "")], 3, [("日…", "")]),
        ([("日本", "")], 2, [("…", "")]),
        ([("ab", "")], 0, []),
    ],
)
def test_cut(cell: Any, room: int, expected: Any) -> None:
    assert list(cut(cell, room)) == expected
    assert width_of(cut(cell, room)) <= room


def test_neighbours_of_one_kind_are_one_piece() -> None:
    assert list(lane("oorr c")) == [("··", "bright_black"), ("▓▓", "yellow"), (" ", ""), ("█", "bright_blue")]


def test_many_are_listed_quickly(ogx: Corpus) -> None:
    """A row costs far less than reading its file; measured in calls, which no busy machine changes."""
    import cProfile
    import pstats

    profile = cProfile.Profile()
    findings = ogx.findings
    profile.runcall(lambda: printed(listing(ogx, 120, findings=findings), 120))
    assert pstats.Stats(profile).total_calls < 900 * len(ogx)  # type: ignore[attr-defined]
