from __future__ import annotations

from recexplore.read.extract.usage_fields import Paths, read_counts

TABLE: dict[str, Paths] = {
    "prompt": ((("prompt_tokens",),),),
    "cached": ((("details", "cached"),), (("cache_hits",),)),
    "audio": ((("in", "audio"), ("out", "audio")),),
}


def test_figures_are_taken_from_their_paths() -> None:
    figures, rest = read_counts([{"prompt_tokens": 3, "details": {"cached": 2}}], TABLE)

    assert figures == {"prompt": [3], "cached": [2], "audio": [None]}
    assert rest == [{}]


def test_the_first_alternative_counts_and_one_that_says_the_same_goes_with_it() -> None:
    figures, rest = read_counts([{"details": {"cached": 2}, "cache_hits": 2}], TABLE)

    assert figures["cached"] == [2]
    assert rest == [{}]


def test_an_alternative_that_says_otherwise_is_kept() -> None:
    figures, rest = read_counts([{"details": {"cached": 2}, "cache_hits": 5}], TABLE)

    assert figures["cached"] == [2]
    assert rest == [{"cache_hits": 5}]


def test_each_report_has_its_own_alternative() -> None:
    figures, rest = read_counts([{"details": {"cached": 2}}, {"cache_hits": 5}, {"details": None}], TABLE)

    assert figures["cached"] == [2, 5, None]
    assert rest == [{}, {}, {}]


def test_a_figure_split_over_fields_is_their_sum() -> None:
    figures, _ = read_counts([{"in": {"audio": 2}, "out": {"audio": 5}}, {"in": {"audio": 2}}, {"in": {}}], TABLE)

    assert figures["audio"] == [7, 2, None]


def test_zero_is_a_figure_and_absence_is_none() -> None:
    figures, _ = read_counts([{"prompt_tokens": 0}, {"prompt_tokens": None}, {}], TABLE)

    assert figures["prompt"] == [0, None, None]


def test_leftovers_keep_their_path_and_nulls_are_dropped() -> None:
    _, rest = read_counts([{"cost": 0.5, "details": {"x": {"y": 1}}, "gone": None}, {"cost": None}], TABLE)

    assert rest == [{"cost": 0.5, "details.x.y": 1}, {}]


def test_what_is_no_integer_is_no_figure_but_kept() -> None:
    figures, rest = read_counts(
        [{"prompt_tokens": "7"}, {"prompt_tokens": True}, {"prompt_tokens": 1.5}, {"prompt_tokens": {"of": 9}}], TABLE
    )

    assert figures["prompt"] == [None] * 4
    assert rest == [{"prompt_tokens": "7"}, {"prompt_tokens": True}, {"prompt_tokens": 1.5}, {"prompt_tokens.of": 9}]


def test_reports_are_not_changed() -> None:
    report = {"prompt_tokens": 3, "details": {"cached": 2}}
    read_counts([report], TABLE)

    assert report == {"prompt_tokens": 3, "details": {"cached": 2}}


def test_no_report() -> None:
    assert read_counts([], TABLE) == ({"prompt": [], "cached": [], "audio": []}, [])
