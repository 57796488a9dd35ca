from __future__ import annotations

import re
from dataclasses import astuple
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from recexplore.read.wire.sse import Event, Parser, looks_like_events, parse

BOM = b"\xef\xbb\xbf"
PIECES = [b"data", b"data: ", b"data:x", b"event: e", b"id: 7", b"retry: 10", b"id:\0", b":", b" ", b"0", b"x", b"\0"]
PIECES += [b"\r", b"\n", b"\r\n", b"\n\n", b"\r\r", b"\r\n\r\n", BOM, "é€".encode(), b"\xe2\x82", b"\xff"]
STREAMS = st.lists(st.sampled_from(PIECES), max_size=30).map(b"".join)


def events(*pieces: bytes) -> list[Event]:
    return parse(pieces)[0]


def data(*pieces: bytes) -> list[str]:
    return [event.data for event in events(*pieces)]


def by_the_book(stream: bytes) -> list[tuple[str, str, str | None, int | None]]:
    """What the standard dispatches, with the id and the time to wait that stand in the event's own block."""
    dispatched = []
    buffer, name, own_id, retry = "", "", None, None
    lines = re.split("\r\n|\n|\r", stream.decode("utf-8", "replace").removeprefix("\ufeff"))
    for line in lines[:-1]:
        if line == "":
            if buffer != "":
                dispatched.append((buffer.removesuffix("\n"), name, own_id, retry))
            buffer, name, own_id, retry = "", "", None, None
            continue
        if line.startswith(":"):
            continue
        field, value = line.split(":", 1) if ":" in line else (line, "")
        value = value[1:] if value.startswith(" ") else value
        if field == "event":
            name = value
        elif field == "data":
            buffer += value + "\n"
        elif field == "id" and "\0" not in value:
            own_id = value
        elif field == "retry" and re.fullmatch("[0-9]+", value):
            retry = int(value)
    return dispatched


# --- the examples of the standard --------------------------------------------------------------------------------------


def test_the_lines_of_an_event_are_joined() -> None:
    assert data(b"data: YHOO\ndata: +2\ndata: 10\n\n") == ["YHOO\n+2\n10"]


def test_four_blocks_of_the_standard() -> None:
    stream = b": test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event\n\n"

    assert [(event.data, event.id) for event in events(stream)] == [
        ("first event", "1"),
        ("second event", ""),
        (" third event", None),
    ]


def test_empty_data_is_data_and_the_end_of_the_stream_ends_nothing() -> None:
    assert [(event.data, event.is_whole) for event in events(b"data\n\ndata\ndata\n\ndata:")] == [
        ("", True),
        ("\n", True),
        ("", False),
    ]


def test_a_space_after_the_colon_makes_no_difference() -> None:
    assert data(b"data:test\n\ndata: test\n\n") == ["test", "test"]


# --- lines -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("end", [b"\n", b"\r", b"\r\n"])
def test_all_line_ends(end: bytes) -> None:
    assert data(end.join([b"data: a", b"data: b", b"", b"data: c", b"", b""])) == ["a\nb", "c"]


def test_line_ends_mixed() -> None:
    assert data(b"data: a\rdata: b\ndata: c\r\n\ndata: d\r\n\rdata: e\n\r\n") == ["a\nb\nc", "d", "e"]


def test_characters_that_only_look_like_line_ends_are_text() -> None:
    assert data("data: a\x0bb\x0cc\x85d\u2028e\u2029f\x1cg\n\n".encode()) == ["a\x0bb\x0cc\x85d\u2028e\u2029f\x1cg"]


@pytest.mark.parametrize(
    ("line", "value"), [(b"data:  x", " x"), (b"data:\tx", "\tx"), (b"data: x ", "x "), (b"data: a:b", "a:b")]
)
def test_only_one_leading_space_is_removed(line: bytes, value: str) -> None:
    assert data(line + b"\n\n") == [value]


