from __future__ import annotations

import copy
import dataclasses
import enum
import json
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from synthetic import calls, choice, chunk, fragment, pieces, says

import recexplore
from recexplore import from_chunks
from recexplore.corpus import Corpus, Recording
from recexplore.views import figures

URL = "https://api.openai.com/v1/chat/completions"
HELLO = [says("Hel", role="assistant"), says("lo"), chunk(choice(finish_reason="stop"))]


def sse(*chunks: Any, done: bool = True, end: str = "\n\n") -> str:
    return "".join(f"data: {json.dumps(each)}{end}" for each in chunks) + (f"data: [DONE]{end}" if done else "")


def without_ids(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.drop(columns="recording")


def assert_says_the_same(one: Recording, other: Recording) -> None:
    for name in ("events", "choices", "tool_calls", "usage"):
        pd.testing.assert_frame_equal(without_ids(getattr(one, name)), without_ids(getattr(other, name)))


# --- what can be given -----------------------------------------------------------------------------------------------


def test_dicts() -> None:
    found = from_chunks(HELLO, url=URL, request={"model": "asked", "n": 1}, name="mine")

    assert found.text() == "Hello"
    assert found.id == "mine"
    facts = found.facts
    assert facts[["endpoint", "url", "model_requested", "model_served", "n_requested", "n_chunks"]].tolist() == [
        "/v1/chat/completions",
        URL,
        "asked",
        "m",
        1,
        3,
    ]
    assert (facts["clock"], facts["streaming"], facts["method"], facts["envelope"]) == ("none", True, "POST", "memory")
    assert found.problems.empty
    assert found.request == {"model": "asked", "n": 1}
    assert [found.raw(at) for at in range(3)] == HELLO


def test_a_generator_and_a_tuple() -> None:
    def stream() -> Iterator[Any]:
        yield from HELLO

    assert (
        from_chunks(stream()).text() == from_chunks(tuple(HELLO)).text() == from_chunks(iter(HELLO)).text() == "Hello"
    )


def test_nothing() -> None:
    for nothing in ([], (), iter([])):
        found = from_chunks(nothing)
        assert (len(found.chunks), len(found.events)) == (0, 0)
    assert from_chunks([], []).facts["clock"] == "none"


def test_objects_of_openai() -> None:
    from openai.types.chat import ChatCompletionChunk

    plain = [*HELLO, calls(fragment('{"a"', id="c", name="f", type="function")), calls(fragment(": 1}"))]
    objects = [ChatCompletionChunk.model_validate(each) for each in plain]
    before = [each.model_dump() for each in objects]
    found = from_chunks(objects, url=URL)

    assert_says_the_same(found, from_chunks(plain, url=URL))
    assert found.tool_calls["arguments"].tolist() == ['{"a": 1}']
    assert [each.model_dump() for each in objects] == before
    assert "logprobs" not in found.raw(0)["choices"][0]  # what was not sent is not told


def test_fields_that_an_object_does_not_declare_are_kept() -> None:
    from openai.types.chat import ChatCompletionChunk

    found = from_chunks([ChatCompletionChunk.model_validate(says(None, reasoning_content="hm"))])

    assert found.choices["reasoning"].tolist() == ["hm"]


def test_a_whole_answer_of_openai() -> None:
    from openai.types.chat import ChatCompletion

    message = {"index": 0, "message": {"role": "assistant", "content": "Hi"}, "finish_reason": "stop"}
    body = {"id": "x", "object": "chat.completion", "created": 0, "model": "m", "choices": [message]}
    for whole in (body, ChatCompletion.model_validate(body)):
        found = from_chunks(whole)
        assert found.text() == "Hi"
        assert not found.facts["streaming"]
        assert len(found.chunks) == 1


def anthropic_events() -> list[dict[str, Any]]:
    usage = {"input_tokens": 3, "output_tokens": 1}
    message = {"id": "m", "type": "message", "role": "assistant", "model": "claude", "content": [], "usage": usage}
    return [
        {"type": "message_start", "message": {**message, "stop_reason": None, "stop_sequence": None}},
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "Hel"}},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "lo"}},
        {"type": "content_block_stop", "index": 0},
        {
            "type": "message_delta",
            "delta": {"stop_reason": "end_turn", "stop_sequence": None},
            "usage": {"output_tokens": 2},
        },
        {"type": "message_stop"},
    ]


