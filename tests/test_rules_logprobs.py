"""Log probabilities: which cannot be, and what only looks like it."""

from __future__ import annotations

from typing import Any

import pytest
from synthetic import URL, calls, choice, chunk, fragment

import recexplore

WORDS = ["The", " oak", " grows", " slowly", " in", " the", " north", "."]


def token(text: str, logprob: float, **top: float) -> dict[str, Any]:
    listed = [{"token": name, "logprob": value, "bytes": list(name.encode())} for name, value in top.items()]
    return {"token": text, "logprob": logprob, "bytes": list(text.encode()), "top_logprobs": listed}


def says(text: str, *tokens: dict[str, Any]) -> dict[str, Any]:
    return chunk(choice({"content": text}, logprobs={"content": list(tokens)}))


def found(*chunks: dict[str, Any], finish: str = "stop") -> list[str]:
    ended = [chunk(choice({"role": "assistant"})), *chunks, chunk(choice({}, finish_reason=finish))]
    findings = recexplore.check(recexplore.from_chunks(ended, request={"logprobs": True}, url=URL), select=["logprobs"])
    assert "failed" not in findings.attrs
    assert set(findings["severity"]) <= {"warning"}
    return findings["message"].tolist()


@pytest.mark.parametrize("top", [{}, {"#": -3.4e38, "!": -3.4e38}, {"#": -0.7}])
def test_all_are_0(top: dict[str, float]) -> None:
    [message] = found(*[says(word, token(word, 0.0, **top)) for word in WORDS])
    assert "All 8 log probabilities of choice 0 are 0" in message


def test_two_tokens_cannot_both_be_certain() -> None:
    two = ["The", " oak"]
    [message] = found(*[says(word, token(word, 0.0, **{word: 0.0, "!": 0.0})) for word in two])
    assert "“The” and “!” cannot both be certain" in message
    assert found(*[says(word, token(word, 0.0, **{word: 0.0, "!": -9.5})) for word in two]) == []
    # One token, and the same without its blank.
    assert found(*[says(word, token(word, 0.0, **{word.strip(): 0.0})) for word in two]) == []
    assert found(says("Oaks", token("Oaks", 0.0, Oaks=0.0, Elms=0.0))) == []


@pytest.mark.parametrize(
    "tokens",
    [
        [token(word, 0.0) for word in WORDS[:5]],
        [token(word, 0.0, **{word: 0.0, "x": -17.5, "y": -22.0}) for word in WORDS],
        [*[token(word, 0.0) for word in WORDS[:-1]], token(WORDS[-1], -1e-6)],
    ],
    ids=["few", "all else is improbable", "one is not"],
)
def test_certain_tokens(tokens: list[dict[str, Any]]) -> None:
    assert found(*[says(each["token"], each) for each in tokens]) == []


def test_alternatives_of_the_first_token() -> None:
    top = {"The": -0.2, "A": -1.9}
    [message] = found(says("The oak grows", token("The", -0.2, **top), *[token(w, -0.4, **top) for w in WORDS[1:3]]))
    assert message == (
        "2 tokens are not among their own alternatives (top_logprobs) in choice 0, though more probable than the least "
        "of them: the alternatives are copied from the first token of the chunk."
    )


def test_alternatives_that_are_the_same_for_every_chunk() -> None:
    messages = found(*[says(word, token(word, -0.1, Hello=-0.1, Hi=-4.0)) for word in WORDS])
    assert [message[:21] for message in messages] == ["8 tokens are not amon"]


def test_alternatives_of_a_completion() -> None:
    def told(*texts: str) -> dict[str, Any]:
        tops = [{"the": -0.1, "a": -2.5}] * len(texts)
        logprobs = {"tokens": list(texts), "token_logprobs": [-0.3] * len(texts), "top_logprobs": tops}
        head = {"id": "c", "object": "text_completion", "model": "m"}
        return {**head, "choices": [{"index": 0, "text": "".join(texts), "logprobs": logprobs, "finish_reason": None}]}

    findings = recexplore.check(recexplore.from_chunks([told("the", " oak", " tree")]), select=["logprobs"])
    assert len(findings) == 1
    assert "top_logprobs" in findings["message"].item()


@pytest.mark.parametrize(
    "tokens",
    [
        [token(word, -6.0, x=-0.1, y=-3.0) for word in WORDS],
        [token(word, -3.0, x=-0.1, y=-3.0) for word in WORDS],
        [token(word, -0.2, **{word.replace(" ", "▁"): -0.2, "y": -3.0}) for word in WORDS],
        [token(word, -0.2, **{"�": -0.3, "y": -3.0}) for word in WORDS],
        [token(word, -0.1, x=-2.0 - at, y=-4.0) for at, word in enumerate(WORDS)],
        [token("ha", -0.2, ha=-0.2, y=-3.0)] * 8,
        [token(word, -0.2) for word in WORDS],
    ],
    ids=[
        "sampled",
        "as probable",
        "another blank",
        "half a character",
        "only others are listed",
        "the same token",
        "none",
    ],
)
def test_alternatives_as_they_should_be(tokens: list[dict[str, Any]]) -> None:
    assert found(says("".join(each["token"] for each in tokens), *tokens)) == []


