"""On which line of its file a chunk begins: every envelope, and every recording there is."""

from __future__ import annotations

import gzip
import json
import re
import tarfile
import zipfile
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from synthetic import says, stream

import recexplore
from recexplore import SourceChanged
from recexplore.api import from_chunks
from recexplore.corpus import Corpus, Recording
from recexplore.model.exchange import CHUNK, Exchange
from recexplore.read import envelopes, read_again
from recexplore.read.positions import find_line as find_line_module
from recexplore.read.positions.find_line import find_line
from recexplore.read.wire.content import Content

BUNDLED = Path(__file__).parent.parent / "recordings"
LINE_END = re.compile("\r\n|\r|\n")
Read = Callable[..., Corpus]


# --- every recording there is ----------------------------------------------------------------------------------------


NO_WORDS = re.compile(r'"__type__": *"[^"]*"|__data__|\\+(?:u[0-9A-Fa-f]{4}|x[0-9A-Fa-f]{2}|[nrtbf])|[^A-Za-z0-9]')

OPENED = re.compile(r"(?:[{\[]|data:)\s*$")
"""A line behind which the value begins that it announces."""


def words(text: str) -> str:
    """What stays of a value however it is written: wrapped, indented, folded, quoted or escaped."""
    return NO_WORDS.sub("", text)


def check(one: Recording) -> int:
    """What each chunk says begins on its line; gives how many lines they are on."""
    text = Path(one.facts["path"]).read_bytes().decode("utf-8-sig")
    shown = LINE_END.split(text)
    found = [one.line(chunk) or 0 for chunk in range(len(one.chunks))]

    assert [one.line(), *found] == sorted([one.line() or 0, *found])
    for chunk, line in enumerate(found):
        said, before = words(json.dumps(one.raw(chunk)))[:60], len(words(shown[line - 1]))
        offset = words("\n".join(shown[line - 1 : line + 24])).find(said)
        is_opened = OPENED.search(shown[line - 1]) is not None and offset == before
        assert 0 <= offset < before or is_opened, (one.facts["path"], chunk, line)
    return len(set(found))


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


# --- every envelope: § marks where an exchange begins, ¶ where a chunk does -------------------------------------------

