"""Parts that processes take: each is taken once, and nobody waits."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from recexplore.read.claims import claim, n_claimed


def test_a_part_is_taken_once_whoever_comes(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        taken = list(pool.map(lambda at: claim(tmp_path, at % 50), range(400)))

    assert taken.count(True) == 50
    assert taken.count(False) == 350
    assert n_claimed(tmp_path) == 50


def test_without_a_folder_nobody_can_claim(tmp_path: Path) -> None:
    assert claim(tmp_path / "gone", 0) is None
    assert n_claimed(tmp_path / "gone") == 0


def test_what_else_is_in_the_folder_is_no_claim(tmp_path: Path) -> None:
    (tmp_path / "3.0").write_bytes(b"a batch")

    assert claim(tmp_path, 3) is True
    assert n_claimed(tmp_path) == 1
