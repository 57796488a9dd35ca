"""Files as people really keep them: several answers one behind the other, logs, headers left out."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from synthetic import choice, chunk, says

import recexplore
from recexplore.corpus import Corpus


def sse(*chunks: Any) -> str:
    return "".join(f"data: {chunk if isinstance(chunk, str) else json.dumps(chunk)}\n\n" for chunk in chunks)


def test_answers_appended_to_one_file_are_apart(tmp_path: Path) -> None:
    (tmp_path / "two.sse").write_text(sse(says("a"), "[DONE]") + sse(says("b"), says("c"), "[DONE]"))
    corpus = recexplore.load(tmp_path)

    assert corpus.recordings["recording"].tolist() == ["two#0", "two#1"]
    assert corpus.choices["content"].tolist() == ["a", "bc"]
    assert corpus["two#1"].raw(1) == says("c")
    assert corpus.problems.empty


def test_whole_answers_a_line_are_apart(tmp_path: Path) -> None:
    lines = [
        {"object": "chat.completion", "choices": [{"index": 0, "message": {"role": "assistant", "content": text}}]}
        for text in "abc"
    ]
    (tmp_path / "whole.jsonl").write_text("\n".join(map(json.dumps, lines)))
    corpus = recexplore.load(tmp_path)

    assert corpus.choices["content"].tolist() == ["a", "b", "c"]
    assert not corpus.recordings["streaming"].any()


def test_a_last_word_belongs_to_the_answer_before_it(tmp_path: Path) -> None:
    (tmp_path / "one.sse").write_text(sse({"type": "message_stop"}, "[DONE]"))

    assert recexplore.load(tmp_path).recordings["n_chunks"].tolist() == [2]


def test_a_log_of_requests_and_answers(tmp_path: Path) -> None:
    answer = {"id": "x", "object": "chat.completion", "choices": [{"index": 0, "message": {"content": "Hi"}}]}
    log = [{"request": {"model": "m", "messages": []}, "response": answer} for _ in range(2)]
    (tmp_path / "log.jsonl").write_text("\n".join(map(json.dumps, log)))
    corpus = recexplore.load(tmp_path)

    assert corpus.choices["content"].tolist() == ["Hi", "Hi"]
    assert corpus.recordings["model_requested"].tolist() == ["m", "m"]
    assert corpus["log#1"].raw(0) == answer
    assert corpus.problems.empty


def cassette(body: bytes | str, headers: dict[str, list[str]]) -> bytes:
    import yaml

    response = {"body": {"string": body}, "headers": headers, "status": {"code": 200}}
    interaction = {"request": {"method": "POST", "uri": "http://h/v1/chat/completions"}, "response": response}
    return str(yaml.safe_dump({"interactions": [interaction]})).encode()


@pytest.mark.parametrize("n_bytes", [None, -9])
def test_a_compressed_body_without_its_header(read: Callable[..., Corpus], n_bytes: int | None) -> None:
    packed = gzip.compress(sse(*(says(f"word{n} ") for n in range(400))).encode())[:n_bytes]
    corpus = read(cassette(packed, {}), "c.yaml")

    assert corpus.recordings["dialect"].tolist() == ["openai_chat"]
    assert corpus.choices["content"].item().startswith("word0 word1 ")
    assert corpus.problems["what"].tolist() == ([] if n_bytes is None else ["the body cannot be uncompressed"])


def test_lines_of_json_without_their_header(read: Callable[..., Corpus]) -> None:
    lines = [{"message": {"role": "assistant", "content": text}, "done": text == "b"} for text in "ab"]
    corpus = read(cassette("\n".join(map(json.dumps, lines)), {"content-type": ["application/json"]}), "c.yaml")

    assert corpus.recordings[["dialect", "streaming"]].to_numpy().tolist() == [["ollama", True]]
    assert corpus.choices["content"].tolist() == ["ab"]


@pytest.mark.parametrize("with_blanks", [True, False])
@pytest.mark.parametrize("as_bytes", [True, False])
def test_lines_as_a_client_hands_them_over(with_blanks: bool, as_bytes: bool) -> None:
    lines: list[Any] = [line for line in sse(says("a"), says("b"), "[DONE]").split("\n") if line or with_blanks]
    times = [float(at) for at in range(len(lines))]
    found = recexplore.from_chunks([line.encode() for line in lines] if as_bytes else lines, times)

    assert found.text() == "ab"
    assert found.facts["clock"] == "measured"


def test_a_path_is_no_stream() -> None:
    with pytest.raises(ValueError, match=r"recexplore\.load"):
        recexplore.from_chunks("recordings/formats/messages.sse")


def test_responses_of_a_server_that_leaves_the_numbers_out() -> None:
    call = {"type": "function_call", "id": "fc", "call_id": "c", "name": "f", "arguments": ""}
    done = {**call, "arguments": '{"a":1}'}
    message = {"type": "message", "id": "m", "role": "assistant"}
    stream = [
        {"type": "response.output_item.added", "item": {**message, "content": []}},
        {"type": "response.output_text.delta", "item_id": "m", "delta": "Hel"},
        {"type": "response.output_text.delta", "item_id": "m", "delta": "lo"},
        {"type": "response.output_item.added", "item": call},
        {"type": "response.function_call_arguments.delta", "item_id": "fc", "delta": '{"a"'},
        {"type": "response.function_call_arguments.delta", "item_id": "fc", "delta": ":1}"},
        {
            "type": "response.completed",
            "response": {
                "status": "completed",
                "output": [{**message, "content": [{"type": "output_text", "text": "Hello"}]}, done],
            },
        },
    ]
    found = recexplore.from_chunks(stream)

    assert found.choices["content"].tolist() == ["Hello"]
    assert found.tool_calls[["name", "arguments"]].to_numpy().tolist() == [["f", '{"a":1}']]


def test_parts_that_no_delta_told_are_told_by_the_item() -> None:
    item = {
        "type": "reasoning",
        "id": "r",
        "summary": [{"type": "summary_text", "text": "short"}],
        "content": [{"type": "reasoning_text", "text": "whole"}],
    }
    stream = [
        {"type": "response.output_item.added", "output_index": 0, "item": {"type": "reasoning", "id": "r"}},
        {"type": "response.reasoning_summary_text.delta", "output_index": 0, "summary_index": 0, "delta": "short"},
        {"type": "response.output_item.done", "output_index": 0, "item": item},
    ]

    assert recexplore.from_chunks(stream).choices["reasoning"].tolist() == ["shortwhole"]


def test_reasoning_in_a_list_of_content_parts() -> None:
    part = {"type": "reasoning", "summary": [{"type": "summary_text", "text": "I think"}]}
    found = recexplore.from_chunks([{"choices": [{"index": 0, "delta": {"content": [part]}}]}])

    assert found.choices["reasoning"].tolist() == ["I think"]


def test_an_exchange_is_found_by_its_file_and_number(tmp_path: Path) -> None:
    path = tmp_path / "two.sse"
    path.write_text(sse(says("a"), "[DONE]") + sse(says("b"), "[DONE]"))

    assert recexplore.load(tmp_path)[f"{path}#1"].text() == "b"


def test_files_of_one_name_are_not_taken_for_one(tmp_path: Path) -> None:
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.sse").write_text(sse(says(name)))
    corpus = recexplore.load([tmp_path / "one", tmp_path / "other", tmp_path / "one" / "a.sse"])

    assert sorted(corpus.choices["content"]) == ["one", "other"]
    assert {each.text() for each in corpus} == {"one", "other"}


def chat(answer_id: Any, *deltas: dict[str, Any], end: str | None = "stop", **fields: Any) -> list[dict[str, Any]]:
    return [
        chunk(choice(delta, finish_reason=end if delta is deltas[-1] else None), id=answer_id, **fields)
        for delta in deltas
    ]


FIRST = chat("a", {"role": "assistant", "content": "A "}, {"content": "wren."})
SECOND = chat("b", {"role": "assistant", "content": "Two "}, {"content": "wrens."})
GEMINI = [
    {"candidates": [{"content": {"parts": [{"text": text}]}, "finishReason": end}], "responseId": name}
    for name, text, end in (("r1", "A ", "STOP"), ("r1", "wren.", "STOP"), ("r2", "Two wrens.", "STOP"))
]
COMPLETIONS = [
    {"id": name, "object": "text_completion", "choices": [{"index": 0, "text": text, "finish_reason": end}]}
    for name, text, end in (("c1", "A ", None), ("c1", "wren.", "stop"), ("c2", "Two wrens.", "stop"))
]


def as_lines(chunks: list[Any]) -> tuple[bytes, str]:
    return "\n".join(map(json.dumps, chunks)).encode(), "two.jsonl"


def as_events(chunks: list[Any]) -> tuple[bytes, str]:
    return sse(*chunks).encode(), "two.sse"


def as_list(chunks: list[Any]) -> tuple[bytes, str]:
    return json.dumps(chunks).encode(), "two.json"


FORMS = pytest.mark.parametrize("form", [as_lines, as_events, as_list])


@FORMS
@pytest.mark.parametrize("chunks", [[*FIRST, *SECOND], GEMINI, COMPLETIONS])
def test_a_new_id_after_a_finish_begins_another_answer(read: Callable[..., Corpus], form: Any, chunks: Any) -> None:
    corpus = read(*form(chunks))

    assert corpus.choices["content"].tolist() == ["A wren.", "Two wrens."]
    assert corpus.findings.query("rule in ['after-finish', 'id-drift', 'tool-merged']").empty
    assert [recording.raw(0) for recording in corpus] == [chunks[0], chunks[2]]
    if form is not as_list:
        assert [recording.line(0) for recording in corpus] == ([1, 3] if form is as_lines else [1, 5])


@FORMS
@pytest.mark.parametrize(
    "chunks",
    [
        [*FIRST, *chat("a", {"role": "assistant", "content": "more"})],
        [*FIRST, chunk(id="b", usage={"prompt_tokens": 1})],
        [*FIRST, chunk(choice({}), id="b")],
        [*chat("a", {"content": "A"}, {"content": "wren"}, end=None), *SECOND],
        [*chat("a", {"content": "A"}), *chat("b", {"content": "wren"}, end=None)][:1] + chat(None, {"content": "x"}),
        [*chat("a", {"content": "A"}, end=None), *chat("b", {"content": "B"}), *chat("c", {"content": "C"})],
        [chunk(choice({"content": "A"}, 0, "stop"), choice({"content": "B"}, 1), id="a"), *SECOND],
    ],
    ids=["same id", "usage", "nothing said", "unfinished", "no id", "an id a chunk", "one choice unfinished"],
)
def test_what_goes_on_is_one_answer(read: Callable[..., Corpus], form: Any, chunks: Any) -> None:
    assert len(read(*form(chunks))) == 1


def test_whole_answers_in_one_list_are_apart(read: Callable[..., Corpus]) -> None:
    answers = [
        {"object": "chat.completion", "choices": [{"index": 0, "message": {"role": "assistant", "content": text}}]}
        for text in "ab"
    ]
    corpus = read(*as_list(answers))

    assert corpus.choices["content"].tolist() == ["a", "b"]
    assert corpus.recordings["streaming"].tolist() == [False, False]
    assert [recording.raw(0) for recording in corpus] == answers
