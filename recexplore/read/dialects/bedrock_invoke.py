"""InvokeModel and InvokeModelWithResponseStream of Amazon Bedrock, in formats that only Bedrock's models speak.

Takes chunks and whole answers of Titan, Llama, Mistral, Jurassic, Claude's text completions and Pegasus, gives events, one
choice an answer. These models say the same things, a text, why it ended and some counts: `SHAPES` says where, a row a
format. What stands in another API's format is that dialect's: Claude's messages, Nova's, Cohere's, and the chat or text
completions of Jamba, Mistral, DeepSeek, Qwen and gpt-oss. Sources of the fields, one page a family:
https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters.html
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from recexplore.model.exchange import Exchange, Json
from recexplore.model.json_text import to_json_text
from recexplore.model.request_fields import RequestFields
from recexplore.model.traits import Trait
from recexplore.read.extract import emit
from recexplore.read.extract.dialect import Dialect
from recexplore.read.extract.emit import UsageFields, confidence, joint_logprob, objects, other_fields, share, text_in
from recexplore.read.extract.usage_fields import Path
from recexplore.tables.builders import Columns

__all__ = ["DIALECT", "SHAPES", "Shape"]

USAGE: Final = UsageFields(
    prompt_includes_cached=True,
    completion_includes_reasoning=True,
    paths={
        "prompt": ((("inputTextTokenCount",),), (("prompt_token_count",),)),
        "completion": ((("totalOutputTextTokenCount",),), (("tokenCount",),), (("generation_token_count",),)),
    },
)

_COUNTS: Final = (
    "inputTextTokenCount",
    "totalOutputTextTokenCount",
    "tokenCount",
    "prompt_token_count",
    "generation_token_count",
)
_ENDPOINTS: Final = ("/invoke", "/invoke-with-response-stream")


@dataclass(frozen=True, slots=True)
class Shape:
    """A format: where an answer has what.

    Attributes
    ----------
    text, reason
        Its text, and why it ended.
    answers
        The list of answers in a chunk; None where a chunk is one answer.
    tells
        Fields of which an answer has one beside its text; none where the text's own is enough to tell the format.
    tokens, logprob
        The tokens of the text, and in each its log probability.
    """

    text: Path
    reason: Path
    answers: str | None = None
    tells: frozenset[str] = frozenset()
    tokens: Path = ()
    logprob: Path = ()

    def fits(self, chunk: dict[str, Json]) -> bool:
        """Whether a chunk has this format."""
        answers = chunk.get(self.answers) if self.answers else [chunk]
        first = answers[0] if type(answers) is list and answers else None
        if type(first) is not dict or (self.tells and self.tells.isdisjoint(first)):
            return False
        holder = self.text[0]
        return holder in first and (type(first[holder]) is dict) == (len(self.text) > 1)


SHAPES: Final = {
    "Titan": Shape(("outputText",), ("completionReason",), answers="results"),
    "Titan, streamed": Shape(("outputText",), ("completionReason",), tells=frozenset(["completionReason", "index"])),
    "Llama": Shape(("generation",), ("stop_reason",), tells=frozenset(["stop_reason", "generation_token_count"])),
    "Mistral": Shape(("text",), ("stop_reason",), answers="outputs", tells=frozenset(["stop_reason"])),
    "Jurassic": Shape(
        ("data", "text"),
        ("finishReason", "reason"),
        answers="completions",
        tells=frozenset(["finishReason"]),
        tokens=("data", "tokens"),
        logprob=("generatedToken", "logprob"),
    ),
    "Claude": Shape(("completion",), ("stop_reason",), tells=frozenset(["stop_reason"])),
    "Pegasus": Shape(("message",), ("finishReason",), tells=frozenset(["finishReason"])),
}


def sniff(exchange: Exchange) -> float:
    belonging = share(exchange.chunks, lambda chunk: _shape(chunk) is not None)
    # An error is anybody's whose other chunks tell more.
    return belonging or 0.5 * confidence(exchange, lambda _: False, _ENDPOINTS)


def _shape(chunk: dict[str, Json]) -> Shape | None:
    return next((shape for shape in SHAPES.values() if shape.fits(chunk)), None)


def extract(chunks: Sequence[Json], rows: Sequence[int], columns: Columns) -> None:
    for row, chunk in objects(chunks, rows, columns):
        shape = _shape(chunk)
        if shape is not None:
            _read(shape, chunk, row, columns)
        elif chunk.get("error"):
            emit.chunk(columns, row, n_choices=0, extra=other_fields(chunk, {"error"}))
            emit.event(columns, "error", row, to_json_text(chunk["error"]), choice=None)
        else:
            emit.chunk(columns, row, n_choices=0)
            emit.event(columns, "unknown", row, to_json_text(chunk), choice=None)


def _read(shape: Shape, chunk: dict[str, Json], row: int, columns: Columns) -> None:
    """A chunk: its answers, and what it cost."""
    rest = dict(chunk)
    answers: list[Json] = rest.pop(shape.answers) if shape.answers else [rest]
    report = {} if shape.answers is None else _counts(rest)
    for number, answer in enumerate(answers):
        if type(answer) is not dict:
            emit.malformed(columns, row, "an answer", "an object", answer, number)
            continue
        answer = dict(answer)
        counts = _counts(answer)
        if len(answers) > 1:
            _report(counts, number, row, columns)
        else:
            report |= counts
        _answer(shape, answer, number, row, columns)
        if shape.answers is None:
            rest = answer
    _report(report, None, row, columns)
    own_id = rest.pop("id", None)
    emit.chunk(
        columns,
        row,
        n_choices=len(answers),
        id=str(own_id) if type(own_id) is int else own_id,
        extra=other_fields(rest, set()),
    )


def _answer(shape: Shape, answer: dict[str, Json], number: int, row: int, columns: Columns) -> None:
    """The events of one answer. What is read of it is taken out; of one in a list, what is left stands beside an event."""
    text = text_in(columns, row, _taken(answer, shape.text), f"`{'.'.join(shape.text)}`", number)
    reason = text_in(columns, row, _taken(answer, shape.reason), f"`{'.'.join(shape.reason)}`", number)
    tokens = _taken(answer, shape.tokens) if shape.tokens else None
    beside = other_fields(answer, set()) if shape.answers else {}
    extra = to_json_text(beside) if beside else None
    if text:
        logprobs = [{"logprob": _at(token, shape.logprob)} for token in tokens] if type(tokens) is list else None
        logprob = joint_logprob(logprobs)
        emit.event(columns, "content", row, text, choice=number, place=number, logprob=logprob, extra=extra)
    if tokens:
        emit.event(columns, "logprobs", row, to_json_text(tokens), choice=number, place=number)
    if reason:
        own = None if text else extra
        emit.event(columns, "finish", row, choice=number, place=number, finish_reason=reason, extra=own)
    if not (text or reason):
        emit.event(columns, "annotation" if extra else "empty", row, extra, choice=number, place=number)


def _taken(answer: dict[str, Json], path: Path) -> Json:
    """The value at a path, which is then no longer there; what stands there instead of an object, if that is so."""
    name, *inner = path
    value = answer.get(name)
    if type(value) is dict and inner:
        value = dict(value)
        found = _taken(value, tuple(inner))
        answer[name] = value or None
        return found
    return answer.pop(name, None)


def _at(value: Json, path: Path) -> Json:
    for name in path:
        value = value.get(name) if type(value) is dict else None
    return value


def _counts(said: dict[str, Json]) -> dict[str, Json]:
    """The counts of tokens, which are then no longer there."""
    return {name: value for name in _COUNTS if (value := said.pop(name, None)) is not None}


def _report(counts: dict[str, Json], choice: int | None, row: int, columns: Columns) -> None:
    emit.usage(columns, [row], [counts], USAGE, next(iter(counts), ""), [choice])


def _ends_answer(chunk: dict[str, Json]) -> bool:
    """Whether every answer of a chunk says why it ended."""
    shape = _shape(chunk)
    answers: list[Json] = [] if shape is None else chunk[shape.answers] if shape.answers else [chunk]
    return shape is not None and all(_at(answer, shape.reason) for answer in answers)


DIALECT: Final = Dialect(
    "bedrock_invoke",
    "Bedrock InvokeModel",
    sniff,
    extract,
    endpoints=_ENDPOINTS,
    traits=frozenset({Trait.GENERATES, Trait.REPORTS_USAGE}),
    finish_reasons={
        # Titan
        "FINISH": "stop",
        "FINISHED": "stop",
        "LENGTH": "length",
        "STOP_CRITERIA_MET": "sequence",
        "CONTENT_FILTERED": "filter",
        "RAG_QUERY_WHEN_RAG_DISABLED": "failed",
        # Llama, Mistral, Pegasus, Jurassic
        "stop": "stop",
        "length": "length",
        "endoftext": "stop",
        # Claude
        "stop_sequence": "sequence",
        "max_tokens": "length",
    },
    usage=USAGE,
    request=RequestFields(
        settings=("textGenerationConfig",),
        max_tokens=(
            "maxTokenCount",
            "max_gen_len",
            "max_tokens",
            "maxTokens",
            "max_tokens_to_sample",
            "maxOutputTokens",
        ),
        stop=("stopSequences", "stop_sequences", "stop"),
        messages=("inputText", "prompt", "inputPrompt"),
        streamed_paths=(("/invoke-with-response-stream", "/invoke"),),
    ),
    answer_fields=(
        "results inputTextTokenCount",
        "outputText completionReason",
        "generation stop_reason",
        "completion stop_reason",
        "completions.0.finishReason",
        "outputs.0.stop_reason",
    ),
    ends_answer=_ends_answer,
    end_fields=frozenset(shape.answers or shape.reason[0] for shape in SHAPES.values()),
    model_in_path=r"/model/(.+)/invoke",
)