LLAMA_STACK = {
    "chunks that are wrapped, and not": """
§{"request": {}, "response": {"is_streaming": true, "body": [
 {"__type__": "x.Y",
 ¶"__data__": {"n": [1,
  2]}}, ¶"text",
 ¶{"n":
  3}]}}""",
    "a whole answer": '§{"response": {"is_streaming": false, "body":\n{\n¶"__data__": {"n":\n1}}}, "request": {}}',
    "a list that was not streamed": """§{"request": {}, "response": {"is_streaming": false,
"body": ¶[{
"__data__": 1}, 2]}}""",
    "an answer without its wrapping": '§{"request": {},\n"response":\n¶{"choices": [], "object": "chat.completion"}}',
    "of equal keys the last": """§{"request": {},
"response": {"body": [1,
2]},
"response": {"body": [1], "body": [
{"__data__": 1,
¶"__data__": 7}]}}""",
    "lines of events": r"""§{"request": {"body": {"stream": true}}, "response": {"body": [
 "", ": hello",
 "event: a",
 ¶"data: {\"n\":",
 "data: 1}",
 "", ¶"data: {\"n\": \"é😀\"}",
 "",
 ¶"data: [DONE]"]}}""",
    "lines of events without the blank ones": r"""§{"request": {"body": {"stream": true}}, "response": {"body": [
 ¶"data: {\"n\": 1}",
 ¶"data: {\"n\": 2}",
 "event: a", ¶"data: [DONE]"]}}""",
    "blocks of events": r"""§{"request": {"body": {"stream": true}}, "response": {"body": [
 ¶"event: a\ndata: \"😀\"\n\n",
 ¶¶"event: b\ndata: {\"n\": 2}\n\ndata: 3\n\n"]}}""",
    "an exception": """
§{"request": {}, "response": {"is_exception": true, "exception_message": "no"}}""",
}
ONE_LINE = json.dumps(stream(says("a"), says("b")))
RECORD = json.dumps({"start_perf_ns": 1, "responses": [{"perf_ns": 2, "text": "{}"}, {"perf_ns": 3, "text": "{}"}]})
RESULT = json.dumps({"custom_id": "a", "response": {"body": {"choices": []}}})
FAILURE = json.dumps({"custom_id": "a", "result": {"type": "expired"}})
SAID = '{"model": "m", "message": {"content": "a"}, "done": false}'
LAST = '{"model": "m", "message": {}, "done": true}'
STOP = 'event: message_stop\n¶data: {"type": "message_stop"}\n\n'
EVENTS = 'event: a\ndata: {"n": 1, "text": "é"}\n\n: ping\n\ndata: {"n":\ndata: 2}\n\ndata: [DONE]\n\n'
PACKED = b64encode(EVENTS.encode()).decode()
ZIPPED = b64encode(gzip.compress(EVENTS.encode())).decode()
PAIR = json.dumps({"request": {"url": "https://a"}, "response": {"status": 200, "body": EVENTS}})
OTHERS = {
    ("llama_stack", "a.jsonl"): f"§¶¶{ONE_LINE}\n\n5\n§¶¶{ONE_LINE}\n§¶¶{ONE_LINE}",
    ("aiperf", "a.jsonl"): f"§¶¶{RECORD}\n\n§¶¶{RECORD}",
    ("aimock", "a.json"): """
{"fixtures": [
 §{"match": {}, "response":
  ¶{"content": "a"}},
 §{"match": {}, "recordedTimings": {"ttftMs": 1, "interChunkDelaysMs": []},
  "response": ¶¶{"content": "a"}},
 §{"match": {},
  "events": [¶{"type": "a"}, ¶{"type": "b"},
   ¶{"type": "c"}]},
 §5]}""",
    ("batch", "a.jsonl"): f"§¶{RESULT}\n\n§{FAILURE}\n§¶{RESULT}",
    ("chunk_list", "a.json"): """
§[ ¶{"choices": [], "object": "chat.completion.chunk"},
 ¶{"choices": [],
  "object": "chat.completion.chunk"},
 ¶{"choices": [], "object": "chat.completion.chunk"}
]""",
    ("chunk_list", "b.json"): '\n\n§¶{"choices": [],\n"object": "chat.completion.chunk"}',
    ("event_stream", "a.ndjson"): f"\n§¶{SAID}\n\n  ¶{SAID}\n¶{LAST}\n\n§¶{SAID}\n¶{LAST}",
    ("event_stream", "a.sse"): """
§: hello

event: a
id: 1
¶data: {
: between
data: }


¶data: 2
retry: 5

¶data: x""",
    ("event_stream", "b.sse"): f'§event: message_start\n¶data: {{"type": "message_start"}}\n\n{STOP}\n§: next\n{STOP}',
    ("har", "a.har"): f"""{{"log": {{"entries": [
 §{{"request": {{}}, "response": {{"status": 200, "content": {{"mimeType": "text/event-stream",
  "text": ¶¶¶{json.dumps(EVENTS)}}}}}}},
 §{{"request": {{}}, "response": {{"content": {{"encoding": "base64",
  "text": ¶¶¶"{PACKED}"}}}}}},
 §{{"request": {{}}, "response": {{"content": {{}}}}, "_eventSourceMessages": [
  {{"eventName": "a",
   "data": ¶"1"}},
  "no message", ¶{{}},
  {{
   "data": ¶"2"}}]}},
 §"no entry",
 §{{"request": {{}}, "response": {{"content": {{
   "size": 0}}}}}}]}}}}""",
    ("nock", "a.json"): f"""[
 §{{"scope": "https://a", "path": "/b", "body": {{"n": 1}},
  "response": ¶{{"n": 1}}, "rawHeaders": []}},
 §{{"scope": "https://a", "path": "/b", "rawHeaders": ["content-encoding", "gzip"],
  "response": ¶¶¶["{gzip.compress(EVENTS.encode(), mtime=0).hex()}"]}},
 §{{"scope": "https://a", "path": "/m:streamGenerateContent", "response": [
  ¶{{"n": 1}},
  ¶{{"n":
   2}}]}},
 §5,
 §{{"scope": "https://a", "path": "/b",
  "response": ¶¶¶{json.dumps(EVENTS)}}}]""",
    ("http_pair", "a.json"): f"""
§{{"request": {{"url": "https://a"}}, "response": {{"status": {{"code": 200}},
 "body": ¶¶¶{json.dumps(EVENTS)}}}}}""",
    ("http_pair", "b.json"): f"""[
 §{{"request": {{"url": "https://a"}}, "response": {{"status": 200, "body":
  ¶{{"n": 1}}}}}},
 §{{"request": {{"url": "https://a", "body": {{"stream": true}}}}, "response": {{"status": 200, "body": [
  ¶{{"n": 1}},
  ¶{{"n": 2}}]}}}},
 §{{"request": {{"url": "https://a"}}, "response": {{"status": 200,
  "body": {{"base64_string": ¶¶¶"{PACKED}"}}}}}}]""",
    ("http_pair", "a.jsonl"): f"""
§¶¶¶{PAIR}

§¶¶¶{PAIR}""",
    ("http_response", "a.json"): f"""
§{{"status": 200, "headers": {{}},
 "body": ¶¶¶{json.dumps(EVENTS)}}}""",
    ("http_response", "b.json"): """[§{"status": 200, "body":
 ¶{"n": 1}},
 §{"status": 204, "headers": {}, "body": null}]""",
    ("vcr", "a.json"): f"""{{"interactions": [
 §{{"request": {{}}, "response": {{"body": {{
  "string": ¶¶¶{json.dumps(EVENTS)}}}}}}},
 §{{"request": {{}}, "response": {{
  "parsed_body": ¶{{"n": 1}}}}}},
 §{{"request": {{}}, "response": {{
  "body": ¶¶¶{json.dumps(EVENTS)}}}}},
 §{{"request": {{"uri": "https://a/m:streamGenerateContent"}}, "response": {{
  "body": ¶¶"[{{}}, {{}}]"}}}},
 §{{"request": {{}}, "response": {{}}}},
 §5]}}""",
    ("vcr", "a.yaml"): f"""
# made
interactions:
§- request: {{method: GET, uri: https://a}}
  response:
    body:
      string: &body |+ # as it came
        event: a
        ¶data: {{"n": 1, "text": "é it's 😀"}}

        : ping

        ¶data: {{"n":
        data: 2}}

        ¶data: [DONE]

§- request: {{}}
  response: {{
    parsed_body: ¶{{a: 1}} }}
§- {{request: {{}}, response: {{
    body: ¶'1' }} }}
§- request: {{}}
  response:
    body:
      string: '{{}}'
      string: ¶'[]'
§- request: {{uri: 'https://a/m:streamGenerateContent'}}
  response:
    body:
      string: |
        [¶{{"n": 1}}
        ,
        ¶{{"n":
        2}}]
§- request: {{}}
  response:
    body:
      string: ¶¶¶>
        data: 1


        data: 2


        data: 3
§- request: {{}}
  response:
    body:
      base64_string: ¶¶¶|
        {PACKED[:40]}
        {PACKED[40:]}
§- request: {{}}
  response:
    body:
      string: ¶¶¶!!binary |
        {PACKED[:40]}
        {PACKED[40:]}
§- request: {{}}
  response:
    body:
      string: ¶¶¶!!binary |
        {ZIPPED}
§- request: {{}}
  response:
    body:
      string:
      ¶¶- "data: 1\\n\\n"
      - "data: 2\\n\\n"
§- request: {{}}
  response:
    body:
      string: "event: a\\n¶data: it's 1,\\
        \\ folded,
        twice\\n\\n¶data: 2\\n\\
        \\n\\
        ¶data: 3\\n\\n"
§- request: {{}}
  response:
    body:
      string: 'event: a

        ¶data: it''s 1,
        folded


        ¶data: 2'
""",
}
MARKED = {
    **{f"llama_stack, {name}": ("llama_stack", "a.json", text) for name, text in LLAMA_STACK.items()},
    **{f"{envelope}, {name}": (envelope, name, text) for (envelope, name), text in OTHERS.items()},
}