def test_chunks_that_repeat_earlier_tokens() -> None:
    tokens = [token(word, -0.1 - at) for at, word in enumerate(WORDS)]
    [message] = found(*[says(word, *tokens[: at + 1]) for at, word in enumerate(WORDS)])
    assert message == (
        "Chunks bring the log probabilities of earlier tokens of choice 0 again: 36 tokens came, its text has 8."
    )


def test_of_another_text() -> None:
    [message] = found(*[says(word, token("<|channel|>", -0.5)) for word in WORDS])
    assert "joined, are not its text" in message


@pytest.mark.parametrize("content", [None, "", "\n"])
def test_an_answer_that_only_calls_tools(content: str | None) -> None:
    raw = ["<tool_call>", '{"name": "f"}', "</tool_call>"]
    call = calls(fragment("{}", name="f", id="c", type="function"))
    call["choices"][0]["logprobs"] = {"content": [token(each, -0.1) for each in raw]}
    said = [chunk(choice({"content": content}))] if content is not None else []
    assert found(*said, call, finish="tool_calls") == []
    call["choices"][0]["logprobs"] = None
    assert found(*said, call, finish="tool_calls") == []


@pytest.mark.parametrize("finish", ["tool_calls", "stop"])
def test_tokens_of_what_is_not_shown(finish: str) -> None:
    raw = chunk(choice({}, logprobs={"content": [token("<tool_call>", -0.1), token("{}", -0.2)]}))
    assert found(raw, finish=finish) == []


def test_of_some_chunks_only() -> None:
    told = [says(word) for word in WORDS[:-1]]
    for each in told:
        each["choices"][0]["logprobs"] = None
    [message] = found(*told, says(WORDS[-1], token(WORDS[-1], -0.5)))
    assert message == (
        "7 chunks bring text of choice 0 without log probabilities, 1 other has them: chunks 1, 2, 3, 4, 5, 6 and 1 more."
    )


def as_bytes_write_it(text: str) -> str:
    """Text as byte-level vocabularies write it."""
    kept = {*range(33, 127), *range(161, 173), *range(174, 256)}
    others = [byte for byte in range(256) if byte not in kept]
    return "".join(chr(byte) if byte in kept else chr(256 + others.index(byte)) for byte in text.encode())


def as_pieces(text: str) -> str:
    return f"<0x{ord(text):02X}>" if text == "\n" else text.replace(" ", "▁")


def completed(*chunks: tuple[str, list[str]], **request: Any) -> list[tuple[str, str]]:
    """What is told of a completion, each chunk its text and the names of its tokens."""
    told = [
        {
            "id": "c",
            "object": "text_completion",
            "model": "m",
            "choices": [
                {
                    "index": 0,
                    "text": text,
                    "finish_reason": None,
                    "logprobs": {"tokens": names, "token_logprobs": [-0.3] * len(names), "top_logprobs": None},
                }
            ],
        }
        for text, names in chunks
    ]
    corpus = recexplore.from_chunks(told, request={"logprobs": 1, **request}, url="https://a.example/v1/completions")
    findings = recexplore.check(corpus, select=["logprobs"])
    assert "failed" not in findings.attrs
    return list(findings[["severity", "message"]].itertuples(index=False, name=None))


PIECES = [["I", "'m", " glad", "."], ["\n", " Über", " 苍鹭", "🦆"]]


@pytest.mark.parametrize("write", [str, as_bytes_write_it, as_pieces])
def test_tokens_as_their_vocabulary_writes_them(write: Any) -> None:
    chunks = [("".join(pieces), [write(piece) for piece in pieces]) for pieces in PIECES]
    assert completed(*chunks) == []
    assert len(completed((chunks[0][0], chunks[0][1][::-1]), *chunks[1:])) == 1


def test_a_name_is_another_way_to_write_the_token() -> None:
    tokens = [token(word, -0.2, **{as_bytes_write_it(word): -0.2, "y": -3.0}) for word in ["\n", " é", "苍"]]
    assert found(says("\n é苍", *tokens)) == []


def test_tokens_of_the_next_chunk() -> None:
    [(severity, message)] = completed((" I'm glad.", ["ĠI", "'m", "Ġglad", ".", "ĠHow"]), (" How now?", ["Ġnow", "?"]))
    assert severity == "warning"
    assert message == (
        "1 chunk lists tokens of choice 0 that a later one says: chunk 0 says “ I'm glad.”, its log probabilities are "
        "those of “ I'm glad. How”."
    )


@pytest.mark.parametrize(
    "chunks",
    [
        [("", [" I"]), (" I'm", ["'m"]), (" glad", [" glad"])],
        [(" I'", [" I", "'m"]), ("m gl", [" glad"]), ("ad", [])],
        [(" I'm", [" I", "'m"]), (" gl", [" glad"]), ("ad", ["."]), (".", ["!"]), ("!", [])],
        [(" I", [" I", " é"]), (" é", [])],
    ],
)
def test_text_that_a_server_held_back(chunks: list[tuple[str, list[str]]]) -> None:
    assert completed(*chunks) == []