def test_objects_of_anthropic() -> None:
    from anthropic.types import RawMessageStreamEvent
    from pydantic import TypeAdapter

    one: TypeAdapter[Any] = TypeAdapter(RawMessageStreamEvent)
    found = from_chunks([one.validate_python(each) for each in anthropic_events()])

    assert found.text() == "Hello"
    assert found.facts["dialect"] == "anthropic"
    assert found.choices["finish_reason"].tolist() == ["end_turn"]
    assert_says_the_same(found, from_chunks(anthropic_events()))


@dataclasses.dataclass
class Delta:
    content: str
    role: str = "assistant"


@dataclasses.dataclass
class Choice:
    delta: Delta
    index: int = 0


@dataclasses.dataclass
class Chunk:
    choices: list[Choice]
    object: str = "chat.completion.chunk"


def test_dataclasses() -> None:
    found = from_chunks([Chunk([Choice(Delta("Hel"))]), Chunk([Choice(Delta("lo"))])])

    assert found.text() == "Hello"
    assert found.facts["streaming"]
    assert from_chunks(Chunk([Choice(Delta("Hi"))])).facts["streaming"] is not True


class WithToDict:
    def __init__(self, data: dict[str, Any]) -> None:
        self.data = data

    def to_dict(self) -> dict[str, Any]:
        return self.data


class WithDict:
    """As pydantic had it before its second version; iterable, as those are."""

    def __init__(self, data: dict[str, Any]) -> None:
        self.data = data

    def dict(self) -> dict[str, Any]:
        return self.data

    def __iter__(self) -> Iterator[tuple[str, Any]]:
        return iter(self.data.items())


class WithModelDump:
    """Takes none of pydantic's options."""

    def __init__(self, data: dict[str, Any]) -> None:
        self.data = data

    def model_dump(self) -> dict[str, Any]:
        return self.data


@pytest.mark.parametrize("kind", [WithToDict, WithDict, WithModelDump])
def test_objects_that_turn_themselves_into_dicts(kind: type[Any]) -> None:
    assert from_chunks([kind(each) for each in HELLO]).text() == "Hello"


def test_objects_inside_of_dicts() -> None:
    data = chunk({"index": 0, "delta": WithToDict({"content": "Hi"})})

    assert from_chunks([data]).text() == "Hi"


class Word(str):
    pass


class Name(enum.StrEnum):
    ASSISTANT = "assistant"


class Number(enum.IntEnum):
    ZERO = 0


def test_values_that_are_nearly_plain_become_plain() -> None:
    said = chunk({"index": Number.ZERO, "delta": {"role": Name.ASSISTANT, "content": Word("Hi")}})
    found = from_chunks([said])

    assert found.text() == "Hi"
    assert found.choices[["choice", "role"]].to_numpy().tolist() == [[0, "assistant"]]
    assert found.problems.empty
    delta = found.raw(0)["choices"][0]["delta"]
    assert (type(delta["content"]), type(delta["role"])) == (str, str)


# --- text ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("end", ["\n\n", "\r\n\r\n", "\r\r"])
def test_the_text_of_a_stream(end: str) -> None:
    text = sse(*HELLO, end=end)
    for given_as in (text, text.encode(), [text], [text.encode()], [bytearray(text.encode())], iter(text)):
        found = from_chunks(given_as)
        assert found.text() == "Hello"
        assert len(found.chunks) == 4
        assert found.problems.empty


def test_the_text_of_a_stream_as_a_bytearray() -> None:
    assert from_chunks(bytearray(sse(*HELLO).encode())).text() == "Hello"


def test_stamps_as_boto3_makes_them() -> None:
    stamp = datetime(2025, 4, 3, 3, 13, tzinfo=UTC)
    trace = {"trace": {"eventTime": stamp, "trace": {"orchestrationTrace": {"rationale": {"text": "Look."}}}}}
    found = from_chunks([trace, {"chunk": {"bytes": b"So."}}])

    assert found.choices[["reasoning", "content"]].to_numpy().tolist() == [["", "So."]]
    assert stamp.isoformat() in found.events["text"].str.cat()


def test_one_json_text_a_piece() -> None:
    lines = [json.dumps(each) for each in HELLO]
    found = from_chunks(lines, [1.0, 2.0, 3.0])

    assert found.text() == "Hello"
    assert found.chunks["t_s"].tolist() == [0.0, 1.0, 2.0]


WHOLE = ": hi\n\n" + sse(*HELLO, says("é\N{SNOWMAN}\N{GRINNING FACE}"))
CUTS = st.lists(st.integers(0, len(WHOLE)), max_size=12)


