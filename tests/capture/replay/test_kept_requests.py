"""The latest requests, and how much of their bodies is kept."""

from __future__ import annotations

from recexplore.capture.replay.kept_requests import Asked, KeptRequests


def asked(path: str, n_bytes: int = 0) -> Asked:
    return Asked("POST", path, b"x" * n_bytes, None, "none")


def test_the_bodies_of_the_latest_are_kept() -> None:
    kept = KeptRequests(10)
    for path, n_bytes in (("/a", 6), ("/b", 0), ("/c", 4), ("/d", 5)):
        kept.add(asked(path, n_bytes))

    assert [(each.path, len(each.body)) for each in kept.latest()] == [("/a", 0), ("/b", 0), ("/c", 4), ("/d", 5)]
    kept.add(asked("/e", 11))
    assert [len(each.body) for each in kept.latest()] == [0] * 5


def test_so_many_requests_are_kept() -> None:
    kept = KeptRequests(100, most_requests=2)
    for path in ("/a", "/b", "/c"):
        kept.add(asked(path, 1))

    assert [(each.path, len(each.body)) for each in kept.latest()] == [("/b", 1), ("/c", 1)]
