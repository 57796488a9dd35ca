"""Replicate's predictions, whole or polled, and the streams of their output.

Takes a prediction, or the events ``output``, ``logs``, ``error`` and ``done`` of a stream: as server-sent events, whose
names the wire knows, or as the SDKs' objects (``event``, ``data``, ``id``). Gives events of choice 0. Sources of the fields:
https://replicate.com/docs/reference/http and https://replicate.com/docs/topics/predictions/streaming.

The data of ``output`` is plain text, of which one piece may be JSON by chance. Output that is no text (files by their URL,
objects) stands beside the answer. A prediction that has not ended says so by its status.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Final, TypeAlias

import orjson

from recexplore.model.exchange import Exchange, Json
from recexplore.model.json_text import to_json_text
from recexplore.model.request_fields import RequestFields
from recexplore.model.traits import FinishMeaning, Trait
from recexplore.read.extract import emit
from recexplore.read.extract.dialect import Dialect
from recexplore.read.extract.emit import UsageFields, confidence, objects, other_fields, share, text_in
from recexplore.tables.builders import Columns

__all__ = ["DIALECT"]

USAGE: Final = UsageFields(
    prompt_includes_cached=True,
    completion_includes_reasoning=True,
    paths={"prompt": ((("input_token_count",),),), "completion": ((("output_token_count",),),)},
)

_ENDPOINTS: Final = ("/predictions",)
_STATUSES: Final[Mapping[str, FinishMeaning]] = {
    "starting": "other",
    "processing": "other",
    "succeeded": "stop",
    "failed": "failed",
    "canceled": "other",
    "aborted": "other",
}
_COUNTS: Final = ("input_token_count", "output_token_count")
_PREDICTION: Final = frozenset(["id", "model", "output", "error", "status", "metrics"])
_EVENT: Final = frozenset(["event", "data", "id", "retry"])
_FILE: Final = re.compile(r"(?:https?://|data:)\S+")
_STREAMED_FILE: Final = re.compile(r"data:[\w.+/-]+;base64,\S*|https://(?:[\w-]+\.)?replicate\.delivery/\S+")
"""Of a single piece of text nobody knows whether an address is all that was said."""


_MOST: Final = 0.5
"""More than this part of a stream has its names: others end theirs with a `done`, too."""


def sniff(exchange: Exchange) -> float:
    return _named(exchange) or confidence(exchange, _belongs, _ENDPOINTS) or _refused(exchange)


def _refused(exchange: Exchange) -> float:
    """A refusal says ``title``, ``detail`` and the ``status`` of HTTP."""
    asked = (exchange.endpoint or "").endswith(_ENDPOINTS)
    return 0.6 * share(exchange.chunks, _is_refusal) if asked else 0.0


def _is_refusal(chunk: dict[str, Json]) -> bool:
    return "detail" in chunk and type(chunk.get("status")) is int


def _named(exchange: Exchange) -> float:
    """Which part of the server-sent events is Replicate's, by their names; others put objects out under such names."""
    events = list(zip(exchange.wire.get("event", ()), exchange.chunks, strict=False))
    is_text = all(type(chunk) is str for name, chunk in events if name == "output")
    if not is_text and "replicate." not in (exchange.url or ""):
        return 0.0
    is_stream = any(name == "output" or _is_end(name, chunk) for name, chunk in events)
    known = sum(name in EVENTS for name, _ in events) / len(events) if events else 0.0
    return known if is_stream and known > _MOST else 0.0


def _is_end(name: Json, data: Json) -> bool:
    return name == "done" and type(data) is dict and data.keys() <= {"reason"}


def _belongs(chunk: dict[str, Json]) -> bool:
    return _is_prediction(chunk) or _is_event(chunk)


def _is_prediction(chunk: dict[str, Json]) -> bool:
    """Trainings look alike; what they put out is no answer. Cog's own servers leave the URLs out."""
    status, urls = chunk.get("status"), chunk.get("urls")
    if type(status) is not str or status not in _STATUSES or "input" not in chunk:
        return False
    if type(urls) is dict:
        return not any(type(url) is str and "/trainings/" in url for url in urls.values())
    return "output" in chunk and "metrics" in chunk


def _is_event(chunk: dict[str, Json]) -> bool:
    name, data = chunk.get("event"), chunk.get("data")
    if type(name) is not str or name not in EVENTS or not chunk.keys() <= _EVENT:
        return False
    return type(data) is str or (type(data) is dict and name in ("error", "done"))


def extract(chunks: Sequence[Json], rows: Sequence[int], columns: Columns) -> None:
    for row, chunk in zip(rows, chunks, strict=True):
        name = columns.event_name(row)
        if name in EVENTS:
            _event(name, chunk, {}, row, columns)
            continue
        for _, said in objects([chunk], [row], columns):
            name = said.get("event")
            if type(name) is str and name in EVENTS:
                _event(name, said.get("data"), other_fields(said, {"event", "data"}), row, columns)
            elif _is_refusal(said):
                emit.chunk(columns, row, n_choices=0)
                emit.event(columns, "error", row, to_json_text(said), choice=None)
            elif "status" in said or "output" in said or "error" in said:
                _prediction(said, row, columns)
            else:
                emit.chunk(columns, row, n_choices=0)
                emit.event(columns, "unknown", row, to_json_text(said), choice=None)


