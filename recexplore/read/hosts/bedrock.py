"""What Amazon Bedrock itself says in the answer of a model, whatever the model's format.

Takes the chunks of an exchange, gives them as the model sent them, and what Bedrock put beside each: the word of a guardrail
and its trace, the measurements of the invocation, or, in a chunk of its own, an exception. Gives the events of the latter.
Sources: https://docs.aws.amazon.com/bedrock/latest/userguide/guardrails-use-invoke-model.html,
https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_InvokeModelWithResponseStream.html.

The counts of the measurements are the usage where the model's own format reports none, so that nothing counts twice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, TypeAlias

from recexplore.model.exchange import Json
from recexplore.model.json_text import to_json_text
from recexplore.model.notes import Note
from recexplore.read.extract import emit
from recexplore.read.extract.bedrock_exceptions import EXCEPTIONS
from recexplore.read.extract.emit import UsageFields
from recexplore.tables.builders import Columns

__all__ = ["USAGE", "add_events", "split"]

_Fields: TypeAlias = dict[str, Json]

USAGE: Final = UsageFields(
    prompt_includes_cached=False,
    completion_includes_reasoning=True,
    paths={
        "prompt": ((("inputTokenCount",),),),
        "completion": ((("outputTokenCount",),),),
        "cached": ((("cacheReadInputTokenCount",),),),
        "cache_write": ((("cacheWriteInputTokenCount",),),),
    },
)
"""Of ``amazon-bedrock-invocationMetrics``."""

_METRICS: Final = "amazon-bedrock-invocationMetrics"
_GUARDRAIL: Final = frozenset(["amazon-bedrock-guardrailAction", "amazon-bedrock-guardrailAssessment"])
_TRACE: Final = "amazon-bedrock-trace"
_FIELDS: Final = _GUARDRAIL | {_METRICS, _TRACE}
_NAMES: Final = _FIELDS | EXCEPTIONS


def split(chunks: Sequence[Json]) -> tuple[Sequence[Json], dict[int, _Fields]]:
    """The chunks without what Bedrock says, which is an empty object where nothing is left; and that, by position."""
    # Asked of every chunk of every recording, of which next to none has such a field.
    try:
        if all(map(_NAMES.isdisjoint, chunks)):
            return chunks, {}
    except TypeError:  # there are chunks that are no objects
        pass
    odd = [at for at, chunk in enumerate(chunks) if type(chunk) is dict and not _NAMES.isdisjoint(chunk)]
    said = {at: found for at in odd if (found := _said(chunks[at]))}
    if not said:
        return chunks, said
    own: list[Json] = list(chunks)
    for at, found in said.items():
        rest = {key: value for key, value in chunks[at].items() if key not in found}
        own[at] = _whole_numbers(rest) if not _GUARDRAIL.isdisjoint(found) else rest
    return own, said


def _said(chunk: dict[str, Json]) -> _Fields:
    if _FIELDS.isdisjoint(chunk):
        return chunk if len(chunk) == 1 and not EXCEPTIONS.isdisjoint(chunk) else {}
    return {key: value for key, value in chunk.items() if key in _FIELDS}


def _whole_numbers(value: Json) -> Json:
    """A guardrail writes a model's JSON anew, and every integer with a decimal point."""
    if type(value) is float:
        return int(value) if value.is_integer() else value
    if type(value) is dict:
        return {key: _whole_numbers(each) for key, each in value.items()}
    return [_whole_numbers(each) for each in value] if type(value) is list else value


def add_events(said: Mapping[int, _Fields], columns: Columns, first_event: int, first_usage: int) -> None:
    """The events of what Bedrock says with the chunks at some rows, after those of the model: they begin at ``first_…``."""
    if not said:
        return
    answered = _owners(columns, "events", first_event, "choice")
    reported = _owners(columns, "usage", first_usage, "prompt", "completion")
    for row, fields in said.items():
        owner = columns.owner(row)
        for name, value in fields.items():
            if value is None:
                continue
            if name in _GUARDRAIL:
                choice = 0 if owner in answered else None
                note = Note.INTERVENED if value == "INTERVENED" else None
                emit.event(columns, "filter", row, to_json_text({name: value}), choice=choice, notes=note)
            elif name in EXCEPTIONS:
                emit.chunk(columns, row, n_choices=0, object=name)
                emit.event(columns, "error", row, to_json_text({name: value}), choice=None)
            elif name == _METRICS and type(value) is dict and owner not in reported:
                emit.usage(columns, [row], [value], USAGE, name)
            else:
                emit.event(columns, "annotation", row, to_json_text({name: value}), choice=None)


def _owners(columns: Columns, table: str, first: int, *cells: str) -> set[int | None]:
    """The exchanges of which a row from ``first`` on has one of some cells."""
    rows = getattr(columns, table)
    found = zip(rows.column("row")[first:], *(rows.column(cell)[first:] for cell in cells), strict=True)
    return {columns.owner(row) for row, *values in found if any(value is not None for value in values)}
