"""What the timeline computes: scales, ticks, lanes, ranges and gaps."""

from __future__ import annotations

from itertools import pairwise
from random import Random
from typing import Any

import numpy as np
import pytest
from page_functions import called, evaluated, stream
from synthetic import says

import recexplore
from recexplore.analysis import timing
from recexplore.corpus import Corpus, Recording
from recexplore.model.kinds import JOINED_KINDS

# Scales


@pytest.mark.parametrize(
    ("view", "most", "is_time", "words"),
    [
        ([-1, 86], 6, False, ["0", "20", "40", "60", "80"]),
        ([20, 25], 9, False, ["20", "21", "22", "23", "24", "25"]),
        ([-1200, 101199], 5, False, ["0", "50,000", "100,000"]),
        ([0.28, 3.03], 6, True, ["0.5", "1.0", "1.5", "2.0", "2.5", "3.0"]),
        ([1.9999, 2.0001], 2, True, ["1.9999", "2.0000", "2.0001"]),
        ([3600, 7200], 4, True, ["4,000", "5,000", "6,000", "7,000"]),
        ([5, 5], 4, True, []),
    ],
)
def test_ticks_are_round_numbers(view: list[float], most: int, is_time: bool, words: list[str]) -> None:
    assert [tick["words"] for tick in called("timeline/scale", "roundTicks", view, most, is_time)] == words


def test_a_power_of_ten_is_never_written_as_none() -> None:
    said = evaluated("return given.map(modules['timeline/scale'].decadeWords);", given=list(range(-11, 5)))
    assert said == [
        *("0.01 ns", "0.1 ns", "1 ns", "10 ns", "100 ns", "1 µs", "10 µs", "100 µs", "1 ms", "10 ms", "100 ms"),
        *("1 s", "10 s", "100 s", "1,000 s", "10,000 s"),
    ]


@pytest.mark.parametrize(
    ("least", "most", "exponents"),
    [(0.012, 2.4, [-2, 1]), (1e-3, 1.0, [-3, 0]), (0.5, 0.5, [-1, 0]), (1.0, 1.0, [-1, 0]), (1e-9, 100, [-5, 2])],
)
def test_decades_hold_all_or_the_upper_ones(least: float, most: float, exponents: list[int]) -> None:
    assert called("timeline/scale", "decades", least, most, 7) == exponents


def test_a_label_at_the_edge_is_pushed_in_and_one_that_touches_another_left_out() -> None:
    labels = [{"pixel": pixel, "width": 40} for pixel in (2, 60, 90, 170, 199)]
    assert called("timeline/scale", "placedLabels", labels, [0, 200]) == [20, None, 90, 170, None]
    assert called("timeline/scale", "placedLabels", labels[-1:], [0, 200]) == [180]


def test_a_view_stays_within_the_whole() -> None:
    assert called("timeline/scale", "within", [-50, 20], [0, 100], 4) == [0, 70]
    assert called("timeline/scale", "within", [99, 100], [0, 100], 4) == [96, 100]
    assert called("timeline/scale", "within", [-5, 200], [0, 100], 4) == [0, 100]


def test_zooming_keeps_what_is_under_the_pointer_where_it_is() -> None:
    script = """
      const { scaleOf, toPixel, toPlace, zoomed } = modules["timeline/scale"];
      const before = scaleOf([10, 60], 800), place = toPlace(before, 300);
      return [300, toPixel(scaleOf(zoomed(before.view, 3, place), 800), place)];
    """
    before, after = evaluated(script)
    assert after == pytest.approx(before)


