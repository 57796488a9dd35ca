from __future__ import annotations

import os

import pytest

from recexplore.read.sources.paths import (
    PACKED_SUFFIXES,
    SUFFIXES,
    TEXT_SUFFIXES,
    is_looked_into,
    is_searched_for,
    shown,
    unpacked_name,
    why_skipped,
)


@pytest.mark.parametrize("suffix", sorted(PACKED_SUFFIXES))
def test_what_was_packed_by_itself_is_searched_for_as_what_it_holds(suffix: str) -> None:
    assert is_searched_for(f"a.yaml{suffix}")
    assert is_searched_for(f"a.yaml{suffix.upper()}")
    assert not is_searched_for(f"a.tar{suffix}")
    assert unpacked_name(f"a.yaml{suffix}") == "a.yaml"
    assert unpacked_name("a.yaml") == "a.yaml"


def test_text_is_looked_into() -> None:
    assert is_looked_into("a.chunks.txt")
    assert is_looked_into("a.log.gz")
    assert not is_looked_into("a.json")


def test_why_a_file_is_skipped() -> None:
    assert why_skipped("a.b.md") == "files called *.md are not searched"
    assert why_skipped("Makefile") == "files without a suffix are not searched"


@pytest.mark.parametrize("suffix", sorted(SUFFIXES | TEXT_SUFFIXES))
def test_what_is_searched_for(suffix: str) -> None:
    assert is_searched_for(f"a{suffix}")
    assert is_searched_for(f"a.b{suffix.upper()}")
    assert not is_searched_for(f".a{suffix}")
    assert not is_searched_for(suffix)
    assert not is_searched_for(f"a{suffix}.bak")
    assert not is_searched_for(f"a{suffix}x")


@pytest.mark.parametrize(
    "name", ["", ".", "..", "json", "a", "a.", "a.md", "a.zip", "a.md.gz", "a.json ", ".gz", "a.gz"]
)
def test_what_is_not_searched_for(name: str) -> None:
    assert not is_searched_for(name)


@pytest.mark.parametrize(
    "path", ["", "a/b.json", "/a b/é\N{SNOWMAN}.json", "C:/x", "../x", "a\\b" if os.sep == "/" else "a"]
)
def test_what_is_printable_is_shown_as_it_is(path: str) -> None:
    assert shown(path) == path


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("a\nb", "a\\nb"),
        ("a\tb", "a\\tb"),
        ("a\x1b[31mb", "a\\x1b[31mb"),
        ("a\u202eb", "a\\u202eb"),
        ("a\N{NO-BREAK SPACE}b", "a\\xa0b"),
        (os.fsdecode(b"a\xffb"), "a\\xffb"),
        ("a\ud800b", "a\\ud800b"),
        ("a\U000e0001b", "a\\U000e0001b"),
    ],
)
def test_what_is_not_printable_is_spelled_out(path: str, expected: str) -> None:
    found = shown(path)

    assert found == expected
    assert found.isprintable()
    assert found.encode()


def test_separators_are_forward_slashes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sep", "\\")

    assert shown("a\\b\\c.json") == "a/b/c.json"
