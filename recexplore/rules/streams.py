"""The frames as rules look at them: recordings by position, choices by one number, what several rules need made once.

Takes the public frames, gives them with integer keys beside their names: comparing and grouping then costs next to nothing.
Never changes what it was given.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property
from types import SimpleNamespace
from typing import Any, Final, TypeVar

import numpy as np
import orjson
import pandas as pd

from recexplore.analysis import timing
from recexplore.model.exchange import UNSEEN_ENDS
from recexplore.model.kinds import KINDS, PAYLOAD_KINDS
from recexplore.model.notes import Note, notes_in
from recexplore.model.schema import PHASES
from recexplore.model.traits import Trait
from recexplore.read.registry import Dialect, known
from recexplore.rules.finding import RecordingLabel, labels_of
from recexplore.rules.json_texts import is_json
from recexplore.rules.request_identity import RequestIdentities, RequestIdentity
from recexplore.rules.stray_errors import stray_errors

__all__ = [
    "OLD_CALL",
    "Streams",
    "call_of",
    "extras_of",
    "grouped",
    "key_of",
    "object_in",
    "rows",
]

OLD_CALL: Final = "function_call"
"""Type of the predecessor of tool calls: one, unnumbered, without an id."""

_Made = TypeVar("_Made")

_BITS: Final = 21
"""A choice's number has fewer."""
_CALL_BITS: Final = 20
"""So has a tool call's."""
_FACTS: Final = [
    "dialect",
    "provider",
    "endpoint",
    "envelope",
    "streaming",
    "n_requested",
    "n_choices",
    "n_chunks",
    "error",
]


def key_of(of: Any, choice: Any) -> Any:
    """One number for a recording's choice."""
    return (of << _BITS) | choice


def call_of(frame: pd.DataFrame) -> pd.Series[Any]:
    """One number for a tool call."""
    number: pd.Series[Any] = frame["key"] * (1 << _CALL_BITS) + frame["tool_index"].fillna(0).astype("int64")
    return number


def rows(frame: pd.DataFrame) -> Iterator[Any]:
    """The rows as objects, a cell an attribute, their position as ``Index``."""
    if frame.empty:
        return
    # Not `itertuples`: it makes a class of the names, from text, for every frame.
    names = ["Index", *frame.columns]
    for cells in zip(frame.index, *(frame[name] for name in frame.columns), strict=True):
        yield SimpleNamespace(**dict(zip(names, cells, strict=True)))


def grouped(frame: pd.DataFrame, by: Any) -> Iterator[tuple[Any, pd.DataFrame]]:
    """The groups of a frame in the order in which they begin."""
    return iter(frame.groupby(by, sort=False))


def extras_of(chunks: pd.DataFrame) -> list[dict[str, Any]]:
    """What each chunk carries that no column holds."""
    return [object_in(extra) if isinstance(extra, str) else {} for extra in chunks["extra"]]


def object_in(text: str) -> dict[str, Any]:
    """The object that a cell of JSON holds; an empty one where it holds something else, nested too deep to be written."""
    value = orjson.loads(text)
    return value if isinstance(value, dict) else {}


def _ordered(frame: pd.DataFrame, numbers: np.ndarray) -> tuple[pd.DataFrame, np.ndarray]:
    """Rows with the same number one behind the other, and the numbers, for `_rows_of`."""
    if (numbers[1:] >= numbers[:-1]).all():
        return frame, numbers
    order = np.argsort(numbers, kind="stable")
    return frame.take(order), numbers[order]


def _rows_of(frame: pd.DataFrame, numbers: np.ndarray, number: int) -> pd.DataFrame:
    low, high = np.searchsorted(numbers, [number, number + 1]).tolist()
    found: pd.DataFrame = frame.iloc[low:high]
    return found


