"""The rules about events on the wire: judged by how the exchange came, whatever the file is called."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from synthetic import choice, chunk, says

import recexplore
from recexplore.corpus import Corpus

pytestmark = pytest.mark.long

CHUNKS = [says("A wren.", role="assistant"), chunk(choice(finish_reason="stop"))]
DONE = "[DONE]"


def events(*data: Any) -> bytes:
    return "".join(f"data: {each if isinstance(each, str) else json.dumps(each)}\n\n" for each in data).encode()


Told = tuple[str, str, int]


def told_of(corpus: Corpus) -> dict[str, list[Told]]:
    """Rule, severity and chunk of each finding, by the name of the file."""
    findings = corpus.findings
    told = list(zip(findings["rule"], findings["severity"].astype(str), findings["chunk"], strict=True))
    return {
        each.name: [one for one, of in zip(told, findings["recording"], strict=True) if of == each.id]
        for each in corpus
    }


def judged_each(folder: Path, files: dict[str, bytes]) -> dict[str, list[Told]]:
    """The same of files that are judged together, which takes as long as to judge one."""
    for name, data in files.items():
        (folder / name).write_bytes(data)
    told = told_of(recexplore.load([folder / name for name in files], progress=False))
    assert told.keys() == files.keys()
    return told


def judged(folder: Path, name: str, data: bytes) -> list[Told]:
    return judged_each(folder, {name: data})[name]


def test_a_stream_of_events_without_its_mark(tmp_path: Path) -> None:
    names = ["answer.sse", "answer.txt", "answer.log", "answer"]
    assert judged_each(tmp_path, dict.fromkeys(names, events(*CHUNKS))) == {
        name: [("sse-frame", "note", 1)] for name in names
    }
    assert judged_each(tmp_path, dict.fromkeys(names, events(*CHUNKS, DONE))) == {name: [] for name in names}


def test_lines_of_json_have_no_mark(tmp_path: Path) -> None:
    names = ["answer.jsonl", "answer.txt", "answer.log"]
    lines = b"".join(json.dumps(each).encode() + b"\n" for each in CHUNKS)
    assert judged_each(tmp_path, dict.fromkeys(names, lines)) == {name: [] for name in names}


def test_a_file_that_breaks_off_lost_it(tmp_path: Path) -> None:
    assert "sse-frame" not in {rule for rule, *_ in judged(tmp_path, "a.sse", events(*CHUNKS)[:-2])}


@pytest.mark.parametrize("host", ["api.perplexity.ai", "api.writer.com"])
def test_apis_that_never_send_it(tmp_path: Path, host: str) -> None:
    cassette = {
        "interactions": [
            {
                "request": {
                    "method": "POST",
                    "uri": f"https://{host}/v1/chat/completions",
                    "body": "{}",
                    "headers": {},
                },
                "response": {
                    "status": {"code": 200, "message": "OK"},
                    "headers": {"content-type": ["text/event-stream"]},
                    "body": {"string": events(*CHUNKS).decode()},
                },
            }
        ],
        "version": 1,
    }
    assert "sse-frame" not in {rule for rule, *_ in judged(tmp_path, "c.json", json.dumps(cassette).encode())}


def test_the_mark_comes_once(tmp_path: Path) -> None:
    assert judged(tmp_path, "a.sse", events(*CHUNKS, DONE, DONE)) == [("sse-frame", "note", 3)]


@pytest.mark.parametrize(
    ("event", "rules"),
    [
        (b'data: {"status": "working"}\n\n', [("foreign-event", "warning", 1)]),
        (b'event: progress\ndata: {"percent": 4}\n\n', [("foreign-event", "warning", 1)]),
        (b": working\n\n", []),
        (b'data: {"error": {"message": "No."}}\n\n', [("inband-error", "error", 1)]),
        (b'event: error\ndata: {"message": "No.", "code": 500}\n\n', [("inband-error", "error", 1)]),
    ],
)
def test_what_stands_between_chunks(tmp_path: Path, event: bytes, rules: list[Any]) -> None:
    first, *rest = ([each] for each in CHUNKS)
    assert judged(tmp_path, "a.sse", events(*first) + event + events(*rest[0], DONE)) == rules


def test_a_chunk_with_fields_of_its_server_is_no_foreign_event(tmp_path: Path) -> None:
    said = [each | {"x_server": {"took": 3}} for each in CHUNKS]
    assert judged(tmp_path, "a.sse", events(*said, chunk(x_more=1), DONE)) in ([], [("empty-chunk", "warning", 2)])


def test_names_that_anthropic_has_not_yet(tmp_path: Path) -> None:
    start = {"type": "message_start", "message": {"id": "m", "type": "message", "role": "assistant", "content": []}}
    stop: list[dict[str, Any]] = [
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "A wren."}},
        {"type": "content_block_stop", "index": 0},
        {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 3}},
        {"type": "message_stop"},
    ]
    named = [start, {"type": "brand_new_event", "more": 1}, *stop]
    data = "".join(f"event: {each['type']}\ndata: {json.dumps(each)}\n\n" for each in named).encode()
    assert judged(tmp_path, "a.sse", data) == []


def data(value: Any) -> str:
    return f"data: {value if isinstance(value, str) else json.dumps(value)}\n\n"


BEGIN, SAID, END = says("", role="assistant"), says("A wren."), chunk(choice(finish_reason="stop"))
CUT = json.dumps(SAID)[:60]
MISFRAMED: dict[str, tuple[str, list[Any], str]] = {
    "framed twice": (
        "".join(data(f"data: {json.dumps(each)}") for each in (BEGIN, SAID, END)) + data(f"data: {DONE}"),
        [("sse-frame", "error", 0)],
        "A wren.",
    ),
    "framed twice, once": (
        data(BEGIN) + data(f"data:{json.dumps(SAID)}") + data(END) + data(DONE),
        [("sse-frame", "error", 1)],
        "A wren.",
    ),
    "cut, with the next in its event": (
        data(BEGIN) + f"data: {CUT}\n" + data(SAID) + data(END) + data(DONE),
        [("sse-frame", "error", 1)],
        "A wren.",
    ),
    "cut, with the next on its line": (
        data(BEGIN) + f"data: {CUT}" + data(SAID) + data(END) + data(DONE),
        [("sse-frame", "error", 1)],
        "A wren.",
    ),
    "joined on one line": (
        data(BEGIN) + data(SAID).strip() + data(SAID) + data(END) + data(DONE),
        [("sse-frame", "error", 1)],
        "A wren.A wren.",
    ),
    "joined without the field": (
        data(BEGIN) + data(json.dumps(SAID) + json.dumps(END)) + data(DONE),
        [("sse-frame", "error", 1)],
        "A wren.",
    ),
    "the mark on the last line": (
        data(BEGIN) + data(SAID) + data(END).strip() + data(DONE),
        [("sse-frame", "error", 2)],
        "A wren.",
    ),
    "a line without its field": (
        data(BEGIN) + json.dumps(SAID) + "\n\n" + data(END) + data(DONE),
        [("sse-frame", "error", 1)],
        "A wren.",
    ),
    "a last line without its field": (
        data(BEGIN) + data(SAID) + json.dumps(END) + "\n",
        [("sse-frame", "error", 2)],
        "A wren.",
    ),
    "cut and lost": (
        data(BEGIN) + data(CUT) + data(SAID) + data(END) + data(DONE),
        [("sse-frame", "error", 1)],
        "A wren.",
    ),
    "no JSON": (
        data(BEGIN) + data("still there") + data(SAID) + data(END) + data(DONE),
        [("sse-frame", "warning", 1)],
        "A wren.",
    ),
    "one document over several lines": (
        data(BEGIN)
        + "\n".join(f"data: {line}" for line in json.dumps(SAID, indent=1).split("\n"))
        + "\n\n"
        + data(END)
        + data(DONE),
        [],
        "A wren.",
    ),
    "the same with objects on lines of their own": (
        data(BEGIN) + f'data: {json.dumps(SAID)[:-1]}, "x":\ndata: {{"y": 1}}\ndata: }}\n\n' + data(END) + data(DONE),
        [],
        "A wren.",
    ),
    "the field in a text": (
        data(BEGIN) + data(says('data: {"a": 1}}{ data: [DONE]')) + data(END) + data(DONE),
        [],
        'data: {"a": 1}}{ data: [DONE]',
    ),
}


@pytest.fixture(scope="module", params=["\n", "\r\n"])
def misframed(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Corpus, Path]:
    """All of them with one kind of line end, and their folder."""
    folder = tmp_path_factory.mktemp("misframed")
    for name, (stream, *_) in MISFRAMED.items():
        (folder / f"{name}.sse").write_bytes(stream.replace("\n", request.param).encode())
    corpus = recexplore.load(folder, progress=False)
    assert len(corpus) == len(MISFRAMED)
    return corpus, folder


@pytest.mark.parametrize("name", MISFRAMED)
def test_data_that_is_framed_otherwise_is_read_where_it_surely_can_be(
    misframed: tuple[Corpus, Path], name: str
) -> None:
    (corpus, folder), (_, rules, text), file = misframed, MISFRAMED[name], f"{name}.sse"
    assert [each for each in told_of(corpus)[file] if each[1] != "note"] == rules
    recording = corpus[file]
    assert recording.choices["content"].tolist() == [text]
    assert recording.choices["finish_reason"].tolist() == ["stop"]
    assert recording.chunks["bytes"].sum() == (folder / file).stat().st_size


def test_a_whole_answer_before_the_mark(tmp_path: Path) -> None:
    answer = {
        "id": "c",
        "object": "chat.completion",
        "choices": [{"index": 0, "message": {"role": "assistant", "content": "OK"}, "finish_reason": "stop"}],
    }
    bodies = [json.dumps(answer) + between + data(DONE) for between in ("\n\n", "\n", "", " ")]
    files = {f"{'abcd'[at]}.sse": body.encode() for at, body in enumerate(bodies)}
    files |= {f"{'abcd'[at]}.json": cassette(body) for at, body in enumerate(bodies)}
    for name, found in judged_each(tmp_path, files).items():
        assert ("sse-frame", "error", 0) in found, (name, files[name])
    read = recexplore.load([tmp_path / name for name in files if name.endswith(".json")], progress=False)
    assert read.choices["content"].tolist() == ["OK"] * len(bodies)


def test_lines_of_json_under_the_name_of_events(tmp_path: Path) -> None:
    lines = "".join(json.dumps(each) + "\n" for each in (BEGIN, SAID, END))
    assert "sse-frame" not in {rule for rule, *_ in judged(tmp_path, "c.json", cassette(lines))}
    assert recexplore.load(tmp_path / "c.json", progress=False).choices["content"].tolist() == ["A wren."]


def cassette(body: str) -> bytes:
    asked = {"method": "POST", "uri": "https://x.test/v1/chat/completions", "body": "{}", "headers": {}}
    headers = {"content-type": ["text/event-stream"]}
    answered = {"status": {"code": 200, "message": "OK"}, "headers": headers, "body": {"string": body}}
    return json.dumps({"interactions": [{"request": asked, "response": answered}], "version": 1}).encode()


def test_pieces_that_came_one_by_one_keep_their_times() -> None:
    pieces = [data(BEGIN), data(SAID).strip() + data(SAID), json.dumps(END) + "\n", data(DONE)]
    corpus = recexplore.from_chunks(pieces, times=[1.0, 2.0, 3.0, 4.0])
    assert corpus.chunks["t_s"].diff().dropna().tolist() == [1.0, 0.0, 1.0, 1.0]


def named(*chunks: dict[str, Any]) -> str:
    return "".join(f"event: {each['type']}\n{data(each)}" for each in chunks)


def test_named_events_that_are_framed_otherwise(tmp_path: Path) -> None:
    message = {"id": "m", "type": "message", "role": "assistant", "model": "m", "content": []}
    delta = {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "A wren."}}
    chunks: list[dict[str, Any]] = [
        {"type": "message_start", "message": message},
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
        delta,
        {"type": "content_block_stop", "index": 0},
        {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 3}},
        {"type": "message_stop"},
    ]
    whole = named(*chunks)
    wrong = {
        whole.replace("data: ", "data: data: "): ("sse-frame", "error", 0),
        "".join(f"data: {line}\n" if line else "\n" for line in whole.split("\n")): ("sse-frame", "error", 0),
        whole.replace("\n\nevent: content_block_stop", "event: content_block_stop"): ("sse-frame", "error", 2),
        whole.replace(data(delta), json.dumps(delta) + "\n\n"): ("sse-frame", "error", 2),
    }
    files = {f"{'abcd'[at]}.sse": stream.encode() for at, stream in enumerate(wrong)}
    found = judged_each(tmp_path, files)
    assert [found[name] for name in files] == [[told] for told in wrong.values()]
    read = recexplore.load(tmp_path, progress=False)
    assert read.choices["content"].tolist() == ["A wren."] * len(files)


@pytest.mark.parametrize(
    "line", ["{" + "data: {" * 100_000, "{}data: " * 60_000, "{} " * 100_000 + "x", "data: " * 100_000]
)
def test_a_line_of_many_documents_takes_no_time(tmp_path: Path, line: str) -> None:
    (tmp_path / "a.sse").write_text(data(BEGIN) + data(line) + data(END) + data(DONE))
    assert recexplore.load(tmp_path / "a.sse", progress=False).choices["finish_reason"].tolist() == ["stop"]


@pytest.mark.parametrize("wrong", [None, 7, "done", []])
def test_an_object_that_holds_a_wrong_type_is_an_object(tmp_path: Path, wrong: Any) -> None:
    chunks: list[dict[str, Any]] = [
        {
            "type": "response.created",
            "response": {"id": "r", "object": "response", "status": "in_progress", "output": []},
        },
        {"type": "response.completed", "response": wrong, "status": "completed", "usage": {"input_tokens": 1}},
    ]
    assert "sse-frame" not in {rule for rule, *_ in judged(tmp_path, "a.sse", named(*chunks).encode())}
    told = judged(tmp_path, "b.sse", (named(chunks[0]) + data("null") + named(chunks[1])).encode())
    assert [each for each in told if each[0] == "sse-frame"] == [("sse-frame", "warning", 1)]
