"""The key: made once, read again, too short; and the numbers that follow from it."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recexplore.share.redact.keys import Digest, default_key_file, read_key

KEY = b"a key of sixteen bytes and more"


def test_it_is_made_for_its_owner_alone_and_read_again(tmp_path: Path) -> None:
    path = tmp_path / "settings" / "k.key"
    key = read_key(path)
    assert len(bytes.fromhex(key.decode())) == 32
    assert read_key(path) == key == read_key(str(path))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert read_key(tmp_path / "other.key") != key


def test_where_it_lies_if_nobody_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert default_key_file() == tmp_path / "recexplore" / "redaction.key"
    assert read_key(None) == default_key_file().read_bytes().strip()
    monkeypatch.delenv("XDG_CONFIG_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert default_key_file() == tmp_path / ".config" / "recexplore" / "redaction.key"


def test_bytes_are_the_key_and_need_sixteen() -> None:
    assert read_key(KEY) is KEY
    with pytest.raises(ValueError, match="at least 16 bytes, this one has 15"):
        read_key(KEY[:15])


def test_a_file_of_a_short_key_is_refused(tmp_path: Path) -> None:
    (tmp_path / "k.key").write_bytes(b"fifteen bytes !\n\n\n")
    with pytest.raises(ValueError, match="this one has 15"):
        read_key(tmp_path / "k.key")


@given(st.text(), st.integers(0, 200))
def test_numbers_follow_from_key_purpose_and_text(text: str, n: int) -> None:
    numbers = Digest(KEY).numbers("word", text, n)
    assert len(numbers) == n
    assert all(0 <= each < 65_536 for each in numbers)
    assert Digest(KEY).numbers("word", text, n + 1)[:n] == numbers


def test_another_purpose_text_or_key_gives_others() -> None:
    digests = Digest(KEY), Digest(KEY[::-1])
    found = [tuple(each.numbers(*given, 9)) for each in digests for given in (("a", "b"), ("ab", ""), ("a", "\ud800"))]
    assert len(set(found)) == len(found)