def test_panning_says_where_it_can_go_no_further() -> None:
    script = """
      const { axisOf } = modules["timeline/axis"], { Viewport } = modules["timeline/viewport"];
      const viewport = new Viewport(axisOf({ nChunks: 101, t: null }, "chunk"));
      viewport.width = 900;
      const moved = [viewport.pan(0.5)];
      viewport.zoom(4, 50);
      for (const part of [0.5, 9, 0.1, -0.2, -9, -0.1]) moved.push(viewport.pan(part));
      return [moved, viewport.span, viewport.axis.whole];
    """
    moved, span, whole = evaluated(script)
    assert moved == [False, True, True, False, True, True, False]
    assert span[0] == pytest.approx(whole[0])
    assert span[1] - span[0] == pytest.approx((whole[1] - whole[0]) / 4)


# Axes

TIMES = [0.1, None, 0.3, 0.3, 1.0, None]


def along_time(script: str) -> Any:
    made = "const t = Float64Array.from(times, (t) => t ?? NaN);"
    axis = "const axis = modules['timeline/axis'].axisOf({ nChunks: 6, t }, 'time');"
    return evaluated(f"{made}{axis}{script}", times=TIMES)


@pytest.mark.parametrize(
    ("start", "end", "chunks"),
    [(0, 2, [0, 4]), (0.2, 0.5, [2, 3]), (0.3, 0.3, [2, 3]), (0.4, 0.9, None), (1, 5, [4, 4]), (2, 3, None)],
)
def test_chunks_between_two_times(start: float, end: float, chunks: list[int] | None) -> None:
    script = f"return modules['timeline/axis'].chunksBetween(axis, {start}, {end});"
    assert along_time(script) == chunks


def test_the_last_chunk_that_had_come(formats: Corpus) -> None:
    recording = formats["buffered"]
    t_s = recording.chunks["t_s"].to_numpy()
    moments = [0.0, *t_s.tolist(), *((t_s[:-1] + t_s[1:]) / 2).tolist(), 99.0]
    found = evaluated(
        "const made = streamOf(stream); return moments.map((at) => made.chunkAt(at));",
        stream=stream(recording),
        moments=moments,
    )
    assert found == [max(int(np.searchsorted(t_s, moment, side="right")) - 1, 0) for moment in moments]


def test_where_nothing_has_a_time_there_is_no_axis_of_time() -> None:
    script = "return modules['timeline/axis'].axisOf({ nChunks: 2, t: Float64Array.of(NaN, NaN) }, 'time').isTime;"
    assert evaluated(script) is False


# Blocks


def test_lanes_have_room_and_that_of_all_choices_is_the_last() -> None:
    assert called("timeline/blocks", "layLanes", [0, 1]) == {"tops": [26, 110], "heights": [84, 84], "height": 218}
    many = called("timeline/blocks", "layLanes", [*range(40), -1])
    assert many["heights"] == [18] * 40 + [34]
    assert many["height"] == 26 + 40 * 18 + 34 + 24


IN_VIEW = """
  const { axisOf } = modules["timeline/axis"], { scaleOf } = modules["timeline/scale"], blocks = modules["timeline/blocks"];
  const made = streamOf(stream), axis = axisOf(made, along);
  const scale = scaleOf(view ?? axis.whole, width);
"""


@pytest.mark.parametrize("along", ["chunk", "time"])
def test_all_shares_are_drawn_where_there_are_pixels(along: str, formats: Corpus) -> None:
    given = {"stream": stream(formats["browser"]), "along": along, "width": 900, "view": None}
    script = f"{IN_VIEW} return [blocks.sharesInView(made.shares, axis, scale, made.lanes.length, 5), made.shares.n];"
    found, n = evaluated(script, **given)
    assert found == {"isCrowded": False, "shown": list(range(n))}


