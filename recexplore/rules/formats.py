"""Rules about the format of an answer: that it is the one that was asked for, streamed or whole, and one that is known."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

import pandas as pd

from recexplore.model.counts import count
from recexplore.model.severities import Severity
from recexplore.model.traits import Trait
from recexplore.read.registry import known
from recexplore.rules.json_texts import is_json
from recexplore.rules.quoting import listed, quoted
from recexplore.rules.rule import Hit, Rule
from recexplore.rules.streams import Streams, rows

__all__ = ["RULES"]

_UNKNOWN: Final = "unknown"
_PREFIX: Final = re.compile(r"(?:/(?:v\d\w*|api|openai|inference|deployments/[^/]+|engines/[^/]+))*")
"""What may stand in front of the path of an endpoint; anything else is a gateway's, whose paths are its own."""


def _dialect_mismatch(streams: Streams) -> Iterator[Hit]:
    recordings = streams.recordings
    answered = recordings[(recordings["n_choices"] > 0).to_numpy() & recordings["error"].isna().to_numpy()]
    answered = answered[streams.has(answered.index, Trait.PATH_TELLS_FORMAT)]
    facts = answered[["endpoint", "dialect"]].assign(asked=streams.requests["input_fields"].reindex(answered.index))
    odd = {row: _mismatch(*row) for row in facts.drop_duplicates().itertuples(index=False, name=None)}
    if not any(odd.values()):
        return
    kinds = streams.chunks[["of", "object"]].groupby("of")["object"].first()
    for of, *row in facts.itertuples(name=None):
        if (mismatch := odd.get(tuple(row))) is not None:
            kind = kinds.get(of)
            evidence = f"object {quoted(kind)}" if isinstance(kind, str) else f"endpoint {row[0]}"
            yield Hit(int(of), mismatch.message, chunk=0, evidence=evidence, severity=mismatch.severity)


class _Mismatch(NamedTuple):
    message: str
    severity: Severity


def _mismatch(endpoint: Any, dialect: str, asked: Any) -> _Mismatch | None:
    """What speaks against the format of an answer: what the request holds, or only the path, which may be a label."""
    answering = known().named(dialect)
    fields = asked.split(" ") if isinstance(asked, str) else []
    of_path = _titles_of(endpoint) if isinstance(endpoint, str) else set()
    asked_for = [] if set(fields) & set(answering.request.messages) else _asked_for(fields)
    if asked_for:
        what = listed(f"`{field}`" for field in fields)
        message = (
            f"The request holds {what}, as for {listed(asked_for)}; the answer is in the format of {answering.title}."
        )
        return _Mismatch(message, "error" if of_path & set(asked_for) else "warning")
    if of_path and answering.title not in of_path:
        message = f"The recording names the endpoint {endpoint}; the answer is in the format of {answering.title}."
        return _Mismatch(message, "note")
    return None


def _asked_for(fields: list[str]) -> list[str]:
    """The APIs whose requests have such a field first of all, as far as they are told by their paths."""
    every = known().with_traits(Trait.PATH_TELLS_FORMAT)
    return [each.title for each in every if set(fields) & set(each.request.messages[:1])]


def _titles_of(endpoint: str) -> set[str]:
    """The APIs whose path this is, with nothing in front of it but versions and the like."""
    ends = {
        (end, each.title)
        for each in known().with_traits(Trait.PATH_TELLS_FORMAT)
        for end in each.endpoints
        if endpoint.endswith(end) and _PREFIX.fullmatch(endpoint.removesuffix(end))
    }
    longest = max((len(end) for end, _ in ends), default=0)
    return {title for end, title in ends if len(end) == longest}


def _unknown_format(streams: Streams) -> Iterator[Hit]:
    recordings = streams.recordings
    strange = streams.streamed & (recordings["dialect"] == _UNKNOWN).to_numpy() & recordings["error"].isna().to_numpy()
    strange &= (recordings["n_chunks"] > 0).to_numpy()
    if not strange.any():
        return
    events = streams.of_kind(_UNKNOWN)[["of", "text"]]
    events = events[strange[events["of"]] & events["text"].notna().to_numpy(dtype=bool)]
    # An object that is broken says nothing of the API: that it could not be read is told as that.
    broken = {
        of for of, text in zip(events["of"], events["text"], strict=True) if text[:1] == "{" and not is_json(text)
    }
    first = dict(zip(*(events.drop_duplicates("of")[name] for name in ("of", "text")), strict=True))
    for row in rows(recordings[strange & ~recordings.index.isin(broken)]):
        yield Hit(
            row.Index,
            f"No API is known that sends such chunks: {count(row.n_chunks, 'chunk')} came, none was understood, and nothing "
            "of this stream was judged.",
            chunk=0,
            last_chunk=row.n_chunks - 1,
            evidence=quoted(first[row.Index]) if row.Index in first else None,
        )


