"""On which line of its file a chunk begins: every envelope, and every recording there is."""

from __future__ import annotations

import gzip
import json
import re
import tarfile
import zipfile
from base64 import b64encode
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from synthetic import says, stream

import recexplore
from recexplore import SourceChanged
from recexplore.api import from_chunks
from recexplore.corpus.corpus import Corpus, Recording
from recexplore.model.exchange import Exchange
from recexplore.read import envelopes, load
from recexplore.read.envelopes import aiperf, chunk_list, event_stream, har, line_of, llama_stack, vcr
from recexplore.read.positions.yaml_lines import YamlPlaces
from recexplore.read.wire.content import Content

BUNDLED = Path(__file__).parent.parent / "recordings"
LINE_END = re.compile("\r\n|\r|\n")
Read = Callable[..., Corpus]


def lines(
    envelope: Any, data: bytes | str, exchange: int = 0, *, name: str = "a.json", n: int | None = None
) -> list[Any]:
    """The line of the exchange, then those of its chunks, as many as it has or as are asked for."""
    content = Content(name, data.encode() if isinstance(data, str) else data)
    found = [each for each in envelope.read(content) if isinstance(each, Exchange)]
    n = len(found[exchange].chunks) if n is None else n
    return [envelope.line_of(content, exchange, chunk) for chunk in (None, *range(n))]


# --- every recording there is ----------------------------------------------------------------------------------------


def meanings(line: str, rest: str) -> Iterator[Any]:
    """Everything that a line may begin: JSON at any of its characters, and what events say."""
    for at, character in enumerate(line):
        if character in '{["':
            try:
                value = json.JSONDecoder().raw_decode(rest, at)[0]
            except ValueError:
                continue
            yield value
            if isinstance(value, str):
                yield from said(value)
    yield from said(line.strip())
    yield from said(line.strip().strip("'\""))


def unwrapped(value: Any) -> Any:
    """A whole list, each item without what llama-stack wraps it in."""
    return [each.get("__data__", each) for each in value if isinstance(each, dict)] if isinstance(value, list) else None


def said(text: str) -> Iterator[Any]:
    """What the first event in a text says."""
    for piece in (text, text.partition("data:")[2].strip().partition("\n")[0]):
        yield piece
        try:
            yield json.loads(piece)
        except ValueError:
            continue


def check(one: Recording) -> int:
    """Every line of a recording; gives how many chunks were told apart."""
    path = Path(one.facts["path"])
    text = path.read_bytes().decode("utf-8-sig")
    starts = [0, *(match.end() for match in LINE_END.finditer(text))]
    assert one.line() is not None
    before = one.line() or 1
    for chunk in range(len(one.chunks)):
        line = one.line(chunk)
        assert line is not None
        assert before <= line <= len(starts)
        before = line
        ends = LINE_END.search(text, starts[line - 1])
        shown = text[starts[line - 1] : ends.start() if ends else len(text)]
        if path.suffix == ".yaml" and (quoted := quoted_around(text, line)) is not None:
            if chunk % 10 == 0 or chunk == len(one.chunks) - 1:
                check_folded(one, chunk, text, line, quoted)
        elif path.suffix == ".yaml" and not shown.lstrip().startswith(("data:", "{", "[")):
            assert shown.split(":")[0].strip() in one.raw(chunk), "the first key of a body that was parsed"
        elif one.facts["envelope"] == "aiperf":
            packets = json.loads(shown)["responses"][chunk]["packets"]
            assert one.raw(chunk) in [each for packet in packets for each in said(packet["value"])]
        else:
            found = meanings(shown, text[starts[line - 1] :])
            assert any(one.raw(chunk) in (each, unwrapped(each)) for each in found), (path, chunk)
    return len({one.line(chunk) for chunk in range(len(one.chunks))})


def check_folded(one: Recording, chunk: int, text: str, line: int, quoted: Any) -> None:
    """A line in a text that is quoted, and spread over lines at any place."""
    body = quoted.value
    begins = [
        match.start() for match in re.finditer(r"(?:(?<=\n\n)|(?<=\r\n\r\n)|\A)(?=(?:event:.*\r?\n)?data:)", body)
    ]
    assert len(begins) in (len(one.chunks), 0)
    at = body.index("data:", begins[chunk]) if begins else 0
    assert len(value_up_to(text, quoted, line - 1).rstrip()) <= at < len(value_up_to(text, quoted, line))