@pytest.mark.parametrize("line", [b" data: x", b"Data: x", b"data : x", b"datas: x", b"DATA: x"])
def test_a_field_is_named_exactly(line: bytes) -> None:
    assert data(line + b"\n\n") == []


def test_a_byte_order_mark_at_the_start_is_no_text() -> None:
    assert data(BOM + b"data: a\n\n") == ["a"]


def test_only_the_first_byte_order_mark_is_one() -> None:
    assert data(BOM + BOM + b"data: a\n\ndata: b\n\n" + BOM + b"data: c\n\n") == ["b"]


def test_bytes_that_are_not_utf8_are_replaced() -> None:
    assert data(b"data: a\xffb\xe2\x82\n\n") == ["a\N{REPLACEMENT CHARACTER}b\N{REPLACEMENT CHARACTER}"]


# --- fields ------------------------------------------------------------------------------------------------------------


def test_the_last_name_of_an_event_counts_and_the_next_event_has_none() -> None:
    assert [event.name for event in events(b"event: a\nevent: b\ndata: 1\n\ndata: 2\n\n")] == ["b", ""]


def test_the_name_of_a_block_without_data_is_not_the_next_events() -> None:
    (event,) = events(b"event: lost\n\ndata: 1\n\n")

    assert (event.name, event.before) == ("", ("event: lost",))


@pytest.mark.parametrize(("line", "id_"), [(b"id: 5", "5"), (b"id", ""), (b"id:", ""), (b"id: a\0b", None)])
def test_an_id_unless_it_holds_nul(line: bytes, id_: str | None) -> None:
    assert events(line + b"\ndata: x\n\n")[0].id == id_


@pytest.mark.parametrize(
    ("value", "retry"),
    [
        ("0", 0),
        ("007", 7),
        ("10000", 10000),
        ("", None),
        ("-1", None),
        ("+1", None),
        ("1.5", None),
        ("1e3", None),
        ("1 ", None),
        ("१", None),
        ("²", None),
        ("12345678901234567890", 12345678901234567890),
    ],
)
def test_a_time_to_wait_has_only_digits(value: str, retry: int | None) -> None:
    assert events(f"retry: {value}\ndata: x\n\n".encode())[0].retry == retry


# --- what belongs to no event ------------------------------------------------------------------------------------------


def test_comments_go_with_the_event_that_follows() -> None:
    first, second = events(b": OPENROUTER PROCESSING\n\n:\ndata: 1\n\n: again\n\ndata: 2\n\n")

    assert (first.before, second.before) == ((": OPENROUTER PROCESSING", ":"), (": again",))


def test_a_block_without_data_is_no_event_and_is_kept_with_the_next() -> None:
    (event,) = events(b"event: ping\nid: 3\n\nretry: 5\n\ndata: x\n\n")

    assert (event.before, event.id, event.retry) == (("event: ping", "id: 3", "retry: 5"), None, None)


def test_lines_of_no_event_keep_their_order() -> None:
    (event,) = events(b"event: ping\n: comment\nid: 3\n\ndata: x\n\n")

    assert event.before == ("event: ping", ": comment", "id: 3")


def test_fields_that_nobody_knows_are_kept() -> None:
    (event,) = events(b"foo: bar\nid: a\0b\nretry: soon\nmore\ndata: x\n\n")

    assert event.before == ("foo: bar", "id: a\0b", "retry: soon", "more")


def test_what_follows_the_last_event_is_handed_on() -> None:
    assert parse([b"data: x\n\n: bye\nevent: late\n"])[1] == (": bye", "event: late")


# --- the end of the stream ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("end", [b"", b"\n", b"\r", b"\r\n"])
def test_an_event_that_nothing_ended_is_given_and_marked(end: bytes) -> None:
    first, last = events(b"data: a\n\nevent: e\nid: 1\ndata: b" + end)

    assert first.is_whole
    assert (last.data, last.name, last.id, last.is_whole) == ("b", "e", "1", False)