@pytest.mark.parametrize("along", ["chunk", "time"])
def test_of_more_shares_than_pixels_the_tallest_are_drawn(along: str) -> None:
    texts = ["a"] * 5000
    texts[1234] = "a" * 400
    recording = recexplore.from_chunks([says(text) for text in texts], times=[at / 100 for at in range(len(texts))])
    given = {"stream": stream(recording), "along": along, "width": 400, "view": None}
    script = f"""{IN_VIEW}
      const {{ isCrowded, shown }} = blocks.sharesInView(made.shares, axis, scale, 1, made.legend.length);
      return [isCrowded, shown.map((share) => made.shares.chunk[share]), blocks.tallestOfColumns(made.shares, axis, scale)];
    """
    is_crowded, shown, strip = evaluated(script, **given)
    assert is_crowded
    assert 290 < len(shown) < 312, "one a pixel"
    assert 1234 in shown
    assert 1234 in strip


@pytest.mark.parametrize("along", ["chunk", "time"])
def test_only_what_is_in_view_is_looked_at(along: str, formats: Corpus) -> None:
    recording = formats["buffered"]
    view = [20, 30] if along == "chunk" else recording.chunks["t_s"].iloc[[20, 30]].tolist()
    given = {"stream": stream(recording), "along": along, "width": 900, "view": view}
    script = (
        f"{IN_VIEW} return blocks.sharesInView(made.shares, axis, scale, 2, 5).shown.map((n) => made.shares.chunk[n]);"
    )
    assert evaluated(script, **given) == list(range(20, 31))


@pytest.mark.parametrize("along", ["chunk", "time"])
def test_the_nearest_chunk_is_one_of_the_lane_under_the_pointer(along: str, formats: Corpus) -> None:
    recording = formats["browser"]
    given = {"stream": stream(recording), "along": along, "width": 900, "view": None}
    script = f"""{IN_VIEW}
      const lanes = blocks.layLanes(made.lanes), found = [], {{ toPixel }} = modules["timeline/scale"];
      for (let n = 0; n < made.shares.n; n++) {{
        const chunk = made.shares.chunk[n], lane = made.shares.lane[n];
        const at = [toPixel(scale, axis.place(chunk)), blocks.middleOf(lanes, lane)];
        const near = blocks.nearestChunk(made.shares, axis, scale, lanes, ...at);
        found.push([axis.place(chunk), axis.place(near)]);
      }}
      return [found, blocks.nearestChunk(made.shares, axis, scale, lanes, 2000, 50)];
    """
    found, beyond = evaluated(script, **given)
    assert all(place == near for place, near in found)
    assert beyond >= recording.facts["n_chunks"] - 4, "the last ones came together"


# Ranges


def sums(recording: Recording, ranges: list[tuple[int, int]]) -> list[Any]:
    script = """
      const { rangeIndex, rangeWords, sumsOf } = modules["timeline/range"], index = rangeIndex(streamOf(stream));
      return ranges.map(([from, to]) => sumsOf(index, from, to)).map((sums) => ({ ...sums, words: rangeWords(sums) }));
    """
    found: list[Any] = evaluated(script, stream=stream(recording), ranges=ranges)
    return found


@pytest.mark.parametrize("fixture", ["bundled", "made", "formats"])
def test_a_range_is_added_up_as_the_frames_are(fixture: str, request: pytest.FixtureRequest) -> None:
    chance = Random(7)
    for each in request.getfixturevalue(fixture):
        if not (n := int(each.facts["n_chunks"])):
            continue
        ends = [sorted(chance.choices(range(n), k=2)) for _ in range(12)]
        ranges = [(0, n - 1), *((first, last) for first, last in ends)]
        events = each.events[each.events["kind"].isin(JOINED_KINDS) & each.events["choice"].notna()]
        t_s = each.chunks["t_s"].to_numpy()
        for (first, last), found in zip(ranges, sums(each, ranges), strict=True):
            inside = events[events["chunk"].between(first, last)]
            chars = inside["text"].str.len().groupby(inside["choice"]).sum()
            assert found["nChunks"] == last - first + 1
            assert found["nCharacters"] == chars.sum()
            assert [row["nCharacters"] for row in found["ofChoices"]] == [
                chars.get(row["choice"], 0) for row in found["ofChoices"]
            ]
            timed = t_s[first : last + 1][~np.isnan(t_s[first : last + 1])]
            assert found["seconds"] == (pytest.approx(timed[-1] - timed[0]) if len(timed) > 1 else None)