def quoted_around(text: str, line: int) -> Any | None:
    """The quoted text that a line is in, if it is in one of many lines."""
    return next((each for each in quoted_in(text) if each.start_mark.line < line <= each.end_mark.line + 1), None)


@cache
def quoted_in(text: str) -> list[Any]:
    found = (each for each in scalars(yaml.compose(text, yaml.CSafeLoader)) if each.style in ("'", '"'))
    return [each for each in found if each.start_mark.line < each.end_mark.line]


def scalars(node: Any) -> Iterator[Any]:
    if isinstance(node, yaml.ScalarNode):
        yield node
        return
    for each in node.value:
        for inner in each if isinstance(each, tuple) else (each,):
            yield from scalars(inner)


def value_up_to(text: str, quoted: Any, line: int) -> str:
    """What a quoted text says up to the end of a line, closed there."""
    if line <= quoted.start_mark.line:
        return ""
    if line > quoted.end_mark.line:
        return str(quoted.value)
    ends = [match.end() for match in LINE_END.finditer(text)]
    return str(yaml.load(text[quoted.start_mark.index : ends[line - 1]] + quoted.style, yaml.CSafeLoader))


@pytest.mark.parametrize(
    "path", [p for p in sorted(BUNDLED.rglob("*")) if p.suffix not in (".md", "")], ids=lambda p: p.name
)
def test_the_bundled_recordings(path: Path) -> None:
    corpus = recexplore.load(path, progress=False)

    assert len(corpus)
    for one in corpus:
        n_lines = check(one)
        if len(one.chunks) > 1 and one.facts["envelope"] != "aiperf" and path.suffix != ".jsonl":
            assert n_lines == len(one.chunks)


@pytest.mark.parametrize(("folder", "every"), [("ogx", 9), ("ogx-history", 2), ("vcr-pydantic-ai", 1)])
def test_real_recordings(corpus_folder: Path, folder: str, every: int) -> None:
    paths = sorted(path for path in (corpus_folder / folder).rglob("*") if path.suffix in (".json", ".yaml"))[::every]
    corpus = recexplore.load(paths, progress=False)
    n_chunks = n_lines = 0
    for one in corpus:
        n_lines += check(one)
        n_chunks += len(one.chunks)

    assert n_chunks > 500
    assert n_lines > 0.9 * n_chunks


# --- llama-stack -----------------------------------------------------------------------------------------------------


def pretty(body: list[Any], **response: Any) -> str:
    return json.dumps({"request": {"body": {"stream": True}}, "response": {"body": body, **response}}, indent=1)


def where(text: str, *parts: str) -> list[int]:
    """The lines of the first places where parts of a text stand, each behind the one before."""
    found, at = [], 0
    for part in parts:
        at = text.index(part, at)
        found.append(text.count("\n", 0, at) + 1)
        at += len(part)
    return found


def test_wrapped_chunks() -> None:
    items = [{"__type__": "x.Y", "__data__": {"n": n}} for n in range(3)]
    text = pretty([*items, {"n": 3}, "text"])
    data = [*where(text, *['"__data__"'] * 3), *where(text, '{\n    "n": 3'), *where(text, '"text"')]

    assert lines(llama_stack, text) == [1, *data]
    assert lines(llama_stack, text.replace("\n", "\r\n")) == [1, *data]
    assert lines(llama_stack, text.replace("\n", "\r")) == [1, *data]
    assert lines(llama_stack, "\ufeff\n" + text) == [2, *(line + 1 for line in data)]


def test_a_whole_answer() -> None:
    text = json.dumps({"response": {"is_streaming": False, "body": {"__data__": {"n": 1}}}, "request": {}}, indent=0)
    assert lines(llama_stack, text) == [1, *where(text, '"__data__"')]
    text = json.dumps({"response": {"is_streaming": False, "body": [{"__data__": 1}, 2]}, "request": {}}, indent=0)
    assert lines(llama_stack, text) == [1, *where(text, '"body"')]
    text = json.dumps({"response": {"choices": [], "usage": {}, "model": "m"}, "request": {}}, indent=0)
    assert lines(llama_stack, text) == [1, *where(text, '"response"')]