class Streams:
    """Frames of one corpus.

    Attributes
    ----------
    recordings, requests
        As they are; a row's position is what the other frames call ``of``.
    chunks, events, choices, tool_calls, usage
        With ``of``; where there is a choice, ``key`` numbers recording and choice together, -1 where there is none.
    file_names
        ``recording`` and what the recorder's own hash of its request says, for the one rule that needs it; None unless it
        was asked for.
    identities
        Reads what was asked in some recordings, for rules that look at several runs of one request; None where a recording
        is looked at alone.
    """

    def __init__(
        self,
        frames: Mapping[str, pd.DataFrame],
        file_names: pd.DataFrame | None = None,
        identities: RequestIdentities | None = None,
    ) -> None:
        self._frames = frames
        self.identities = identities
        self._made: dict[Any, Any] = {}
        self.recordings = frames["recordings"].reset_index(drop=True)
        self.requests = frames["requests"].reset_index(drop=True)
        self.file_names = file_names
        self._traits: dict[Trait, np.ndarray] = {}
        self._of_kinds: dict[tuple[str, ...], pd.DataFrame] = {}
        self._positions = pd.Index(self.recordings["recording"])

    def alone(self, of: int) -> Streams:
        """The same of one recording."""
        recording = self.ids[of]
        frames = {
            name: frame[frame["recording"] == recording] if "recording" in frame else frame
            for name, frame in self._frames.items()
        }
        names = self.file_names
        return Streams(frames, None if names is None else names[names["recording"] == recording])

    @cached_property
    def ids(self) -> list[str]:
        """The short id of each recording."""
        return list(self.recordings["recording"])

    def asked(self, of: Iterable[int]) -> dict[int, RequestIdentity]:
        """What the requests of some recordings are the same in, by position; without those of which it is not known."""
        if self.identities is None:
            return {}
        names = {each: self.ids[each] for each in of}
        known_ones = self.identities(list(names.values()))
        return {each: known_ones[name] for each, name in names.items() if name in known_ones}

    def once(self, make: Callable[[Streams], _Made]) -> _Made:
        """What a function makes of the streams: made once, for several rules look at it."""
        if make not in self._made:
            self._made[make] = make(self)
        made: _Made = self._made[make]
        return made

    @cached_property
    def labels(self) -> tuple[RecordingLabel, ...]:
        """What reports call each recording."""
        return labels_of(self.recordings)

    def fits(self, traits: Iterable[Trait]) -> np.ndarray:
        """For each recording, whether all of some traits hold for it; they do where none is named."""
        fits = np.ones(len(self.recordings), dtype=bool)
        for trait in traits:
            fits &= self._holds(trait)
        return fits

    @cached_property
    def chunks(self) -> pd.DataFrame:
        return self._numbered("chunks")

    @cached_property
    def _first_chunk_rows(self) -> np.ndarray:
        """The row of each recording's first chunk."""
        n = np.bincount(self.chunks["of"].to_numpy(), minlength=len(self.recordings))
        first: np.ndarray = np.cumsum(n) - n
        return first

    def chunk_rows(self, events: pd.DataFrame) -> np.ndarray:
        """The position among the chunks of the one that brought each event."""
        found: np.ndarray = self._first_chunk_rows[events["of"].to_numpy()] + events["chunk"].to_numpy(dtype=np.int64)
        return found

    @cached_property
    def events(self) -> pd.DataFrame:
        return self._numbered("events").drop(columns=["recording", "phase", "t_s", "end"])

    @cached_property
    def choices(self) -> pd.DataFrame:
        return self._numbered("choices")

    @cached_property
    def tool_calls(self) -> pd.DataFrame:
        return self._numbered("tool_calls")

    @cached_property
    def usage(self) -> pd.DataFrame:
        return self._numbered("usage")

    @cached_property
    def answers(self) -> pd.DataFrame:
        """The choices with what their finish means, what is known of their recordings, and what was asked; by ``key``."""
        facts = self.recordings[_FACTS].add_prefix("").rename(columns={"n_choices": "n_answers"})
        asked = self.requests.drop(columns="recording").rename(
            columns={"logprobs": "asked_logprobs", "reasoning": "asked_reasoning"}
        )
        own = self.choices.set_index("key", drop=False)
        beside = pd.concat([facts, asked], axis=1).take(own["of"].to_numpy()).set_axis(own.index)
        return pd.concat([own, beside], axis=1).assign(meaning=self._meanings(own))

    @cached_property
    def _by_kind(self) -> dict[str, np.ndarray]:
        codes = self.events["kind"].cat.codes.to_numpy()
        return {kind: np.flatnonzero(codes == code) for code, kind in enumerate(KINDS)}

    def frame(self, name: str) -> pd.DataFrame:
        """A public frame as it was given."""
        return self._frames[name]

    def has_kind(self, *kinds: str) -> bool:
        """Whether there is an event of one of these kinds."""
        return any(len(self._by_kind[kind]) for kind in kinds)

    def of_kind(self, *kinds: str) -> pd.DataFrame:
        """The events of these kinds, in the order of the wire."""
        if kinds not in self._of_kinds:
            rows = [self._by_kind[kind] for kind in kinds]
            self._of_kinds[kinds] = self.events.take(rows[0] if len(rows) == 1 else np.sort(np.concatenate(rows)))
        return self._of_kinds[kinds]

    @cached_property
    def payload(self) -> pd.DataFrame:
        """The events that bring a part of an answer: text, or the name of a tool; with the length of the text, ``chars``."""
        found = self.of_kind(*PAYLOAD_KINDS)
        chars = found["text"].str.len().fillna(0).astype("int64")
        found = found.assign(chars=chars)
        return found[(found["key"] >= 0) & ((chars > 0) | found["tool_name"].notna())]

    @cached_property
    def finishes(self) -> pd.DataFrame:
        """The finish events that belong to a choice, with what their reason means, ``meaning``."""
        found = self.of_kind("finish")
        found = found[found["key"] >= 0]
        return found.assign(meaning=self._meanings(found))

    def noted(self, note: Note) -> pd.DataFrame:
        """The events of a choice with a note."""
        noted = self._noted
        return noted[noted["notes"].isin([cell for cell in noted["notes"].unique() if note in notes_in(cell)])]

    @cached_property
    def _noted(self) -> pd.DataFrame:
        events = self.events
        return events[events["notes"].notna() & (events["key"] >= 0)]

    @cached_property
    def not_json(self) -> pd.DataFrame:
        """The answers that had to be JSON and are not."""
        asked = self.asked_json
        return asked if asked.empty else asked[np.array([not is_json(text) for text in asked["content"]], dtype=bool)]

    @cached_property
    def asked_json(self) -> pd.DataFrame:
        """The answers that had to be JSON, and finished with text, without a tool call or a refusal."""
        answers = self.answers
        is_asked = answers["response_format"].isin(["json_object", "json_schema"]).to_numpy()
        if not is_asked.any():
            return answers.head(0)
        says_text = (answers["content_chars"] > 0) & (answers["refusal_chars"] == 0) & answers["finish_reason"].notna()
        asked = answers[is_asked & says_text.to_numpy(dtype=bool) & ~answers["key"].isin(self.tool_calls["key"])]
        # Of several messages of a response the last one is the answer.
        last = {
            key: self._last_message(key) for key in asked.loc[self.has(asked["of"], Trait.LAST_MESSAGE_ANSWERS), "key"]
        }
        return asked.assign(
            content=[last.get(key, text) for key, text in zip(asked["key"], asked["content"], strict=True)]
        )

    def _last_message(self, key: int) -> str:
        mine = self.payload[(self.payload["key"] == key) & (self.payload["kind"] == "content")]
        return "".join(mine.loc[mine["block"].fillna(0) == mine["block"].fillna(0).max(), "text"])

    @cached_property
    def pace(self) -> pd.DataFrame:
        """The stalls and bursts (`recexplore.analysis.timing.marks`) of the streams with a clock."""
        timed = self.recordings.loc[self.has_clock & self.streamed, "recording"]
        chunks, events = (frame[frame["recording"].isin(timed)] for frame in map(self.frame, ("chunks", "events")))
        return timing.marks(chunks, events) if len(timed) else pd.DataFrame({"mark": []})

    @cached_property
    def tags(self) -> pd.DataFrame:
        """The events of tags, and whether each begins one: a tag that chunks cut has several."""
        tags = self.of_kind("tag")
        tags = tags[tags["key"] >= 0]
        return tags.assign(begins=tags["text"].str.startswith(("<", "[")).to_numpy(dtype=bool))

    @cached_property
    def deltas(self) -> pd.DataFrame:
        """The deltas of text of streams, a choice's content and its reasoning each behind the other.

        ``lane`` numbers them together, ``before`` is the text of the delta before; ``follows`` says that it is of the same
        lane.
        """
        payload = self.payload
        found = payload[payload["kind"].isin(PHASES) & self.streamed[payload["of"]]]
        found = found[["of", "key", "chunk", "choice", "kind", "block", "text", "chars", "tool_index", "start"]]
        lane = found["key"].to_numpy() * len(KINDS) + found["kind"].cat.codes.to_numpy()
        order = np.argsort(lane, kind="stable")
        found, lane = found.iloc[order].reset_index(drop=True), lane[order]
        follows = np.zeros(len(found), dtype=bool)
        follows[1:] = lane[1:] == lane[:-1]
        return found.assign(lane=lane, before=found["text"].shift(), follows=follows)

    def spoken(self, key: int, *kinds: str) -> pd.DataFrame:
        """The payload of a choice that is of these kinds, in the order of its joined text."""
        mine = self.payload_of(key)
        return mine[mine["kind"].isin(kinds).to_numpy(dtype=bool)]

    def payload_of(self, key: int) -> pd.DataFrame:
        """The payload of a choice, in the order of the wire."""
        return _rows_of(*self._payload_by_key, key)

    def fragments(self, call: Any) -> pd.DataFrame:
        """The fragments of a tool call, a row of `tool_calls`, in the order of its arguments."""
        return _rows_of(*self._fragments_by_call, (call.key << _CALL_BITS) + call.tool_index)

    @cached_property
    def _payload_by_key(self) -> tuple[pd.DataFrame, np.ndarray]:
        return _ordered(self.payload, self.payload["key"].to_numpy())

    @cached_property
    def _fragments_by_call(self) -> tuple[pd.DataFrame, np.ndarray]:
        every = self.of_kind("tool_call")
        every = every[every["tool_index"].notna()]
        every = every.assign(chars=every["text"].str.len().fillna(0).astype("int64"))
        return _ordered(every, call_of(every).to_numpy())

    @cached_property
    def own_calls(self) -> pd.DataFrame:
        """The calls of functions that the client runs; a provider's own tools and custom tools take what they like."""
        calls = self.tool_calls
        own: pd.DataFrame = calls[calls["type"].isna() | (calls["type"] == OLD_CALL)]
        return own

    @cached_property
    def miscounted(self) -> np.ndarray:
        """Recordings in which the number of the choice rises with the chunks, as if each were an answer of its own."""
        facts = self.recordings
        wanted = facts["n_requested"].fillna(1).to_numpy(dtype=np.int64)
        n = facts["n_choices"].to_numpy()
        rises = self.streamed & (n > np.maximum(3, wanted)) & (n * 2 > facts["n_chunks"].to_numpy())
        return np.flatnonzero(rises)

    def chunks_of_streams(self, trait: Trait) -> Iterator[tuple[int, pd.DataFrame]]:
        """The chunks of each stream for which a trait holds."""
        of = self.chunks["of"]
        return grouped(self.chunks[self.streamed[of] & self.has(of, trait)], "of")

    @cached_property
    def damaged(self) -> np.ndarray:
        """Recordings whose file breaks off or is damaged."""
        return np.asarray(self.chunks.loc[self.chunks["damage"].notna(), "of"].unique())

    @cached_property
    def is_open_ended(self) -> np.ndarray:
        """Of each recording, whether nobody knows what more would have come: its client left, or it is still coming."""
        return np.asarray(self.recordings["ended"].isin(UNSEEN_ENDS))

    @cached_property
    def has_clock(self) -> np.ndarray:
        """Of each recording, whether somebody stamped its chunks."""
        return np.asarray(self.recordings["clock"] != "none")

    @cached_property
    def stray_errors(self) -> pd.DataFrame:
        """The first error of each recording that stands beside its events (`recexplore.rules.stray_errors`)."""
        return stray_errors(self.chunks, self.of_kind("unknown"))

    @cached_property
    def unfinished(self) -> np.ndarray:
        """Recordings in which some choice never finishes, or that are damaged: what is missing may have been cut off."""
        lost = self.choices.loc[~self.choices["key"].isin(self.finishes["key"]), "of"].unique()
        return np.union1d(lost, self.damaged)

    @cached_property
    def first_finish(self) -> pd.DataFrame:
        """The first finish of each choice, indexed by ``key``."""
        return self.finishes.drop_duplicates("key").set_index("key")

    @cached_property
    def after_finish(self) -> np.ndarray:
        """For each row of `payload`, how many chunks it comes after the finish of its choice; NaN where there is none."""
        end = self.first_finish["chunk"].reindex(self.payload["key"]).to_numpy(dtype=float)
        ahead: np.ndarray = self.payload["chunk"].to_numpy() - end
        return ahead

    @cached_property
    def streamed(self) -> np.ndarray:
        """Whether each recording is a stream."""
        return self.recordings["streaming"].fillna(False).to_numpy(dtype=bool)

    @cached_property
    def dialects(self) -> list[Dialect]:
        """The dialect of each recording."""
        return [known().named(name) for name in self.recordings["dialect"]]

    def has(self, of: Any, trait: Trait) -> np.ndarray:
        """Whether a trait holds for the recordings at these positions."""
        holds: np.ndarray = self._holds(trait)[np.asarray(of)]
        return holds

    def _holds(self, trait: Trait) -> np.ndarray:
        """For each recording, whether a trait holds: by its dialect, and by who speaks it there."""
        if trait not in self._traits:
            declared = {dialect: trait in dialect.traits for dialect in set(self.dialects)}
            holds = np.array([declared[dialect] for dialect in self.dialects], dtype=bool)
            for dialect in declared:
                for variant in dialect.variants:
                    if trait in variant.has | variant.lacks:
                        mine = np.array([each is dialect for each in self.dialects], dtype=bool)
                        named = [any(name in text for name in variant.names) for text in self._speakers]
                        holds[mine & np.array(named, dtype=bool)] = trait in variant.has
            self._traits[trait] = holds
        return self._traits[trait]

    @cached_property
    def _speakers(self) -> list[str]:
        """Provider, models and URL of each recording, by which variants of a dialect are known."""
        names = ("provider", "model_served", "model_requested", "url")
        facts = (self.recordings[name].fillna("").tolist() for name in names)
        return [" ".join(each).lower() for each in zip(*facts, strict=True)]

    def _meanings(self, finished: pd.DataFrame) -> np.ndarray:
        """What the finish reason of each row means; None where nobody knows, or none came."""
        names = self.recordings["dialect"].to_numpy(dtype=object)[finished["of"].to_numpy()]
        pairs = list(zip(names, finished["finish_reason"], strict=True))
        meanings = {pair: known().finish_meaning(*pair) for pair in set(pairs) if isinstance(pair[1], str)}
        return np.array([meanings.get(pair) for pair in pairs], dtype=object)

    def _numbered(self, name: str) -> pd.DataFrame:
        frame = self._frames[name]
        of = self._ordinals(frame["recording"])
        found = frame.assign(of=of)
        if "choice" in frame:
            choice = frame["choice"].fillna(-1).to_numpy(dtype=np.int64)
            found["key"] = np.where(choice >= 0, key_of(of, choice), -1)
        return found.reset_index(drop=True)

    def _ordinals(self, recording: pd.Series[str]) -> np.ndarray:
        """Frames keep a recording's rows together: only the first of each run is looked up."""
        if recording.empty:
            return np.empty(0, dtype=np.int64)
        is_first = (recording != recording.shift()).to_numpy(dtype=bool)
        first = np.flatnonzero(is_first)
        of: np.ndarray = self._positions.get_indexer(recording.take(first))
        return np.repeat(of, np.diff(first, append=len(recording)))