@settings(max_examples=20)
@given(CUTS, st.booleans(), st.booleans())
def test_how_a_text_was_cut_changes_nothing(cuts: list[int], is_bytes: bool, bom: bool) -> None:
    text = ("\ufeff" if bom else "") + WHOLE
    given_as: list[Any] = pieces(text, cuts)
    found = from_chunks([each.encode() for each in given_as] if is_bytes else given_as)
    whole = from_chunks(text)

    assert_says_the_same(found, whole)
    pd.testing.assert_frame_equal(found.chunks, whole.chunks)


@settings(max_examples=20)
@given(CUTS)
def test_an_event_came_with_the_piece_that_completed_it(cuts: list[int]) -> None:
    given_as = pieces(WHOLE, cuts)
    times = [float(at) for at in range(len(given_as))]
    found = from_chunks(given_as, times, sent=0.0)
    ends = [at + 2 for at in range(len(WHOLE)) if WHOLE.startswith("\n\n", at)][1:]
    lengths = [len("".join(given_as[: at + 1])) for at in range(len(given_as))]

    assert found.chunks["t_s"].tolist() == [
        float(next(at for at, length in enumerate(lengths) if length >= end)) for end in ends
    ]
    assert found.facts["clock"] == "measured"


def test_pieces_of_one_byte() -> None:
    for text in (sse(*HELLO), "\ufeff" + sse(*HELLO), "\ufeffevent: message\n" + sse(*HELLO), "\n" * 9 + sse(*HELLO)):
        data = text.encode()
        assert from_chunks([data[at : at + 1] for at in range(len(data))]).text() == "Hello", text[:20]


def test_empty_pieces_come_first() -> None:
    assert from_chunks([""] * 9 + [sse(*HELLO)]).text() == "Hello"


def test_a_stream_that_breaks_off() -> None:
    text = sse(*HELLO, done=False)
    found = from_chunks([text[:20], text[20:-1]], [1.0, 2.0])

    assert len(found.chunks) == 3
    assert found.chunks["damage"].tolist()[-1] == "unterminated"
    assert found.chunks["t_s"].tolist() == [0.0, 0.0, 0.0]


# --- times -----------------------------------------------------------------------------------------------------------


def test_times_with_and_without_the_time_it_was_sent() -> None:
    without, with_sent = (from_chunks(HELLO, [10.0, 10.5, 11.5], **more) for more in ({}, {"sent": 9.0}))

    assert without.chunks["t_s"].tolist() == [0.0, 0.5, 1.5]
    assert without.facts[["clock", "t_zero", "duration_s"]].tolist() == ["measured", "first_chunk", 1.5]
    assert pd.isna(without.facts["ttfc_s"])
    assert with_sent.chunks["t_s"].tolist() == [1.0, 1.5, 2.5]
    assert with_sent.facts[["clock", "t_zero", "duration_s", "ttfc_s"]].tolist() == ["measured", "request", 2.5, 1.0]


def test_times_of_any_kind_of_number() -> None:
    import numpy as np

    assert from_chunks(HELLO, np.array([1, 2, 4])).chunks["t_s"].tolist() == [0.0, 1.0, 3.0]
    assert from_chunks(HELLO, (1, 1, 1)).chunks["t_s"].tolist() == [0.0, 0.0, 0.0]


@pytest.mark.parametrize("times", [[], [1.0], [1.0] * 4])
def test_not_as_many_times_as_chunks(times: list[float]) -> None:
    with pytest.raises(ValueError, match=f"3 chunks but {len(times)} times"):
        from_chunks(HELLO, times)


@pytest.mark.parametrize(("times", "sent"), [([1.0, 3.0, 2.0], None), ([1.0, 2.0, 3.0], 1.5)])
def test_times_that_go_back(times: list[float], sent: float | None) -> None:
    with pytest.raises(ValueError, match="times go back"):
        from_chunks(HELLO, times, sent=sent)


@pytest.mark.parametrize("odd", [float("nan"), float("inf")])
def test_times_that_are_no_times(odd: float) -> None:
    with pytest.raises(ValueError, match="time"):
        from_chunks(HELLO, [1.0, odd, odd])


def test_the_time_of_a_whole_answer() -> None:
    found = from_chunks({"choices": [], "object": "chat.completion"}, [5.0], sent=3.0)

    assert found.chunks["t_s"].tolist() == [2.0]


# --- what is refused -------------------------------------------------------------------------------------------------


