"""What the thread that writes journals tells of what went wrong: no key, nothing that steers a terminal, no long text."""

from __future__ import annotations

from pathlib import Path

import pytest

from recexplore.capture.journal.first_line import FirstLine
from recexplore.capture.journal.writer import Writer
from recexplore.capture.journal.writer_status import words_of

_KEY = "Sentinel-0123456789abcdef"
_FIELDS = [("Authorization", f"Bearer {_KEY}")]
_FIRST = FirstLine("POST", "http://h/", _FIELDS, b"", n_lost=0, received_posix_ns=0, test_id=None)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (OSError(28, "No space left on device"), "[Errno 28] No space left on device"),
        (ValueError(), "ValueError()"),
        (ValueError(f"x-{_KEY}!"), f"x-{'*' * len(_KEY)}!"),
        (ValueError("\u202eevil\x1b[2J\n\udc80"), "\ufffdevil\ufffd[2J\ufffd\ufffd"),
        (ValueError("\ud800"), "ValueError"),
        (ValueError("a" * 5000), "a" * 200 + "…"),
        (ValueError(f"{'a' * 190}{_KEY}"), "a" * 190 + "*" * 10 + "…"),
    ],
)
def test_words_that_anybody_may_see(error: Exception, words: str) -> None:
    assert words_of(error, _FIRST) == words


def test_without_an_exchange_the_form_of_a_key_tells() -> None:
    assert "0123456789" not in words_of(ValueError("key sk-proj-0123456789abcdefghijklmnop"))


def test_an_error_without_words() -> None:
    class Silent(Exception):
        def __str__(self) -> str:
            raise RuntimeError

    assert words_of(Silent()) == "Silent"


def test_what_a_server_names_is_told_nowhere(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    writer = Writer(tmp_path)
    journal = writer.open("POST", "http://h/", _FIELDS, b"{}", received_ns=writer.clock())
    journal.headers(writer.clock(), 200, [("Content-Encoding", f"x-{_KEY}\u202e" + "a" * 5000)])
    journal.read(writer.clock(), b"\x00\xff")
    journal.end(writer.clock(), "complete")
    status = writer.close()

    assert (status.lost_reads, status.n_ended) == (1, 1)
    assert status.error == "an answer cannot be unpacked: its encoding is not known; it may hold a key and is left out"
    assert _KEY not in caplog.text


def test_what_fails_with_the_key_in_its_words(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    def fail(path: Path) -> None:
        raise RuntimeError(f"no {_KEY}")

    writer = Writer(tmp_path, ended=fail)
    journal = writer.open("POST", "http://h/", _FIELDS, b"{}", received_ns=writer.clock())
    journal.end(writer.clock(), "complete")
    assert writer.close().error == f"no {'*' * len(_KEY)}"
    assert _KEY not in caplog.text