def expected(marked: str) -> list[list[int]]:
    """The lines of the marks: for each exchange its own, then those of its chunks."""
    found: list[list[int]] = []
    for mark in re.finditer("[§¶]", marked):
        if mark[0] == "§":
            found.append([])
        found[-1].append(marked.count("\n", 0, mark.start()) + 1)
    return found


def unmarked(marked: str) -> str:
    return re.sub("[§¶]", "", marked)


def told(envelope: str, name: str, text: str) -> list[list[int | None]]:
    """For each exchange that an envelope reads, its line and those of its chunks."""
    content = Content(name, text.encode())
    exchanges = [each for each in getattr(envelopes, envelope).read(content) if isinstance(each, Exchange)]
    return [[find_line(content, one, chunk) for chunk in (None, *range(len(one.chunks)))] for one in exchanges]


@pytest.mark.parametrize(("envelope", "name", "marked"), MARKED.values(), ids=MARKED)
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"], ids=["LF", "CRLF", "CR"])
@pytest.mark.parametrize("mark", ["", "\ufeff"], ids=["plain", "BOM"])
def test_lines_are_where_the_marks_are(envelope: str, name: str, marked: str, end: str, mark: str) -> None:
    if end == "\r" and name.endswith((".jsonl", ".ndjson", ".yaml")):
        end = "\r\n"  # files of lines are told by their line feeds, and YAML's quoted texts keep no carriage return
    text = mark + unmarked(marked).replace("\n", end)

    assert getattr(envelopes, envelope).sniff(Content(name, text.encode())) > 0
    assert told(envelope, name, text) == expected(marked)