async def asynchronous() -> AsyncIterator[Any]:
    yield says("Hi")


def test_an_asynchronous_stream_is_refused_with_advice() -> None:
    stream = asynchronous()
    with pytest.raises(TypeError, match=r"\[chunk async for chunk in …\]"):
        from_chunks(stream)


@pytest.mark.parametrize("given_as", [5, None, object(), dict, Chunk, 1.5, True])
def test_what_is_no_stream(given_as: Any) -> None:
    with pytest.raises(TypeError):
        from_chunks(given_as)


@pytest.mark.parametrize("odd", [object(), {1, 2}, lambda: None, Chunk, 1j], ids=lambda odd: type(odd).__name__)
def test_chunks_that_cannot_be_turned_into_plain_data(odd: Any) -> None:
    for chunks in ([odd], [HELLO[0], odd], [{"choices": [odd]}]):
        with pytest.raises(TypeError, match="cannot be turned into plain data; give dicts"):
            from_chunks(chunks)


def test_a_chunk_that_holds_itself() -> None:
    loop: dict[str, Any] = {}
    loop["loop"] = loop
    with pytest.raises((TypeError, ValueError)):
        from_chunks([loop])


# --- what is given is left alone -------------------------------------------------------------------------------------


def test_what_is_given_is_not_changed_and_changes_do_not_show() -> None:
    given_as, request = copy.deepcopy(HELLO), {"model": "m", "messages": [{"role": "user", "content": "?"}]}
    found = from_chunks(given_as, request=request)
    assert found.text() == "Hello"
    assert given_as == HELLO
    given_as[0]["choices"][0]["delta"]["content"] = "changed"
    given_as.clear()
    request["messages"].append("more")  # type: ignore[attr-defined]

    assert found.raw(0) == HELLO[0]
    assert found.request == {"model": "m", "messages": [{"role": "user", "content": "?"}]}
    found.raw(0)["choices"].clear()
    assert found.raw(0) == HELLO[0]


def test_objects_that_give_what_they_hold_are_left_alone() -> None:
    held = copy.deepcopy(HELLO[0])
    found = from_chunks([WithToDict(held)])
    held["choices"].clear()

    assert found.raw(0) == HELLO[0]


# --- it is a recording like any other --------------------------------------------------------------------------------


OF_RECORDINGS = {"interleaving", "overview", "reasoning_split", "timing", "tokens"}


def test_explorer_and_figures(made: Corpus) -> None:
    found = from_chunks(HELLO, [1.0, 2.0, 2.5], sent=0.5, request={"messages": [{"role": "user", "content": "?"}]})

    assert recexplore.explore(found) is not None
    assert recexplore.explore(found.corpus) is not None
    for each in (found, from_chunks(HELLO), from_chunks([])):
        for name in OF_RECORDINGS:
            assert getattr(figures, name)(each) is not None, name
        for name in {*figures.__all__} - OF_RECORDINGS:
            assert getattr(figures, name)(recexplore.compare([each, each])) is not None, name
    assert "Recording stream: m, 1 choice, 3 chunks" in repr(found)
    assert len(found.corpus) == 1
    assert found.corpus["stream"] == found


def test_chunks_of_every_recording_say_what_their_file_says(bundled: Corpus, made: Corpus) -> None:
    for loaded in [*bundled, *made]:
        chunks = [loaded.raw(at) for at in loaded.chunks["chunk"]]
        facts = loaded.facts
        given_as = chunks if facts["streaming"] or len(chunks) != 1 else chunks[0]
        found = from_chunks(given_as, url=facts["url"], request=loaded.request, name=loaded.id)
        timed = facts["clock"] in ("recorded", "measured", "exact")
        for name in ("events", "choices", "tool_calls", "usage"):
            one, other = getattr(found, name), getattr(loaded, name)
            times = [column for column in one.columns if column.startswith("t_")] if timed else []
            pd.testing.assert_frame_equal(one.drop(columns=times), other.drop(columns=times), obj=f"{loaded.id} {name}")
        for column in ("dialect", "n_choices", "n_chunks", "n_events", "model_served", "provider", "n_requested"):
            said, expected = found.facts[column], facts[column]
            assert pd.isna(expected) or said == expected, (loaded.id, column)


def test_a_surrogate_that_pieces_cut_in_two() -> None:
    found = from_chunks([says("\ud83d"), says("\ude00")])

    assert found.text() == "\N{GRINNING FACE}"
