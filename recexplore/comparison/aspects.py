"""What can be equal or differ in the runs of one request, as data: one row an aspect, with the level that it belongs to.

Takes the frames of some runs, their choices under the numbers of the reference's, gives one value a run for each aspect;
runs agree in an aspect where their values are equal.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import numpy as np
import orjson
import pandas as pd

from recexplore.comparison.levels import Level
from recexplore.comparison.run_frames import RunFrames
from recexplore.comparison.seals import without_seals
from recexplore.model.exchange import Json
from recexplore.model.kinds import BESIDE_KINDS, CHOICE_TEXTS, JOINED_KINDS
from recexplore.read.registry import known

__all__ = ["ASPECTS", "Aspect", "canonical_json", "digest_per_run"]

Values: TypeAlias = "pd.Series[Any]"
"""One hashable value a run, indexed by run; a run that is left out has none."""


@dataclass(frozen=True, slots=True)
class Aspect:
    """One thing in which runs agree or differ.

    Attributes
    ----------
    name, title
        What it is called, and in words.
    level
        Which level differs where it does.
    values
        Gives each run's value.
    of_streams
        Whether only streams have it: an answer that came whole says nothing about chunks.
    """

    name: str
    title: str
    level: Level
    values: Callable[[RunFrames], Values]
    of_streams: bool = False


def canonical_json(text: str) -> str:
    """JSON in one spelling; a text that is none as it is."""
    try:
        return orjson.dumps(orjson.loads(text), option=orjson.OPT_SORT_KEYS).decode()
    except (orjson.JSONDecodeError, orjson.JSONEncodeError):
        return text


def digest_per_run(frame: pd.DataFrame, columns: Sequence[str]) -> Values:
    """A digest of each run's rows in some columns, in their order."""
    if frame.empty:
        return pd.Series(dtype=object)
    texts = frame[list(columns)].astype("str").fillna("\0")
    hashes = pd.util.hash_pandas_object(texts, index=False).to_numpy()
    runs = frame["run"].to_numpy()
    starts = np.flatnonzero(np.append(True, runs[1:] != runs[:-1]))
    digests = [hashlib.blake2b(rows.tobytes(), digest_size=16).hexdigest() for rows in np.split(hashes, starts[1:])]
    return pd.Series(digests, index=runs[starts], dtype=object)


def _column(name: str) -> Callable[[RunFrames], Values]:
    def values(frames: RunFrames) -> Values:
        return frames.recordings.set_index("run")[name].astype(object)

    return values


def _of_choices(*columns: str) -> Callable[[RunFrames], Values]:
    """What each choice has in some columns; a choice that has nothing there is left out."""

    def values(frames: RunFrames) -> Values:
        choices = frames.choices.sort_values(["run", "choice"], kind="stable")
        has_any = (choices[list(columns)].fillna("") != "").any(axis=1) if columns else slice(None)
        return digest_per_run(choices[has_any], ["choice", *columns])

    return values


def _finish(frames: RunFrames) -> Values:
    """Why each choice ended; that one did not end is a difference, too."""
    return digest_per_run(frames.choices.sort_values(["run", "choice"], kind="stable"), ["choice", "finish_reason"])


def _calls(arguments: Callable[[str], str] | None) -> Callable[[RunFrames], Values]:
    """Tool calls by choice, number and name, with their arguments in a spelling; None: as they were sent."""

    def values(frames: RunFrames) -> Values:
        calls = frames.tool_calls.sort_values(["run", "choice", "tool_index"], kind="stable")
        given = calls["arguments"].fillna("")
        calls = calls.assign(arguments=given if arguments is None else given.map(arguments))
        return digest_per_run(calls, ["choice", "name", "type", "arguments"])

    return values


def _which_texts(frames: RunFrames) -> Values:
    """Which kinds of text each choice has."""
    kinds = frames.choices.assign(**{name: frames.choices[f"{name}_chars"] > 0 for name in CHOICE_TEXTS})
    return digest_per_run(kinds.sort_values(["run", "choice"], kind="stable"), ["choice", *CHOICE_TEXTS])


def _events(*columns: str, kinds: Sequence[str] | None = None) -> Callable[[RunFrames], Values]:
    def values(frames: RunFrames) -> Values:
        events = frames.events
        return digest_per_run(events if kinds is None else events[events["kind"].isin(kinds)], columns)

    return values


_MADE_UP: Final = re.compile(r"(?=[A-Za-z]*\d)[A-Za-z0-9]{10,}")
"""No model, tool or file is called so by a person."""