@pytest.mark.parametrize("end", [b"\n\n", b"\r\r", b"\r\n\r\n", b"\n\r", b"\r\n\r"])
def test_a_blank_line_at_the_very_end_ends_the_event(end: bytes) -> None:
    (event,) = events(b"data: a" + end)

    assert (event.data, event.is_whole, event.size) == ("a", True, 7 + len(end))


@pytest.mark.parametrize("stream", [b"", BOM, BOM[:1], BOM[:2], b"\n", b"\r", b"\r\n", b"\n\n\n"])
def test_streams_without_a_line_of_text_have_no_event(stream: bytes) -> None:
    assert events(stream) == []


def test_nothing_is_given_before_it_is_complete() -> None:
    parser = Parser()

    assert parser.feed(b"data: a\n") == []
    assert [event.data for event in parser.feed(b"\ndata: b")] == ["a"]
    assert parser.feed(b"\r") == []
    assert [event.data for event in parser.feed(b"\r\n")] == ["b"]
    assert parser.close() == ([], ())


# --- whatever the stream -----------------------------------------------------------------------------------------------


@given(STREAMS | st.binary(max_size=60))
@example(b"data\r\n\r\ndata: \xef\xbb\xbf\r\r")
@example(BOM + BOM + b"data: x\n\n")
def test_it_dispatches_what_the_standard_dispatches(stream: bytes) -> None:
    found = [(event.data, event.name, event.id, event.retry) for event in events(stream) if event.is_whole]

    assert found == by_the_book(stream)


@given(STREAMS)
def test_only_the_last_event_can_be_cut_and_a_blank_line_is_all_it_lacks(stream: bytes) -> None:
    found = events(stream)
    ended = by_the_book(stream + b"\n\n")

    assert all(event.is_whole for event in found[:-1])
    assert [(event.data, event.name, event.id, event.retry) for event in found] == ended


@given(STREAMS, st.lists(st.integers(0, 120), max_size=6))
def test_where_the_bytes_are_cut_changes_nothing(stream: bytes, cuts: list[int]) -> None:
    places = [0, *sorted(min(cut, len(stream)) for cut in cuts), len(stream)]
    pieces = [stream[start:end] for start, end in pairwise(places)]

    assert parse(pieces) == parse([stream])


@given(STREAMS)
def test_byte_by_byte_is_the_same(stream: bytes) -> None:
    assert parse([bytes([each]) for each in stream]) == parse([stream])


@given(STREAMS)
def test_sizes_say_which_bytes_an_event_came_from(stream: bytes) -> None:
    at = 0
    for event in events(stream):
        (alone,) = events((b":\n" if at else b"") + stream[at : at + event.size])
        assert astuple(alone)[:4] == astuple(event)[:4]
        assert alone.is_whole == event.is_whole
        at += event.size
    assert at <= len(stream)
    assert events(b":\n" + stream[at:]) == [] or at == 0


@given(STREAMS)
def test_sizes_add_up_to_all_bytes_of_a_stream_that_ends_with_an_event(stream: bytes) -> None:
    found = events(stream + b"\n\ndata: last\n\n")

    assert sum(event.size for event in found) == len(stream) + 14


# --- what looks like one -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        b"data: x",
        b"data:x",
        b"data\n\n",
        b"event: a\n",
        b"id: 1\n",
        b"retry: 5\n",
        b": comment\n",
        b":\n",
        b"\n\r\ndata: x",
        BOM + b"data: x",
    ],
)
def test_what_looks_like_events(text: bytes) -> None:
    assert looks_like_events(text)


@pytest.mark.parametrize("text", [b"", b"{}", b"[1]", b"hello", b"dataset: x", b"events: []", b"\x1f\x8b", b"<html>"])
def test_what_does_not(text: bytes) -> None:
    assert not looks_like_events(text)