SAID_ONCE = {case: marked for case, marked in MARKED.items() if "equal keys" not in case}


@pytest.mark.parametrize(("envelope", "name", "marked"), SAID_ONCE.values(), ids=SAID_ONCE)
def test_a_file_that_breaks_off_keeps_its_lines(envelope: str, name: str, marked: str) -> None:
    whole, text = expected(marked), unmarked(marked)
    for end in range(len(text) // 2, len(text), max(1, len(text) // 60)):
        content = Content(name, text[:end].encode())
        if not getattr(envelopes, envelope).sniff(content):
            continue
        for found, lines in zip(told(envelope, name, text[:end]), whole, strict=False):
            begins, *chunks = found
            assert begins == lines[0]
            # What the cut reaches into is told by its own line, or by that of what holds it.
            assert all(line is not None and begins <= line for line in chunks)
            if name != "a.yaml":
                assert chunks[:-1] == lines[1 : len(chunks)]
                assert not chunks or len(chunks) >= len(lines) or chunks[-1] <= lines[len(chunks)]


@pytest.mark.parametrize("style", ["'", '"'])
@pytest.mark.parametrize("width", [20, 40, 80, 10_000])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_cassette_folded_at_any_width(style: str, width: int, end: str) -> None:
    interaction = {"request": {}, "response": {"body": {"string": EVENTS.replace("\n", end)}}}
    written = {"interactions": json.loads(json.dumps([interaction] * 2))}  # without aliases
    text = yaml.dump(written, default_style=style, width=width, allow_unicode=True)
    begins = [line for line, shown in enumerate(text.split("\n"), 1) if shown.startswith("- ")]
    # A text is in double quotes where it holds a carriage return.
    words = [
        word.replace('"', '\\"') if style == '"' or end == "\r\n" else word for word in ('"n":1,', '"n":', "[DONE]")
    ]

    for (begin, *lines), expected_begin in zip(told("vcr", "a.yaml", text), begins, strict=True):
        assert begin == expected_begin
        for line, word in zip(lines, words, strict=True):
            near = text.split("\n")[(line or 0) - 1 : (line or 0) + 2]
            assert "data:" in near[0]
            # A word may be folded, and double quotes mark where.
            assert word in re.sub(r"\\?\s|\\$", "", "\n".join(near))


def test_a_chunk_that_is_not_there_is_told_by_its_body() -> None:
    content = Content("a.sse", b"\ndata: 1\n\ndata: 2\n\n")
    (exchange,) = envelopes.event_stream.read(content)

    assert [find_line(content, exchange, chunk) for chunk in (None, 0, 1, 2, -1)] == [2, 2, 4, 2, 2]


# --- envelopes of others ---------------------------------------------------------------------------------------------

SQUAWKS = b"""{"tapes": [{},
 {"squawks": [{"heard":
   {"says": "a"}}, {
  "heard": {"says": "b"}}], "noise": {
  "says": "c"}}]}"""


@pytest.mark.parametrize(
    ("path", "chunk_path", "items", "lines"),
    [
        (("tapes", 1), ("squawks", CHUNK, "heard"), None, [2, 3, 4]),
        (("tapes", 1), ("squawks", CHUNK), [1, 0], [2, 3, 2]),
        (("tapes", 1), ("noise",), None, [2, 4, 4]),
        (("tapes", 1), ("noise", "says", CHUNK, "x"), None, [2, 5, 5]),
        (("tapes", 1), (), None, [2, 2, 2]),
        (("tapes", 7), ("squawks", CHUNK), None, [1, 1, 1]),
        (15, (), None, [2, 2, 2]),
        (None, ("squawks", CHUNK), None, [None] * 3),
    ],
)
def test_whoever_says_paths_has_lines(path: Any, chunk_path: Any, items: Any, lines: list[int | None]) -> None:
    exchange = Exchange("parrot", chunks=[1, 2], path=path, chunk_path=chunk_path, items=items)
    content = Content("a.json", SQUAWKS)

    assert [find_line(content, exchange, chunk) for chunk in (None, 0, 1)] == lines


def test_paths_that_cannot_be_followed_are_named() -> None:
    exchange: Any = Exchange("careless", number=3)
    exchange.path = (object(),)

    with pytest.warns(UserWarning, match="a.json, exchange 3: careless says a path that cannot be followed"):
        assert find_line(Content("a.json", b"[1]"), exchange, 0) is None


# --- a recording -----------------------------------------------------------------------------------------------------


WRAPPED = LLAMA_STACK["chunks that are wrapped, and not"]


def test_a_recording_says_its_lines(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(unmarked(WRAPPED))
    one = recexplore.load(tmp_path)["a"]

    assert [[one.line(), *map(one.line, range(3))]] == expected(WRAPPED)
    for chunk in (3, -1):
        with pytest.raises(IndexError, match="has the chunks 0 to 2"):
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
    places = find_line_module.places_in
    monkeypatch.setattr(find_line_module, "places_in", lambda content: scans.append(content.name) or places(content))
    reads: list[str] = []
    content = read_again.Content
    monkeypatch.setattr(read_again, "Content", lambda name, data: reads.append(name) or content(name, data))

    found = [one.line(chunk) for chunk in range(300)]

    assert len(set(found)) == 300
    assert one.raw(5) == says("a")
    assert scans == reads == ["a.json"]


def test_packed_files_say_the_lines_of_what_was_packed(tmp_path: Path) -> None:
    text = unmarked(WRAPPED)
    (tmp_path / "a.json").write_text(text)
    with zipfile.ZipFile(tmp_path / "b.zip", "w", zipfile.ZIP_DEFLATED) as zipped:
        zipped.writestr("inner/b.json", text)
    with tarfile.open(tmp_path / "c.tar.gz", "w:gz") as archive:
        archive.add(tmp_path / "a.json", "inner/a.json")
    found = {path: recexplore.load(tmp_path / path) for path in ("a.json", "b.zip", "c.tar.gz")}

    for corpus in found.values():
        assert [[one.line(), *map(one.line, range(3))] for one in corpus] == expected(WRAPPED)


def test_what_was_never_a_file_has_no_lines() -> None:
    one = from_chunks([says("a")])

    assert one.line() is one.line(0) is None


def test_a_recording_without_chunks(read: Read) -> None:
    one = next(iter(read({"request": {"body": {}}, "response": {"is_exception": True, "exception_message": "no"}})))

    assert one.line() == 1
    with pytest.raises(IndexError, match="has no chunk"):
        one.line(0)
