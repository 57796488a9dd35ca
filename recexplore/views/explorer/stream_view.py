"""One recording's stream as columns for the browser.

Takes a `Recording`, gives facts as plain values and one buffer a column, little-endian, events in wire order. Text travels
as one UTF-8 buffer with the length of each event's part, counted as JavaScript counts (UTF-16 units).
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import pandas as pd

from recexplore.corpus import Recording
from recexplore.model.kinds import KINDS, TABLE
from recexplore.views.text.asides import clipped

__all__ = ["stream_view"]

_SHOWN_KINDS: Final = tuple(kind.name for kind in TABLE if kind.look != "none")
_ALL: Final = -1


def stream_view(recording: Recording) -> tuple[dict[str, Any], list[bytes]]:
    """Facts of the stream, and its columns.

    Returns
    -------
    dict
        ``id``, ``n_chunks``, ``clock``, ``kinds`` (names by code), ``choices``, ``tool_names`` and ``finishes`` (pairs of
        event and text, only where there is one), ``columns`` (pairs of name and type, in the order of the buffers).
    list of bytes
        ``chunk``, ``choice`` (-1 where an event concerns all), ``kind`` (code), ``length`` (of the event's text), ``t_s``
        (one a chunk, NaN where missing), ``text``.
    """
    events = recording.events
    texts = clipped(events).where(events["kind"].isin(_SHOWN_KINDS), "").fillna("").tolist()
    columns: dict[str, tuple[str, bytes]] = {
        "chunk": ("int32", events["chunk"].to_numpy("<i4").tobytes()),
        "choice": ("int16", events["choice"].fillna(_ALL).clip(_ALL, 32767).to_numpy("<i2").tobytes()),
        "kind": ("uint8", events["kind"].cat.codes.to_numpy("u1").tobytes()),
        "length": ("uint32", np.fromiter(map(_utf16_length, texts), "<u4", len(texts)).tobytes()),
        "t_s": ("float64", recording.chunks["t_s"].to_numpy("<f8").tobytes()),
        "text": ("utf8", "".join(texts).encode()),
    }
    facts = {
        "id": recording.id,
        "n_chunks": int(recording.facts["n_chunks"]),
        "clock": recording.facts["clock"],
        "kinds": list(KINDS),
        "choices": _choices(recording),
        # Some servers repeat the name on every fragment.
        "tool_names": _where_given(events["tool_name"].mask(events.duplicated(["choice", "tool_index", "tool_name"]))),
        "finishes": _where_given(events["finish_reason"].where(events["kind"] == "finish")),
        "columns": [[name, kind] for name, (kind, _) in columns.items()],
    }
    return facts, [buffer for _, buffer in columns.values()]


def _choices(recording: Recording) -> list[dict[str, Any]]:
    choices, events = recording.choices, recording.events
    finish = events[events["kind"] == "finish"].groupby("choice")["chunk"].last()
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


def _where_given(values: pd.Series[Any]) -> list[list[Any]]:
    given = values[values.notna()]
    return [[int(at), text] for at, text in zip(given.index, given, strict=True)]


def _utf16_length(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2
