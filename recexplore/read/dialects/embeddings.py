"""Embeddings: no text comes back, but a model, vectors and a bill.

Takes whole bodies of OpenAI's and Ollama's endpoints and of Titan at Amazon Bedrock, gives one event each with the body's
JSON, and its usage. Source of the fields: https://platform.openai.com/docs/api-reference/embeddings,
https://docs.ollama.com/api/embed, https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-titan-embed-text.html.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from recexplore.model.exchange import Exchange, Json
from recexplore.model.json_text import to_json_text
from recexplore.model.request_fields import RequestFields
from recexplore.model.traits import Trait
from recexplore.read.extract import emit
from recexplore.read.extract.dialect import Dialect
from recexplore.read.extract.emit import UsageFields, confidence, objects, other_fields
from recexplore.tables.builders import Columns

__all__ = ["DIALECT"]

USAGE: Final = UsageFields(
    prompt_includes_cached=True,
    completion_includes_reasoning=True,
    paths={
        "prompt": ((("prompt_tokens",),), (("prompt_eval_count",),), (("inputTextTokenCount",),)),
        "total": ((("total_tokens",),),),
    },
)

_ENDPOINTS: Final = ("/embeddings", "/embed")
_COUNTS: Final = ("prompt_eval_count", "inputTextTokenCount")
"""Where a body counts tokens that has no report."""
_BODY: Final = frozenset(["data", "embedding", "embeddings", "model", "object", "usage", "error", "id", "created"])


def sniff(exchange: Exchange) -> float:
    return 0.9 * confidence(exchange, _belongs, _ENDPOINTS)


def _belongs(chunk: dict[str, Json]) -> bool:
    if type(chunk.get("embeddings")) is list or type(chunk.get("embedding")) is list:
        return True
    data = chunk.get("data")
    return type(data) is list and bool(data) and type(data[0]) is dict and "embedding" in data[0]


def extract(chunks: Sequence[Json], rows: Sequence[int], columns: Columns) -> None:
    for row, body in objects(chunks, rows, columns):
        created = body.get("created")
        emit.chunk(
            columns,
            row,
            n_choices=0,
            extra=other_fields(body, _BODY),
            id=body.get("id"),
            model=body.get("model"),
            object=body.get("object"),
            created=created if type(created) is int else None,
        )
        if body.get("error"):
            emit.event(columns, "error", row, to_json_text(body["error"]), choice=None)
        if vectors := other_fields(body, {"usage", "error"}):
            emit.event(columns, "annotation", row, to_json_text(vectors), choice=None)
        report, source = body.get("usage"), "usage"
        if not report:
            counted = next((name for name in _COUNTS if type(body.get(name)) is int), None)
            report, source = ({counted: body[counted]}, counted) if counted else (report, source)
        emit.usage(columns, [row], [report], USAGE, source)


DIALECT: Final = Dialect(
    "embeddings",
    "embeddings",
    sniff,
    extract,
    endpoints=_ENDPOINTS,
    traits=frozenset({Trait.REPORTS_USAGE, Trait.EMBEDS}),
    usage=USAGE,
    request=RequestFields(
        settings=("config",),
        dimensions=("dimensions", "output_dimension", "outputDimensionality", "output_dimensionality"),
        encoding=("encoding_format",),
        inputs=("input", "inputText"),
        messages=("input", "inputText"),
        model=("model",),
        labels=("user",),
    ),
    answer_fields=("embeddings model", "data.0.embedding"),
    ends_answer=_belongs,
    end_fields=frozenset(["data", "embedding", "embeddings"]),
)