@pytest.mark.parametrize(
    ("items", "at"),
    [
        (['data: {"n": 1}', "", 'data: {"n": 2}', ""], [0, 2]),
        (['data: {"n": 1}', 'data: {"n": 2}', "data: [DONE]"], [0, 1, 2]),
        (["", ": hello", "event: a", 'data: {"n":', "data: 1}", "", 'data: {"n": 2}', ""], [3, 6]),
        (['event: a\ndata: {"n": 1}\n\n', 'event: b\ndata: {"n": 2}\n\ndata: 3\n\n'], [0, 1, 1]),
        (['data: "é😀"\n', "\n", 'data: {"n": 2}\n', "\n"], [0, 2]),
    ],
)
def test_lists_of_lines_of_events(items: list[str], at: list[int]) -> None:
    text = pretty(items)
    first = where(text, '"body": [')[0] + 1

    assert lines(llama_stack, text) == [1, *(first + n for n in at)]


def test_one_recording_a_line() -> None:
    one = json.dumps(stream(says("a"), says("b")))

    for text in (f"{one}\n\n5\r\n{one}\n{one}", f"\ufeff{one}\n\n5\n{one}\r{one}"):
        assert [lines(llama_stack, text, n, name="a.jsonl") for n in range(3)] == [[1] * 3, [4] * 3, [5] * 3]
    content = Content("a.jsonl", one.encode())
    assert llama_stack.line_of(content, 7, None) is None


def test_what_was_read_before_damage() -> None:
    text = pretty([{"__data__": {"n": n, "text": "abc"}} for n in range(4)])
    found = where(text, *['"__data__"'] * 4)

    for end in (text.index('"n": 3') + 3, text.index('"n": 2') + 20):
        cut = lines(llama_stack, text[:end], n=4)
        n_kept = text[:end].count("__data__")
        assert cut[: n_kept + 1] == [1, *found[:n_kept]]
    damaged = text.replace('"n": 2', '"n" 2')
    assert lines(llama_stack, damaged, n=2) == [1, *found[:2]]


def test_of_equal_keys_the_last_one_counts() -> None:
    first, last = '{"body": [1,\n2]}', '{\n"body": [1],\n"body": [\n{"__data__": 1,\n"__data__": 7}]}'
    text = f'{{"request": {{}},\n"response": {first},\n"response": {last}}}'

    assert lines(llama_stack, text) == [1, 8]


# --- what is JSON, lines or events as it is --------------------------------------------------------------------------


def test_a_list_of_chunks() -> None:
    chunk = {"choices": [], "usage": {}}
    text = "\n" + json.dumps([chunk, chunk, chunk], indent=1)

    assert lines(chunk_list, text) == [2, *where(text, *['{\n  "choices"'] * 3)]
    assert lines(chunk_list, "\n\n" + json.dumps(chunk)) == [3, 3]
    assert lines(chunk_list, text[:-20], n=3) == lines(chunk_list, text)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_a_stream_of_events(end: str, mark: str) -> None:
    first = ["", ": hello", "", "event: a", "id: 1", "data: {", ": between", "data: }", "", ""]
    text = mark + end.join([*first, "data: 2", "retry: 5", "", "data: x"])

    assert lines(event_stream, text, name="a.sse") == [2, 6, 11, 14]
    assert lines(event_stream, text, name="a.sse", n=5) == [2, 6, 11, 14, 2, 2]


def test_several_answers_in_one_file() -> None:
    stop = 'event: message_stop\ndata: {"type": "message_stop"}\n\n'
    text = f'event: message_start\ndata: {{"type": "message_start"}}\n\n{stop}\n: next\n{stop}'

    assert [lines(event_stream, text, n, name="a.sse") for n in range(2)] == [[1, 2, 5], [8, 10]]
    assert event_stream.line_of(Content("a.sse", text.encode()), 2, None) is None


def test_lines_of_json() -> None:
    one, last = '{"message": {"content": "a"}, "done": false}', '{"message": {}, "done": true}'
    text = f"\ufeff\n{one}\r\n\n  {one}\n{last}\n\n{one}\n{last}"

    assert [lines(event_stream, text, n, name="a.ndjson") for n in range(2)] == [[2, 2, 4, 5], [7, 7, 8]]


def test_records_of_aiperf() -> None:
    record = json.dumps({"start_perf_ns": 1, "responses": [{"perf_ns": 2, "text": "{}"}, {"perf_ns": 3, "text": "{}"}]})
    text = f"\n{record}\r\n\n{record}"

    assert [lines(aiperf, text, n, name="a.jsonl") for n in range(2)] == [[2, 2, 2], [4, 4, 4]]
    assert aiperf.line_of(Content("a.jsonl", text.encode()), 2, 0) is None


# --- HAR -------------------------------------------------------------------------------------------------------------


