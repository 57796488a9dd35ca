"""One recording's stream as columns for the browser.

Takes a `Recording`, gives facts as plain values and one buffer a column, little-endian: events and chunk shares in wire
order. Text travels as one UTF-8 buffer with the length of each event's part, counted as JavaScript counts (UTF-16 units).
"""

from __future__ import annotations

from typing import Any, Final, Literal, TypeAlias, TypedDict

import numpy as np
import pandas as pd

from recexplore.analysis import shares
from recexplore.corpus import Recording
from recexplore.model.kinds import KINDS, TABLE, kind_code
from recexplore.views.explorer.assembled_texts import text_numbers
from recexplore.views.explorer.vocabulary import legend_code
from recexplore.views.text.asides import clipped

__all__ = ["ColumnType", "StreamChoice", "StreamView", "stream_view"]

_SHOWN_KINDS: Final = tuple(kind.name for kind in TABLE if kind.look != "none")
_LEGEND_CODES: Final = np.array([*map(legend_code, KINDS), legend_code(None)], dtype="u1")
"""By the code of a kind, that of a missing one (-1) last."""
_ALL: Final = -1

ColumnType: TypeAlias = Literal["int32", "uint8", "uint32", "float32", "float64", "utf8"]


class StreamChoice(TypedDict):
    """A choice, why it ended and in which chunk."""

    choice: int
    name: str
    role: str | None
    finish: str | None
    finish_chunk: int


class StreamView(TypedDict):
    """Facts of a stream.

    ``lanes`` has the choice of each; ``tool_names`` and ``finishes`` are pairs of event and text, only where there is one;
    ``columns`` are pairs of name and type, in the order of the buffers.
    """

    id: str
    n_chunks: int
    clock: str
    choices: list[StreamChoice]
    lanes: list[int]
    tool_names: list[tuple[int, str]]
    finishes: list[tuple[int, str]]
    columns: list[tuple[str, ColumnType]]


def stream_view(recording: Recording) -> tuple[StreamView, list[bytes]]:
    """Facts of the stream, and its columns.

    Returns
    -------
    StreamView
    list of bytes
        Of events ``chunk``, ``choice`` (-1 where one concerns all), ``kind`` (code), ``length`` (of its text), ``joined``
        (the number of the assembled text that it is a part of, -1 where of none); of chunks ``t_s`` (NaN where missing); of
        chunk shares ``share_chunk``, ``share_lane``, ``share_kind`` (place in the vocabulary's ``legend``),
        ``share_height``, ``share_is_finish``; of reports of completion tokens ``report_chunk``, ``report_choice``,
        ``report_completion``; ``text``.
    """
    events = recording.derive(_columns, "events")
    parts = recording.derive(shares.per_chunk, "events")
    lanes = parts.drop_duplicates("lane").sort_values("lane")["choice"]
    texts = events["text"].tolist()
    reports = recording.derive(_reports, "usage")
    columns: dict[str, tuple[ColumnType, bytes]] = {
        "chunk": ("int32", events["chunk"].to_numpy("<i4").tobytes()),
        "choice": ("int32", events["choice"].to_numpy("<i4").tobytes()),
        "kind": ("uint8", events["kind"].to_numpy("u1").tobytes()),
        "length": ("uint32", np.fromiter(map(_utf16_length, texts), "<u4", len(texts)).tobytes()),
        "joined": ("int32", events["joined"].to_numpy("<i4").tobytes()),
        "t_s": ("float64", recording.chunks["t_s"].to_numpy("<f8").tobytes()),
        "share_chunk": ("int32", parts["chunk"].to_numpy("<i4").tobytes()),
        "share_lane": ("int32", parts["lane"].to_numpy("<i4").tobytes()),
        "share_kind": ("uint8", _LEGEND_CODES[parts["kind"].cat.codes].tobytes()),
        "share_height": ("float32", parts["height"].to_numpy("<f4").tobytes()),
        "share_is_finish": ("uint8", parts["is_finish"].to_numpy("u1").tobytes()),
        "report_chunk": ("int32", reports["chunk"].to_numpy("<i4").tobytes()),
        "report_choice": ("int32", reports["choice"].to_numpy("<i4").tobytes()),
        "report_completion": ("float64", reports["completion"].to_numpy("<f8").tobytes()),
        "text": ("utf8", "".join(texts).encode()),
    }
    facts: StreamView = {
        "id": recording.id,
        "n_chunks": int(recording.facts["n_chunks"]),
        "clock": recording.facts["clock"],
        "choices": _choices(recording, events),
        "lanes": lanes.fillna(_ALL).tolist(),
        "tool_names": _where_given(events["tool_name"]),
        "finishes": _where_given(events["finish_reason"]),
        "columns": [(name, kind) for name, (kind, _) in columns.items()],
    }
    return facts, [buffer for _, buffer in columns.values()]


def _columns(events: pd.DataFrame) -> pd.DataFrame:
    """What travels of each event: numbers where it has codes, and texts only where they are shown."""
    is_finish = events["kind"] == "finish"
    # Some servers repeat the name on every fragment.
    is_repeated = events.duplicated(["recording", "choice", "tool_index", "tool_name"])
    return pd.DataFrame(
        {
            "recording": events["recording"],
            "chunk": events["chunk"].astype("int32"),
            "choice": events["choice"].fillna(_ALL).astype("int32"),
            "kind": events["kind"].cat.codes.astype("uint8"),
            "text": clipped(events).where(events["kind"].isin(_SHOWN_KINDS), "").fillna(""),
            "joined": text_numbers(events),
            "tool_name": events["tool_name"].mask(is_repeated),
            "finish_reason": events["finish_reason"].where(is_finish),
        }
    )


def _reports(usage: pd.DataFrame) -> pd.DataFrame:
    """The reports of completion tokens."""
    reports = usage.loc[usage["completion"].notna(), ["recording", "chunk", "choice", "completion"]]
    reports["choice"] = reports["choice"].fillna(_ALL)
    place = reports.groupby("recording", sort=False).ngroup()
    return reports.assign(place=place).sort_values(["place", "chunk"], kind="stable")


def _choices(recording: Recording, events: pd.DataFrame) -> list[StreamChoice]:
    choices = recording.choices
    ends = events.loc[events["kind"] == kind_code("finish"), ["choice", "chunk"]]
    finish = dict(zip(ends["choice"].tolist(), ends["chunk"].tolist(), strict=True))
    return [
        {
            "choice": int(choice),
            "name": f"choice {choice}",
            "role": role if isinstance(role, str) else None,
            "finish": reason if isinstance(reason, str) else None,
            "finish_chunk": int(finish.get(choice, last)),
        }
        for choice, role, reason, last in zip(
            choices["choice"], choices["role"], choices["finish_reason"], choices["last_chunk"], strict=True
        )
    ]


def _where_given(values: pd.Series[Any]) -> list[tuple[int, str]]:
    places = np.flatnonzero(values.notna())
    return list(zip(places.tolist(), values.iloc[places].tolist(), strict=True))


def _utf16_length(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2
