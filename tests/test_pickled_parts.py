"""Parts on their way to other processes."""

from __future__ import annotations

from pathlib import Path

from recexplore.model.exchange import Blob
from recexplore.read.pickled_parts import read_parts, write_parts
from recexplore.read.sources import held


def test_parts_come_back_in_the_order_they_are_asked_for(tmp_path: Path) -> None:
    parts = [[held(f"{part}-{at}".encode(), f"{part}-{at}.json") for at in range(3)] for part in range(5)]
    places = write_parts(parts, tmp_path)

    assert None not in places
    assert [each.path for each in read_parts(places[3:1:-1], tmp_path)] == [
        f"{part}-{at}.json" for part in (3, 2) for at in range(3)
    ]
    assert [each.read(100) for each in read_parts(places[:1], tmp_path)] == [b"0-0", b"0-1", b"0-2"]


def test_a_part_that_cannot_travel_is_not_there(tmp_path: Path) -> None:
    own = [Blob("x", "x", lambda limit: b"", ("url", "x"))]
    places = write_parts([own, None, [held(b"1", "1.json")]], tmp_path)

    assert places[:2] == [None, None]
    assert [each.path for each in read_parts(places, tmp_path)] == ["1.json"]


def test_where_there_is_no_room_nothing_is_there(tmp_path: Path) -> None:
    assert write_parts([[held(b"1", "1.json")]], tmp_path / "gone") == [None]