def test_what_is_said_of_a_range(bundled: Corpus, formats: Corpus) -> None:
    (found,) = sums(bundled["f27523"], [(12, 40)])
    assert found["words"] == "chunks 12 to 40: 29 chunks, 169 characters (choice 0 82, choice 1 87)"
    one, whole = sums(formats["buffered"], [(3, 3), (0, 52)])
    assert one["words"] == "chunk 3: 1 chunk, 6 characters"
    assert whole["words"] == "chunks 0 to 52: 53 chunks, 229 characters, 4.02 s, 50 completion tokens reported"


def test_characters_beyond_the_first_plane_count_once() -> None:
    assert evaluated(
        "return given.map(modules['timeline/range'].charactersIn);", given=["", "a🜚é", "🜚🜚", "\ud83d"]
    ) == [*(0, 3, 2, 1)]


def test_tokens_are_told_only_where_a_report_stands_in_the_range() -> None:
    """Reports with every chunk accumulate: what a range cost is the difference."""
    chunks = [says("ab") | {"usage": {"completion_tokens": n}} for n in (2, 4, 7, 9)]
    found = sums(recexplore.from_chunks([says("a"), *chunks]), [(0, 0), (0, 4), (1, 2), (3, 4)])
    assert [row["tokens"] for row in found] == [
        None,
        {"n": 9, "isDifference": False},
        {"n": 4, "isDifference": False},
        {"n": 5, "isDifference": True},
    ]
    assert found[3]["words"].endswith("5 completion tokens more than reported before")
    assert "token" not in found[0]["words"]


@pytest.mark.parametrize(
    ("reports", "first", "tokens"),
    [
        ([(0, -1, 30)], 0, (30, False)),
        ([(0, 0, 10), (1, 1, 20)], 0, (30, False)),
        ([(0, 0, 10), (1, 1, 20), (2, -1, 32)], 0, (32, False)),
        ([(0, 0, 10), (1, 1, 20), (2, -1, 32)], 2, (2, True)),
        ([(0, 0, 10), (1, 1, 20), (2, 0, 14)], 2, (4, True)),
        ([(0, -1, 30), (1, -1, 12)], 1, (12, False)),
    ],
    ids=["of all", "of each", "of each, then all", "all beyond each", "one beyond its own", "counted anew"],
)
def test_reports_are_never_counted_twice(
    reports: list[tuple[int, int, int]], first: int, tokens: tuple[int, bool]
) -> None:
    script = """
      const column = (at) => reports.map((report) => report[at]);
      const index = { characters: [], times: null, reports: { chunk: column(0), choice: column(1), completion: column(2) } };
      return modules["timeline/range"].sumsOf(index, first, 9).tokens;
    """
    found = evaluated(script, reports=reports, first=first)
    assert (found["n"], found["isDifference"]) == tokens


def test_many_choices_are_told_of_in_short() -> None:
    (found,) = sums(recexplore.from_chunks([says("a", index=each) for each in range(9)]), [(0, 8)])
    assert found["words"].endswith("9 characters (choice 0 1, choice 1 1, choice 2 1, choice 3 1, 5 more)")


# The pointer, the field, the strip