def _event(name: str, data: Json, beside: dict[str, Json], row: int, columns: Columns) -> None:
    emit.chunk(columns, row, n_choices=int(name in ("output", "done")), extra=beside, object=name)
    EVENTS[name](data, row, columns)


def _piece(data: Json, row: int, columns: Columns) -> None:
    # A piece that is a JSON object by chance was decoded on its way here.
    text = to_json_text(data) if type(data) is dict else text_in(columns, row, data, "the output")
    if _STREAMED_FILE.fullmatch(text):
        emit.event(columns, "annotation", row, to_json_text({"output": text}))
    elif text:
        emit.event(columns, "content", row, text)


def _logs(data: Json, row: int, columns: Columns) -> None:
    emit.event(columns, "annotation", row, to_json_text({"logs": data}), choice=None)


def _error(data: Json, row: int, columns: Columns) -> None:
    emit.event(columns, "error", row, to_json_text(_decoded(data)), choice=None)


def _done(data: Json, row: int, columns: Columns) -> None:
    """The end of a stream: nothing, or the reason why it came too soon."""
    said = _decoded(data)
    if type(said) is not dict:
        emit.malformed(columns, row, "the data of `done`", "an object", said, 0)
        said = {}
    reason = text_in(columns, row, said.get("reason"), "`reason`")
    rest = other_fields(said, {"reason"})
    emit.event(columns, "finish", row, finish_reason=reason or None, extra=to_json_text(rest) if rest else None)


_Reader: TypeAlias = Callable[[Json, int, Columns], None]

EVENTS: Final[dict[str, _Reader]] = {"output": _piece, "logs": _logs, "error": _error, "done": _done}


def _decoded(data: Json) -> Json:
    """What JSON means that is handed on as text: an object; any other text is itself."""
    try:
        value = orjson.loads(data) if type(data) is str else data
    except orjson.JSONDecodeError:
        return data
    return value if type(value) is dict else data


def _prediction(said: dict[str, Json], row: int, columns: Columns) -> None:
    emit.chunk(
        columns,
        row,
        n_choices=int("status" in said),
        extra=other_fields(said, _PREDICTION),
        id=said.get("id"),
        model=said.get("model"),
        object="prediction",
    )
    _output(said.get("output"), row, columns)
    if said.get("error"):
        emit.event(columns, "error", row, to_json_text(said["error"]), choice=None)
    if status := text_in(columns, row, said.get("status"), "`status`"):
        emit.event(columns, "finish", row, finish_reason=status)
    _metrics(said.get("metrics"), row, columns)


def _output(output: Json, row: int, columns: Columns) -> None:
    """Text, whole or in pieces, is the answer; files and whatever else a model makes stand beside it."""
    pieces = output if type(output) is list else [output]
    is_text = all(type(piece) is str for piece in pieces) and not all(map(_FILE.fullmatch, pieces))
    if is_text:
        for piece in filter(None, pieces):
            emit.event(columns, "content", row, piece)
    elif output not in (None, []):
        emit.event(columns, "annotation", row, to_json_text({"output": output}))


def _metrics(metrics: Json, row: int, columns: Columns) -> None:
    """Times, and of language models the counts of tokens."""
    if type(metrics) is dict and metrics and metrics.keys().isdisjoint(_COUNTS):
        emit.event(columns, "annotation", row, to_json_text({"metrics": metrics}), choice=None)
    else:
        emit.usage(columns, [row], [metrics], USAGE, "metrics")


def _ends_answer(chunk: dict[str, Json]) -> bool:
    return _is_prediction(chunk) or (_is_event(chunk) and chunk["event"] == "done")


DIALECT: Final = Dialect(
    "replicate",
    "Replicate predictions",
    sniff,
    extract,
    endpoints=_ENDPOINTS,
    traits=frozenset({Trait.GENERATES, Trait.REPORTS_USAGE}),
    finish_reasons={**_STATUSES, "error": "failed"},
    usage=USAGE,
    request=RequestFields(
        settings=("input",),
        max_tokens=("max_tokens", "max_new_tokens", "max_completion_tokens"),
        stop=("stop_sequences",),
        passes_stop=("min_tokens", "min_new_tokens"),
        stream=(("stream",),),
        messages=("input",),
        labels=("webhook", "webhook_events_filter"),
    ),
    answer_fields=("status urls.get", "status output metrics logs", "event data id"),
    ends_answer=_ends_answer,
    end_fields=frozenset(["event", "status"]),
    model_in_path=r"/v1/(?:models|deployments)/([^/]+/[^/]+)/predictions$",
    hosts={"*.replicate.com": "replicate", "*.replicate.net": "replicate"},
)