def entry(content: dict[str, Any], **more: Any) -> dict[str, Any]:
    response = {"status": 200, "content": content}
    return {"request": {"method": "POST", "url": "https://a/b"}, "response": response, **more}


def test_har() -> None:
    events = "data: 1\n\ndata: 2\n\n"
    messages = [{"eventName": "a", "data": "1"}, "no message", {"data": "2"}]
    entries = [
        entry({"text": events, "mimeType": "text/event-stream"}),
        entry({"text": b64encode(events.encode()).decode(), "encoding": "base64"}),
        entry({}, _eventSourceMessages=messages),
        "no entry",
        entry({"size": 0}),
    ]
    text = json.dumps({"log": {"entries": entries}}, indent=1)
    first = where(text, *['"request"'] * 3, '"no entry"', '"request"')
    whole, packed = where(text, '"text"', '"text"')
    one, two = where(text, '"data": "1"', '"data": "2"')

    assert [lines(har, text, n) for n in range(5)] == [
        [first[0] - 1, whole, whole],
        [first[1] - 1, packed, packed],
        [first[2] - 1, one, two],
        [first[3]],
        [first[4] - 1],
    ]


# --- cassettes -------------------------------------------------------------------------------------------------------

EVENTS = (
    'event: a\ndata: {"n": 1, "text": "é it\'s 😀 long enough to be folded"}\n\n: ping\n\n'
    'data: {"n":\ndata: 2}\n\ndata: [DONE]\n\n'
)


def cassette(body: str, **options: Any) -> str:
    """Two interactions with the same answer."""
    request = {"method": "POST", "uri": "https://a/b", "body": "{}", "headers": {}}
    response = {"status": {"code": 200}, "headers": {}, "body": {"string": body}}
    # Without aliases: nothing may be the same object twice.
    interactions = json.loads(json.dumps([{"request": request, "response": response}] * 2))
    return str(yaml.dump({"interactions": interactions, "version": 1}, sort_keys=False, **options))


def lines_in_both(text: str) -> list[list[Any]]:
    return [lines(vcr, text, n, name="a.yaml") for n in range(2)]


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_body_as_a_block(end: str) -> None:
    block = "".join(f"        {line}".rstrip() + "\n" for line in EVENTS.splitlines())
    one = f"- request: {{method: GET, uri: https://a}}\n  response:\n    body:\n      string: |+ # as it came\n{block}"
    text = f"# made\ninteractions:\n{one}{one}version: 1\n".replace("\n", end)

    assert lines_in_both(text) == [[3, 8, 12, 15], [17, 22, 26, 29]]
    assert lines_in_both("\ufeff" + text) == lines_in_both(text)


@pytest.mark.parametrize("style", ["'", '"'])
@pytest.mark.parametrize("width", [20, 40, 80, 10_000])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_body_in_quotes(style: str, width: int, end: str) -> None:
    text = cassette(EVENTS.replace("\n", end), default_style=style, width=width, allow_unicode=True)
    begins = [line for line, shown in enumerate(text.splitlines(), 1) if shown.startswith("- ")]
    words = ['"n":1,', '"n":', "[DONE]"]
    if style == '"' or end == "\r\n":  # single quotes hold no carriage return
        words = [word.replace('"', '\\"') for word in words]

    for found, begin in zip(lines_in_both(text), begins, strict=True):
        assert found[0] == begin
        for line, word in zip(found[1:], words, strict=True):
            near = text.split("\n")[line - 1 : line + 2]
            assert "data:" in near[0]
            # A word may be folded, and double quotes mark where.
            assert word in re.sub(r"\\?\s|\\$", "", "\n".join(near))


def test_what_cannot_be_followed_is_told_by_where_it_begins() -> None:
    packed = b64encode(EVENTS.encode()).decode()
    zipped = b64encode(gzip.compress(EVENTS.encode())).decode()
    bodies = {
        "string: >\n": "".join(f"        {line}\n\n" for line in EVENTS.splitlines()),
        "base64_string: |\n": f"        {packed[:40]}\n        {packed[40:]}\n",
        "string: !!binary |\n": f"        {zipped}\n",
        "string: !!binary |  \n": f"        {packed[:40]}\n        {packed[40:]}\n",
        "string:\n": "      - 'data: 1\n\n\n        '\n      - 'data: 2\n\n\n        '\n",
    }
    for key, written in bodies.items():
        one = f"- request: {{}}\n  response:\n    body:\n      {key}{written}"
        found = lines(vcr, f"interactions:\n{one}", name="a.yaml")
        assert found[0] == 2
        assert len(found) > 2
        assert set(found[1:]) == {6 if key == "string:\n" else 5}, key