def _beside(frames: RunFrames) -> Values:
    """What is neither text nor a call, without what is made up anew every time: ids, and what is sealed."""
    fields = known().request
    ids = frozenset(fields.conversation_ids)

    def stable(text: str) -> str:
        try:
            return repr(_without_ids(without_seals(orjson.loads(text), fields), ids))
        except orjson.JSONDecodeError:
            return text

    events = frames.events[frames.events["kind"].isin(BESIDE_KINDS)].sort_values(["run", "choice"], kind="stable")
    return digest_per_run(events.assign(text=events["text"].fillna("").map(stable)), ["choice", "kind", "text"])


def _without_ids(value: Json, names: frozenset[str]) -> Json:
    """With keys in their order, without ids that were made up."""
    if isinstance(value, dict):
        return {
            key: _without_ids(value[key], names)
            for key in sorted(value)
            if not (key in names and isinstance(value[key], str) and _MADE_UP.search(value[key]))
        }
    return [_without_ids(each, names) for each in value] if isinstance(value, list) else value


def _roles(frames: RunFrames) -> Values:
    """Which roles each choice was given, whenever they came."""
    roles = frames.events[frames.events["kind"] == "role"]
    return digest_per_run(roles.sort_values(["run", "choice"], kind="stable"), ["choice", "text"])


def _cuts(frames: RunFrames) -> Values:
    """The pieces of each choice's texts, whenever they came."""
    pieces = frames.events[frames.events["kind"].isin(JOINED_KINDS)]
    return digest_per_run(
        pieces.sort_values(["run", "choice"], kind="stable"), ["choice", "kind", "tool_index", "text"]
    )


def _order_of_choices(frames: RunFrames) -> Values:
    """Which choice each chunk is about; how long the text is that one sends before the other does not count."""
    events = frames.events.dropna(subset=["choice"])
    same = (events["run"] == events["run"].shift()) & (events["choice"] == events["choice"].shift())
    return digest_per_run(events[~same], ["choice"])


def _numbers_of_choices(frames: RunFrames) -> Values:
    changed = frames.choices["choice"] != frames.choices["own_choice"]
    return digest_per_run(
        frames.choices[changed].sort_values(["run", "choice"], kind="stable"), ["choice", "own_choice"]
    )


def _usage(frames: RunFrames) -> Values:
    """The last report of each run."""
    counts = ["prompt", "completion", "total", "cached", "reasoning"]
    return digest_per_run(frames.usage.groupby("run").tail(1), counts)


def _times(frames: RunFrames) -> Values:
    """Of the chunks whose time was recorded."""
    return digest_per_run(frames.chunks[frames.chunks["t_s"].notna()], ["t_s"])


def _ids(frames: RunFrames) -> Values:
    return digest_per_run(frames.chunks, ["id", "item_id", "created", "fingerprint", "obfuscation"])


ASPECTS: Final[tuple[Aspect, ...]] = (
    Aspect("error", "error", "structure", lambda frames: frames.recordings.set_index("run")["error"].notna()),
    Aspect("choices", "number of choices", "structure", _of_choices()),
    Aspect("finish", "finish reason", "structure", _finish),
    Aspect("tool-calls", "tool calls, by name and JSON", "structure", _calls(canonical_json)),
    Aspect("kinds-of-text", "kinds of text", "structure", _which_texts),
    Aspect("content", "content", "text", _of_choices("content")),
    Aspect("reasoning", "reasoning", "text", _of_choices("reasoning")),
    Aspect("refusal", "words of the refusal", "text", _of_choices("refusal")),
    Aspect("arguments", "tool arguments as they were written", "text", _calls(None)),
    Aspect("beside", "what is no text: citations, annotations, bodies", "text", _beside),
    Aspect("error-text", "words of the error", "text", _column("error")),
    Aspect("usage", "usage", "wire", _usage),
    Aspect("model", "model that answered", "wire", _column("model_served")),
    Aspect("numbers-of-choices", "numbers of the choices", "wire", _numbers_of_choices),
    Aspect("cuts", "where chunks are cut", "wire", _cuts, of_streams=True),
    Aspect("order-of-choices", "order of the choices", "wire", _order_of_choices, of_streams=True),
    Aspect("roles", "roles", "wire", _roles, of_streams=True),
    Aspect("filters", "content filters", "wire", _events("choice", "text", kinds=["filter"]), of_streams=True),
    Aspect("chunks", "number of chunks", "wire", _column("n_chunks"), of_streams=True),
    Aspect("framing", "framing of the wire", "wire", _column("wire_format"), of_streams=True),
    Aspect("logprobs", "log probabilities", "incidental", _events("text", kinds=["logprobs"])),
    Aspect("ids", "ids, fingerprints and times of creation", "incidental", _ids),
    Aspect("times", "arrival times", "incidental", _times),
)
"""In the order in which they are told."""
