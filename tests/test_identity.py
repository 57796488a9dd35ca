from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recexplore.corpus.ids import exchange_id, file_ids

PARTS = st.text(st.sampled_from("ab#0~/.é"), min_size=1, max_size=14)
FILES = st.dictionaries(st.tuples(st.sampled_from(["x", "y"]), PARTS), st.integers(1, 3), max_size=12)


def _places(files: dict[tuple[str, str], int]) -> list[tuple[str, str, int, int]]:
    return [(f"{folder}/{name}", name, exchange, n) for (folder, name), n in files.items() for exchange in range(n)]


def recording_ids(places: list[tuple[str, str, int, int]]) -> list[str]:
    ids = file_ids((path, name) for path, name, _, _ in places)
    return [exchange_id(ids[path], exchange, n) for path, _, exchange, n in places]


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


@given(FILES)
def test_ids_are_unique_for_any_names(files: dict[tuple[str, str], int]) -> None:
    places = _places(files)
    ids = recording_ids(places)

    assert len(ids) == len(places)
    assert len(set(ids)) == len(ids)


@given(FILES, st.randoms(use_true_random=False))
def test_ids_do_not_depend_on_the_order(files: dict[tuple[str, str], int], random) -> None:
    places = _places(files)
    shuffled = random.sample(places, len(places))

    assert dict(zip(places, recording_ids(places), strict=True)) == dict(
        zip(shuffled, recording_ids(shuffled), strict=True)
    )


def test_an_id_is_the_beginning_of_the_stem() -> None:
    assert recording_ids(
        [("r/0123456789abcdef.json", "0123456789abcdef.json", 0, 1), ("r/b.json", "b.json", 0, 1)]
    ) == [
        "0123456789ab",
        "b",
    ]


def test_files_that_share_it_are_told_apart_by_the_hash_of_their_names() -> None:
    names = ["a/0123456789abX.json", "b/0123456789abY.json"]

    assert recording_ids([(f"r/{name}", name, 0, 1) for name in names]) == [
        f"0123456789ab~{_hash(name)[:4]}" for name in names
    ]


def test_ids_do_not_depend_on_where_the_folder_stands() -> None:
    names = ["a/0123456789abX.json", "b/0123456789abY.json", "c.json"]

    assert recording_ids([(f"/here/{name}", name, 0, 1) for name in names]) == recording_ids(
        [(f"elsewhere/{name}", name, 0, 1) for name in names]
    )


def test_the_same_name_below_two_folders() -> None:
    ids = recording_ids([("x/a.json", "a.json", 0, 1), ("y/a.json", "a.json", 0, 1)])

    assert ids == [f"a~{_hash(path)[:4]}" for path in ("x/a.json", "y/a.json")]


def test_exchanges_of_a_file_are_numbered_from_zero() -> None:
    assert recording_ids(
        [("r/a.json", "a.json", 0, 2), ("r/a.json", "a.json", 1, 2), ("r/b.json", "b.json", 0, 1)]
    ) == [
        "a#0",
        "a#1",
        "b",
    ]


@pytest.mark.parametrize("others", [[], ["a.json"]])
def test_a_stem_that_looks_like_an_exchange_has_its_hash_always(others: list[str]) -> None:
    """Whether the other file is there, and holds several, need not be known."""
    ids = file_ids((f"r/{name}", name) for name in ["a#0.json", *others])

    assert ids["r/a#0.json"] == f"a#0~{_hash('a#0.json')[:4]}"


def test_ids_follow_from_the_files_alone() -> None:
    """A file that turns out to hold no recording, or several, changes nobody else's id."""
    ids = file_ids([("r/a.json", "a.json"), ("r/b/a.txt", "b/a.txt"), ("r/c.json", "c.json")])

    assert ids["r/a.json"] == f"a~{_hash('a.json')[:4]}"
    assert [exchange_id(ids["r/c.json"], number, 2) for number in range(2)] == ["c#0", "c#1"]


def test_a_stem_that_looks_like_a_hashed_id() -> None:
    names = ["a/0123456789abX.json", "b/0123456789abY.json"]
    short = ["a/ab.json", "b/ab.json"]
    looks = f"ab~{_hash(short[0])[:4]}.json"

    for three in ([*names, looks], [*short, looks], [looks, *short]):
        assert len(set(file_ids((f"r/{name}", name) for name in three).values())) == 3


def test_bundled_ids_are_the_beginning_of_the_file_names(bundled) -> None:
    assert set(bundled.recordings["recording"]) == {
        "94d11daee205",
        "f6960cae871e",
        "7ac0267de2ef",
        "007c4711219f",
        "f27523f3fec8",
    }
