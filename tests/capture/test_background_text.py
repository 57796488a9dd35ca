"""Text that a thread writes: in order, never waited for, and what is dropped is said."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

import pytest

from recexplore.cli.background_text import BackgroundText


@contextmanager
def pipe() -> Iterator[tuple[TextIO, int]]:
    """The writing end of a pipe, and the number of the reading one."""
    reading, writing = os.pipe()
    with open(writing, "w", encoding="ascii") as stream:
        yield stream, reading
    os.close(reading)


def test_texts_are_written_in_order_and_what_has_no_form_is_escaped() -> None:
    with pipe() as (stream, reading):
        with BackgroundText(stream) as out:
            out.write("one\n")
            out.write("tŵo\n")
        assert os.read(reading, 100) == b"one\nt\\u0175o\n"


def test_nobody_waits_for_who_does_not_read_and_what_is_dropped_is_said() -> None:
    long = "x" * (1 << 20) + "\n"  # more than a pipe holds
    with pipe() as (stream, reading), BackgroundText(stream, most_waiting=3) as out:
        for _ in range(10):
            out.write(long)
        assert not out.is_idle
        read = b""
        while b" lines\n" not in read:
            read += os.read(reading, 1 << 20)

    assert b"... not shown, for nobody took them in time: " in read


def test_an_end_is_not_waited_for_long() -> None:
    with pipe() as (stream, _), BackgroundText(stream, most_waiting=1) as out:
        for _ in range(5):
            out.write("x" * (1 << 20))


@pytest.mark.filterwarnings("error")
def test_a_reader_that_went_breaks_nothing() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with open(writing, "w") as stream, BackgroundText(stream) as out:
        out.write("one\n")
        out.write("two\n")


def test_a_stream_that_is_no_file_is_written_to() -> None:
    with BackgroundText(stream := io.StringIO()) as out:
        out.write("one\n")

    assert stream.getvalue() == "one\n"