def _stream_mismatch(streams: Streams) -> Iterator[Hit]:
    facts = streams.recordings
    asked = streams.requests["stream"]
    is_other = (asked != facts["streaming"]).fillna(False).to_numpy(dtype=bool)
    odd = facts[is_other & facts["error"].isna().to_numpy() & (facts["n_choices"] > 0).to_numpy()]
    if odd.empty:
        return
    of_events = streams.has(odd.index, Trait.DONE_MARK) | streams.has(odd.index, Trait.NAMED_EVENTS)
    raw = set(streams.chunks.loc[streams.chunks["of"].isin(odd.index) & streams.chunks["bytes"].notna(), "of"])
    for row, is_of_events in zip(rows(odd), of_events, strict=True):
        if row.streaming and _is_stream(row):
            yield Hit(
                row.Index,
                f"The request says `stream: false`, and a stream of {count(row.n_chunks, 'chunk')} came where one JSON "
                "object was asked for; a client that reads the body as JSON raises.",
                evidence='"stream": false',
            )
        elif not row.streaming and is_of_events and row.n_chunks == 1 and row.Index in raw and pd.isna(row.wire_format):
            yield Hit(
                row.Index,
                "The request says `stream: true`, and the answer came whole, as one JSON object; a client that reads events "
                "finds none.",
                chunk=0,
                evidence='"stream": true',
            )


def _is_stream(recording: Any) -> bool:
    """Whether chunks came one by one. What a recorder parsed may have been taken apart before it was kept, unless it timed
    the chunks; a line of JSON may be a whole answer."""
    is_parsed = pd.isna(recording.wire_format)
    if is_parsed or recording.wire_format == "json-lines":
        return bool(recording.n_chunks > 1 and (not is_parsed or recording.clock == "measured"))
    return True


RULES: Final[tuple[Rule, ...]] = (
    Rule(
        "dialect-mismatch",
        "The answer has another API's format",
        "error",
        meaning="A typed client finds neither `text` nor whatever else that endpoint promises.",
        cause="The recorder or gateway sent the request on to another endpoint, or converted the answer twice.",
        remedy="Record it again against the endpoint that is meant.",
        legal="It is judged by what the request holds: `messages`, `prompt`, `input`; where the path is not that API's, "
        "it is a warning. A recorder's label, or a path, that alone says otherwise is a note; paths of gateways are their "
        "own.",
        find=_dialect_mismatch,
        needs=("request",),
    ),
    Rule(
        "stream-mismatch",
        "A stream came where none was asked for, or none where one was",
        "warning",
        meaning="Clients read a stream and a whole answer by different code, which raises, or finds nothing, where the "
        "other comes.",
        cause="The server or gateway ignores `stream`, always streams, or answers from a cache.",
        remedy="Honour `stream` at the gateway; record the answer again.",
        legal="A request that does not say: some APIs stream by default, others tell it by the path. Refusals and errors, "
        "which come whole. Recorders that kept parsed objects, which may have been joined or cut before. A stream of one "
        "line of JSON.",
        find=_stream_mismatch,
        needs=("request", "wire"),
        sources=("https://github.com/unslothai/unsloth/issues/6570",),
    ),
    Rule(
        "unknown-format",
        "A stream that nobody understands",
        "warning",
        meaning="It is neither read nor judged: that nothing was found says nothing.",
        cause="An API that has no dialect here, or a gateway that wraps the chunks of one that has.",
        remedy="Look at the raw chunks; add a dialect (docs/extending.md), or record in front of the gateway.",
        legal="Answers that are not streamed, errors, and chunks whose JSON is broken.",
        find=_unknown_format,
        traits=frozenset(),
    ),
)