@pytest.mark.parametrize(
    ("event", "factor", "pixels"),
    [
        ({"deltaY": -300, "ctrlKey": True}, 2.718, 0),
        ({"deltaY": 100}, None, 100),
        ({"deltaX": 80, "deltaY": 3}, None, 80),
        ({"deltaX": 2, "deltaY": -40}, None, -40),
        ({"deltaY": 50, "shiftKey": True}, None, 50),
        ({"deltaX": 50, "shiftKey": True}, None, 50),
        ({"deltaY": 3, "deltaMode": 1}, None, 48),
        ({"deltaY": 1, "deltaMode": 2}, None, 700),
    ],
)
def test_what_a_wheel_means(event: dict[str, Any], factor: float | None, pixels: float) -> None:
    nothing = {"deltaX": 0, "deltaY": 0, "deltaMode": 0, "shiftKey": False, "ctrlKey": False, "metaKey": False}
    found = called("timeline/pointer", "wheelMeans", nothing | {"altKey": False} | event, 700)
    assert found["pixels"] == pixels
    assert found["factor"] == (factor if factor is None else pytest.approx(factor, abs=0.001))


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("40", {"chunk": 40}),
        (" 1,200 ", {"chunk": 1200}),
        ("1.200", {"chunk": 1200}),
        ("4999", {"chunk": 4999}),
        ("5000", {"why": "chunks are 0 to 4,999"}),
        ("-1", {"why": "chunks are 0 to 4,999"}),
        ("", {"why": "a chunk's number, 0 to 4,999"}),
        ("1e3", {"why": "a chunk's number, 0 to 4,999"}),
        ("forty", {"why": "a chunk's number, 0 to 4,999"}),
    ],
)
def test_the_chunk_that_is_asked_for(typed: str, found: dict[str, Any]) -> None:
    assert called("timeline/chunk_field", "chunkAsked", typed, 4999) == found


def test_what_of_the_strip_is_taken_hold_of() -> None:
    script = "return given.map((x) => modules['timeline/minimap'].gripAt([100, 60], x));"
    assert evaluated(script, given=[80, 95, 104, 130, 157, 165, 180]) == [
        None,
        "start",
        "start",
        "move",
        "end",
        "end",
        None,
    ]
    scale = {"view": [0, 1e6], "left": 78, "inner": 800}
    assert called("timeline/minimap", "windowOf", scale, [0, 5e5]) == [78, 400]
    assert called("timeline/minimap", "windowOf", scale, [5e5, 5e5 + 10])[1] == 10, "wide enough to be seen"


def test_what_is_in_view_is_said() -> None:
    script = """const stream = { nChunks: 5, t: times && Float64Array.from(times) };
        const axis = modules["timeline/axis"].axisOf(stream, "time");
        return views.map((view) => modules["timeline/minimap"].viewWords(axis, view ?? axis.whole));"""
    assert evaluated(script, times=None, views=[None, [1.2, 3.4], [0.9, 1.1], [1.2, 1.4]]) == [
        "chunks 0 to 4 of 5 chunks",
        "chunks 2 to 3 of 5 chunks",
        "chunk 1 of 5 chunks",
        "no chunk of 5 chunks",
    ]
    assert evaluated(script, times=[0, 0.1, 0.2, 2, 2.5], views=[[0.15, 2.25]]) == [
        "0.15 s to 2.25 s: chunks 2 to 3 of 5 chunks"
    ]


def test_speeds_say_what_they_are_times_of() -> None:
    assert [called("timeline/scrubber", "speedWords", times, True) for times in (0.1, 1, 20)] == ["0.1×", "1×", "20×"]
    assert [called("timeline/scrubber", "speedWords", times, False) for times in (0.1, 1, 100)] == [
        *("1.2 chunks/s", "12 chunks/s", "1,200 chunks/s")
    ]


# Gaps


def test_gaps_are_those_of_the_analysis(formats: Corpus) -> None:
    for each in formats:
        if each.facts["clock"] == "none":
            continue
        expected = timing.gaps(each.chunks, each.events).set_index("chunk")["gap_s"].reindex(each.chunks["chunk"])
        found = evaluated("return [...modules['panes/gaps'].gapsOf(streamOf(stream).t)];", stream=stream(each))
        assert [np.nan if gap is None else gap for gap in found] == pytest.approx(expected.tolist(), nan_ok=True)