def test_a_body_that_is_parsed_a_list_or_repeated() -> None:
    head = "interactions:\n- request: {}\n  response:\n"
    assert lines(vcr, f"{head}    parsed_body:\n      a: 1\n", name="a.yaml") == [2, 5]
    assert lines(vcr, f"{head}    body: |\n      data: 1\n\n      data: 2\n", name="a.yaml") == [2, 5, 7]
    assert lines(vcr, f"{head}    body:\n      string: '{{}}'\n      string: '[]'\n", name="a.yaml") == [2, 6]
    again = "- request: {}\n  response:\n    body: {string: *body}\n"
    text = f"{head}    body:\n      string: &body |\n        data: 1\n\n        data: 2\n{again}"
    assert lines(vcr, text, 1, name="a.yaml") == [9, 6, 8]
    request = "request: {uri: 'https://a/m:streamGenerateContent'}"
    items = f'{request}\n  response:\n    body:\n      string: |\n        [{{"n": 1}}\n        ,\n        {{"n": 2}}]\n'
    assert lines(vcr, f"interactions:\n- {items}", name="a.yaml") == [2, 6, 8]


def test_cassettes_in_json() -> None:
    responses = [{"body": {"string": EVENTS}}, {"parsed_body": {"n": 1}}, {"body": EVENTS}, {}]
    text = json.dumps({"interactions": [{"request": {}, "response": each} for each in responses] + [5]}, indent=1)
    begins = [line - 1 for line in where(text, *['"request"'] * 4)]
    string, parsed, body = where(text, '"string"', '"parsed_body"', '"body"')

    assert [lines(vcr, text, n)[:3] for n in range(4)] == [
        [begins[0], string, string],
        [begins[1], parsed],
        [begins[2], body, body],
        [begins[3]],
    ]
    assert lines(vcr, text, 4) == [where(text, "5\n")[0]]


def test_a_cassette_that_breaks_off() -> None:
    text = cassette(EVENTS, default_style="'", width=60)
    whole = lines_in_both(text)
    for end in range(text.index("DONE") + 8, len(text), 23):
        content = Content("a.yaml", text[:end].encode())
        found = [each for each in vcr.read(content) if isinstance(each, Exchange)]
        for exchange in found:
            assert vcr.line_of(content, exchange.number, None) == whole[exchange.number][0]
            for chunk in range(len(exchange.chunks)):
                assert vcr.line_of(content, exchange.number, chunk) in (
                    whole[exchange.number][chunk + 1],
                    whole[exchange.number][1],
                )


@pytest.mark.parametrize(
    "hostile",
    [
        b"a: " + b"[" * 5_000,
        b"a: &a [*a]",
        b"- 1\n---\n- 2",
        b"a: *b",
        b"\xff\xfe",
        b"a: [&x [1, *x], 2",
    ],
)
def test_yaml_that_is_refused_has_no_places(hostile: bytes) -> None:
    places = YamlPlaces(hostile)

    assert places.line(places.find("a", 0)) is places.line(None) is None
    assert places.lines_within(places.find("a"), [0]) == []


@given(
    st.text(st.sampled_from("ab é😀\"'\\:#\n\r\t\x85\u2028"), min_size=1, max_size=60),
    st.sampled_from(["'", '"', "|", ">", None]),
    st.integers(4, 30),
    st.booleans(),
)
def test_each_character_of_a_text_is_on_the_line_that_is_said(text: str, style: Any, width: int, raw: bool) -> None:
    written = yaml.dump({"a": {"b": [0, text]}}, default_style=style, width=width, allow_unicode=raw)
    places = YamlPlaces(written.encode())
    node = places.find("a", "b", 1)
    offsets = [len(text[:at].encode()) for at in range(len(text))]
    found = places.lines_within(node, offsets)

    if node.style == '"' or (node.style in ("'", "|") and not set(text) & set("\x85\u2028")):
        assert found
    assert found in ([], sorted(found))
    shown = LINE_END.split(written)
    for character, line in zip(text, found, strict=bool(found)):
        if character == "é" and raw:
            assert character in shown[line - 1]
    for character in "ab":
        if found:
            counted = [0] * len(shown)
            for line in (line for each, line in zip(text, found, strict=True) if each == character):
                counted[line - 1] += 1
            inside = range(node.start_mark.line, node.end_mark.line + 1)
            assert all(counted[at] <= shown[at].count(character) for at in inside)
            assert sum(counted) == text.count(character)


