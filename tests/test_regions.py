"""Which stretch of its file a chunk takes, and where a span's text was written: cut out of the file again."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from synthetic import calls, choice, chunk, fragment, says
from synthetic import stream as llama_stack
from test_lines import BUNDLED, MARKED, unmarked

import recexplore
from recexplore.corpus import Recording
from recexplore.model.exchange import Exchange
from recexplore.model.region import Region
from recexplore.model.span import Span
from recexplore.read import envelopes
from recexplore.read.positions.find_line import find_line
from recexplore.read.positions.find_region import find_region
from recexplore.read.positions.written import json_string
from recexplore.read.wire.content import Content

pytestmark = pytest.mark.long

LINE = re.compile("[^\r\n]*(?:\r\n|\r|\n|$)")
FILES = [path for path in sorted(BUNDLED.rglob("*")) if path.suffix not in (".md", "")]


def cut(text: str, region: Region) -> str:
    """What a reader of lines and columns sees there."""
    lines = LINE.findall(text)
    inside = lines[region.start_line - 1 : region.end_line]
    inside[-1] = inside[-1][: region.end_column - 1]
    inside[0] = inside[0][region.start_column - 1 :]
    return "".join(inside)


def check(one: Recording) -> int:
    """Every chunk's region is cut out of the file again, begins on the chunk's line and says the chunk."""
    text = Path(one.facts["path"]).read_bytes().decode("utf-8-sig")
    n_known = 0
    for number in range(len(one.chunks)):
        if (region := one.region(number)) is None:
            continue
        n_known += 1
        assert cut(text, region) == region.text
        assert region.start_line == one.line(number)
        raw = json.dumps(one.raw(number), ensure_ascii=False)
        assert words(raw) in words(region.text) or one.facts["envelope"] in ("aimock", "vcr"), (one.id, number)
    return n_known


def words(text: str) -> str:
    """What stays of a value however it is written."""
    return re.sub(r"\\+(?:u[0-9A-Fa-f]{4}|[nrtbf])|[^A-Za-z0-9]", "", text.replace("\\/", "/"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_the_bundled_recordings(path: Path) -> None:
    for one in recexplore.load(path, progress=False):
        n_known = check(one)
        assert n_known == (0 if one.facts["envelope"] == "aiperf" else len(one.chunks)), one.id


@pytest.mark.parametrize(("folder", "every"), [("ogx", 31), ("ogx-history", 7), ("vcr-pydantic-ai", 3)])
def test_real_recordings(corpus_folder: Path, folder: str, every: int) -> None:
    paths = sorted(path for path in (corpus_folder / folder).rglob("*") if path.suffix in (".json", ".yaml"))[::every]
    corpus = recexplore.load(paths, progress=False)
    assert sum(map(check, corpus)) > 0.9 * len(corpus.chunks)


@pytest.mark.parametrize(("envelope", "name", "marked"), MARKED.values(), ids=MARKED)
@pytest.mark.parametrize("mark", ["", "\ufeff"], ids=["plain", "BOM"])
def test_regions_begin_where_lines_say_that_chunks_do(envelope: str, name: str, marked: str, mark: str) -> None:
    text = unmarked(marked)
    content = Content(name, (mark + text).encode())
    for one in getattr(envelopes, envelope).read(content):
        for number in range(len(one.chunks)) if isinstance(one, Exchange) else ():
            region = find_region(content, one, number, number)
            if region is not None:
                assert region.start_line == find_line(content, one, number)
                assert cut(text, region) == region.text


# --- spans ------------------------------------------------------------------------------------------------------------

TEXTS = st.text(st.sampled_from("ab é😀\"'\\/\n\r\t{}[]:,#&<>|%\u2028\u00a0\x7f"), min_size=1, max_size=30)


def as_sse(chunks: list[Any], dump: Callable[[Any], str]) -> str:
    return "".join(f"event: x\nid: 1\ndata: {dump(each)}\n\n" for each in chunks) + "data: [DONE]\n\n"


def cassette(body: str, **options: Any) -> str:
    request = {"method": "POST", "uri": "https://a.invalid/v1/chat/completions", "body": "{}"}
    response = {"status": {"code": 200}, "headers": {"content-type": ["text/event-stream"]}, "body": {"string": body}}
    interactions = [{"request": request, "response": response}]
    return yaml.dump({"interactions": interactions}, allow_unicode=True, **options)


def har(body: str) -> str:
    content = {"mimeType": "text/event-stream", "text": body}
    request = {"method": "POST", "url": "https://a.invalid/v1/chat/completions", "headers": []}
    entry = {"request": request, "response": {"status": 200, "headers": [], "content": content}}
    return json.dumps({"log": {"version": "1.2", "entries": [entry]}}, indent=1)


def once(text: str, written: str = "") -> str:
    return json.loads(f'"{text}"', strict=False)  # type: ignore[no-any-return]


def twice(text: str, written: str) -> str:
    return once(once(text))


def of_yaml(text: str, written: str) -> str:
    """By the style in which the body was written: not every style can write every text."""
    node = yaml.compose(written)
    for key in ("interactions", None, "response", "body", "string"):
        node = node.value[0] if key is None else next(value for name, value in node.value if name.value == key)
    return once(text if node.style == "|" else yaml.safe_load(f"{node.style}{text}{node.style}"))


Dump = Callable[[Any], str]
NOTATIONS: dict[str, tuple[str, Callable[[list[Any], Dump], str], Callable[[str, str], str]]] = {
    "events": ("a.sse", as_sse, once),
    "lines": ("a.ndjson", lambda chunks, dump: "".join(f"{dump(each)}\n" for each in chunks), once),
    "list": ("a.json", lambda chunks, dump: f"[\n{','.join(map(dump, chunks))}]", once),
    "llama stack": ("a.json", lambda chunks, dump: json.dumps(llama_stack(*chunks), indent=1), once),
    "llama stack, a line": ("a.jsonl", lambda chunks, dump: json.dumps(llama_stack(*chunks)) + "\n", once),
    "har": ("a.har", lambda chunks, dump: har(as_sse(chunks, dump)), twice),
    **{
        f"cassette, {style}": (
            "a.yaml",
            lambda chunks, dump, style=style: cassette(as_sse(chunks, dump), default_style=style, width=40),
            of_yaml,
        )
        for style in ("|", "'", '"')
    },
}


@pytest.mark.parametrize("notation", NOTATIONS)
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    texts=st.lists(TEXTS, min_size=1, max_size=4, unique=True),
    data=st.data(),
    is_ascii=st.booleans(),
    mark=st.booleans(),
)
def test_the_file_says_there_what_the_span_says(
    notation: str, texts: list[str], data: st.DataObject, is_ascii: bool, mark: bool, tmp_path: Path
) -> None:
    name, write, unescaped = NOTATIONS[notation]
    written = write([says(f"§{text}") for text in texts], lambda value: json.dumps(value, ensure_ascii=is_ascii))
    (tmp_path / name).write_bytes(("\ufeff" * mark + written).encode())
    (one,) = recexplore.load(tmp_path / name, progress=False)
    content = one.choices["content"].iloc[0]
    assert content == "".join(f"§{text}" for text in texts)
    start = data.draw(st.integers(0, len(content) - 1))
    end = data.draw(st.integers(start + 1, len(content)))
    touched = one.events[(one.events["kind"] == "content") & (one.events["start"] < end) & (one.events["end"] > start)]
    first, last = touched.iloc[0], touched.iloc[-1]

    found = one.region(int(first["chunk"]), int(last["chunk"]), [Span(0, "content", start, end)])
    chunks = one.region(int(first["chunk"]), int(last["chunk"]))

    if chunks is None:
        assert notation.startswith("cassette")  # folded as nobody can follow
        assert found is None
        return
    assert found is not None
    assert found != chunks
    assert cut(written, found) == found.text
    assert chunks.text.find(found.text) >= 0
    if len(touched) == 1:
        assert unescaped(found.text, written) == content[start:end]
    else:
        # Between the first text's end and the last one's beginning the file has a quote of its own.
        for region, text in ((found, content[start : first["end"]]), (found, content[last["start"] : end])):
            assert words(text) in words(region.text)


ASKED = [Span(0, "content", 0, 3)]


@pytest.mark.parametrize(
    ("said", "text"),
    [
        (says("abc"), "abc"),
        # It stands twice: nobody says which is meant.
        (chunk(choice({"content": "abc", "role": "abc"})), None),
        (chunk(choice({"content": "abc"}), choice({"content": "abc"}, 1)), None),
        (chunk(choice({"content": "abc"}, logprobs={"content": [{"token": "abc"}]})), None),
        # A key is no text, nor is a longer text it where a string says it whole.
        (chunk(choice({"content": "abc", "abc": 1})), "abc"),
        (chunk(choice({"content": "abc"}), model="abcabc"), "abc"),
    ],
)
def test_only_what_is_said_once_is_pointed_at(said: Any, text: str | None, tmp_path: Path) -> None:
    (tmp_path / "a.sse").write_text(f"data: {json.dumps(said)}\n\ndata: [DONE]\n\n")
    (one,) = recexplore.load(tmp_path, progress=False)
    region = one.region(0, spans=ASKED)
    assert region is not None
    assert region.text == (text or f"data: {json.dumps(said)}")


def test_arguments_are_found_too_and_what_other_chunks_brought_is_not_asked_for(tmp_path: Path) -> None:
    chunks = [calls(fragment('{"a":', name="f", id="c")), calls(fragment(" 12}"))]
    (tmp_path / "a.sse").write_text("".join(f"data: {json.dumps(each)}\n\n" for each in chunks))
    (one,) = recexplore.load(tmp_path, progress=False)
    spans = [Span(0, "tool_call", 2, 8, 0)]
    assert [getattr(one.region(*where, spans), "text", None) for where in ((0, 0), (1, 1))] == ['a\\":', " 12"]
    both = one.region(0, 1, spans)
    assert both is not None
    assert (both.text[:4], both.text[-3:], both.start_line, both.end_line) == ('a\\":', " 12", 1, 3)


def test_what_is_packed_or_never_was_a_file_has_no_region(tmp_path: Path) -> None:
    assert recexplore.from_chunks([says("abc")]).region(0, spans=ASKED) is None
    (tmp_path / "a.sse").write_bytes(b'data: {"choices": [{"index": 0, "delta": {"content": "\xff"}}]}\n\n')
    (one,) = recexplore.load(tmp_path, progress=False)
    assert one.region(0) is None


def test_places_that_are_not_there(tmp_path: Path) -> None:
    (tmp_path / "a.sse").write_text(f"data: {json.dumps(says('abc'))}\n\n")
    (one,) = recexplore.load(tmp_path, progress=False)
    whole = one.region(0)
    assert one.region(0, spans=[Span(0, "content", 7, 9), Span(4, "content", 0, 1), Span(0, "x", 0, 1)]) == whole
    with pytest.raises(IndexError):
        one.region(0, 1)


@pytest.mark.parametrize("notation", ["events", "har"])
def test_a_thousand_regions_of_a_large_file_cost_one_reading(notation: str, tmp_path: Path) -> None:
    name, write, _ = NOTATIONS[notation]
    chunks = [says(f'Q{number} é😀"{"x" * 100}"') for number in range(3_000)]
    (tmp_path / name).write_text(write(chunks, lambda value: json.dumps(value, ensure_ascii=False)))
    (one,) = recexplore.load(tmp_path / name, progress=False)
    starts = one.events.loc[one.events["kind"] == "content", "start"].tolist()
    started = time.process_time()
    found = [one.region(at, spans=[Span(0, "content", start, start + 3)]) for at, start in enumerate(starts[:1_000])]
    took = time.process_time() - started
    assert all(each is not None and each.text.startswith("Q") for each in found)
    assert took < 20, "some three seconds, most of them for the frames"


def test_a_string_that_is_never_closed_costs_one_reading(tmp_path: Path) -> None:
    text = f'data: {json.dumps(says("abc"))}\n\ndata: {{"id": "' + '\\"' * 200_000
    (tmp_path / "a.sse").write_text(text)
    (one,) = recexplore.load(tmp_path, progress=False)
    started = time.process_time()
    assert [one.region(at, spans=ASKED) for at in range(len(one.chunks))]
    assert time.process_time() - started < 5


def test_very_many_spans_are_told_by_their_chunks(tmp_path: Path) -> None:
    (tmp_path / "a.sse").write_text(f"data: {json.dumps(says('abc' * 100))}\n\n")
    (one,) = recexplore.load(tmp_path, progress=False)
    assert one.region(0, spans=[Span(0, "content", at, at + 1) for at in range(300)]) == one.region(0)


@given(st.text(st.sampled_from('ab\u00e9😀"\\/\n\ud83c\udf00'), max_size=12), st.booleans())
def test_a_json_string_is_followed_through_its_escapes(text: str, is_ascii: bool) -> None:
    literal = json.dumps(text, ensure_ascii=is_ascii)
    text = json.loads(literal)
    written = json_string(literal)
    assert written is not None
    assert written.text == text
    for start in range(len(text)):
        for end in range(start, len(text) + 1):
            assert json.loads(f'"{literal[written.place(start) : written.place(end)]}"') == text[start:end]


@pytest.mark.parametrize("literal", ["", '"', '"a', "a", "1", '"\\q"', '"\\u12"', '"a" "b"'])
def test_what_is_no_json_string_is_not_followed(literal: str) -> None:
    assert json_string(literal) is None