def test_gaps_are_between_chunks_with_a_time() -> None:
    script = "return [...modules['panes/gaps'].gapsOf(Float64Array.from(times, (t) => t ?? NaN))];"
    assert evaluated(script, times=TIMES) == [None, None, pytest.approx(0.2), 0, pytest.approx(0.7), None]


@pytest.mark.parametrize(
    ("gaps", "words"),
    [
        ([0.012, 0.3, 2.4], ["10 ms", "100 ms", "1 s", "10 s"]),
        ([0.0, 0.012, 0.3], ["≤ 10 ms", "100 ms", "1 s"]),
        ([1e-9, 0.3], ["≤ 100 ns", "1 µs", "10 µs", "100 µs", "1 ms", "10 ms", "100 ms", "1 s"]),
        ([0.0], ["≤ 1 ms", "10 ms", "100 ms", "1 s"]),
    ],
)
def test_the_axis_of_gaps_says_what_is_below_it(gaps: list[float], words: list[str]) -> None:
    assert [tick["words"] for tick in called("panes/gaps", "gapAxis", gaps)["ticks"]] == words


def test_of_several_gaps_in_a_pixel_the_longest_is_drawn() -> None:
    script = """
      const axis = modules["timeline/axis"].axisOf({ nChunks: 5000, t: null }, "chunk");
      const gaps = Float64Array.from({ length: 5000 }, (_, n) => (n === 0 ? NaN : n === 3210 ? 4 : 0.01));
      return modules["panes/gaps"].gapColumns(gaps, axis, modules["timeline/scale"].scaleOf(axis.whole, 500));
    """
    found = evaluated(script)
    assert found["isCrowded"]
    assert len(found["columns"]) < 412
    assert [column["chunk"] for column in found["columns"] if column["gap"] == 4] == [3210]


def test_marked_chunks_are_found_by_number() -> None:
    script = "return chunks.map((chunk) => modules['panes/gaps'].runOf(runs, chunk)?.[2] ?? null);"
    runs = [[10, 10, "stall"], [23, 36, "burst"], [37, 49, "burst"]]
    assert evaluated(script, runs=runs, chunks=[0, 9, 10, 11, 23, 36, 37, 49, 50]) == [
        *(None, None, "stall", None, "burst", "burst", "burst", "burst", None)
    ]


def test_edges_of_a_distribution_are_powers_of_ten_and_few() -> None:
    def edges(first: int, last: int) -> list[str]:
        powers = [float(f"1e{power}") for power in range(first, last + 1)]
        bins = [{"from": start, "to": end, "n": 1} for start, end in pairwise(powers)]
        return [edge["words"] for edge in called("panes/timing", "edgesOf", bins)]

    assert edges(-3, -1) == ["1 ms", "10 ms", "100 ms"]
    assert edges(-7, 2) == ["100 ns", "10 µs", "1 ms", "100 ms", "10 s"]


@pytest.mark.parametrize(("room", "height"), [(300, 420), (780, 750), (2000, 1400)])
def test_the_explorer_takes_what_is_seen_of_a_notebook(room: int, height: int) -> None:
    assert called("layout", "fittingHeight", room) == height


@pytest.mark.parametrize(
    ("wanted", "width", "fitting"),
    [(330, 1000, 330), (100, 1000, 240), (900, 1000, 580), (500, 700, 280), (10, 400, 200)],
)
def test_list_and_detail_keep_what_they_need(wanted: int, width: int, fitting: int) -> None:
    assert called("layout", "fittingList", wanted, width) == fitting


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, ""),
        ({"new": 1, "changed": 0, "gone": 0}, "1 file new"),
        ({"new": 2, "changed": 1, "gone": 3}, "2 files new, 1 file recorded again, 3 files gone"),
    ],
)
def test_what_became_of_files_is_said_in_words(changes: dict[str, int], words: str) -> None:
    assert called("notice", "changesInWords", changes) == words