def test_folding_takes_no_time_that_grows_with_its_square() -> None:
    text = f'a: "{" " * 200_000}x{"  {} ".format("y" * 10) * 20_000}"'
    places = YamlPlaces(text.encode())

    assert places.lines_within(places.find("a"), [0, 200_000]) == [1, 1]


# --- envelopes of others ---------------------------------------------------------------------------------------------


def test_an_envelope_need_not_know() -> None:
    content = Content("a", b"")
    without = SimpleNamespace(NAME="a", sniff=None, read=None)
    assert line_of(without, content, 0, 0) is None
    for said_line in (0, -1, "1", 1.0, True, None):
        odd = SimpleNamespace(NAME="odd", line_of=lambda *_, said=said_line: said)
        assert line_of(odd, content, 0, 0) is None  # type: ignore[arg-type]


def test_an_envelope_that_fails_is_named() -> None:
    def fail(content: Content, exchange: int, chunk: int | None) -> int:
        raise KeyError("no")

    with pytest.warns(UserWarning, match="careless could not say where"):
        assert line_of(SimpleNamespace(NAME="careless", line_of=fail), Content("a", b""), 0, 0) is None  # type: ignore[arg-type]


def test_all_of_ours_know() -> None:
    assert all(hasattr(envelope, "line_of") for envelope in envelopes.ENVELOPES)


# --- a recording -----------------------------------------------------------------------------------------------------


def test_a_recording_says_its_lines(tmp_path: Path) -> None:
    text = pretty([{"__data__": each} for each in (says("a"), says("b"))])
    (tmp_path / "a.json").write_text(text)
    one = recexplore.load(tmp_path)["a"]

    assert [one.line(), one.line(0), one.line(1)] == [1, *where(text, '"__data__"', '"__data__"')]
    for chunk in (2, -1):
        with pytest.raises(IndexError, match="has the chunks 0 to 1"):
            one.line(chunk)
    with pytest.raises(TypeError, match="not by str"):
        one.line("0")  # type: ignore[arg-type]


def test_a_file_that_changed_has_no_lines(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text(json.dumps(stream(says("a"))))
    one = recexplore.load(path)["a"]
    path.write_text(json.dumps(stream(says("b"))))

    with pytest.raises(SourceChanged, match="not what was loaded"):
        one.line(0)
    path.unlink()
    with pytest.raises(SourceChanged, match="cannot be read"):
        one.line()


def test_hundreds_of_chunks_cost_one_scan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.json").write_text(json.dumps(stream(*map(says, "a" * 300)), indent=1))
    one = recexplore.load(tmp_path)["a"]
    scans: list[str] = []
    places = llama_stack.places_in
    monkeypatch.setattr(llama_stack, "places_in", lambda content: scans.append(content.name) or places(content))
    reads: list[str] = []
    content = load.Content
    monkeypatch.setattr(load, "Content", lambda name, data: reads.append(name) or content(name, data))

    found = [one.line(chunk) for chunk in range(300)]

    assert len(set(found)) == 300
    assert one.raw(5) == says("a")
    assert scans == reads == ["a.json"]


def test_packed_files_say_the_lines_of_what_was_packed(tmp_path: Path) -> None:
    text = pretty([{"__data__": says("a")}])
    (tmp_path / "a.json").write_text(text)
    with zipfile.ZipFile(tmp_path / "b.zip", "w", zipfile.ZIP_DEFLATED) as zipped:
        zipped.writestr("inner/b.json", text)
    with tarfile.open(tmp_path / "c.tar.gz", "w:gz") as archive:
        archive.add(tmp_path / "a.json", "inner/a.json")
    found = {path: recexplore.load(tmp_path / path) for path in ("a.json", "b.zip", "c.tar.gz")}

    assert {path: [one.line(0) for one in corpus] for path, corpus in found.items()} == {
        path: where(text, '"__data__"') for path in found
    }


def test_what_was_never_a_file_has_no_lines() -> None:
    one = from_chunks([says("a")])

    assert one.line() is one.line(0) is None


def test_a_recording_without_chunks(read: Read) -> None:
    one = next(iter(read({"request": {"body": {}}, "response": {"is_exception": True, "exception_message": "no"}})))

    assert one.line() == 1
    with pytest.raises(IndexError, match="has no chunk"):
        one.line(0)
