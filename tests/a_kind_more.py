"""What the package makes of a kind that is a row of the table and nothing else: printed as JSON.

Run by ``test_kinds`` in a process of its own, with a folder of recordings: the table is read when modules are imported.
"""

from __future__ import annotations

import importlib.util
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

ROW = """Kind(
        "poem", "What rhymes.", PINK, letter="c", look="prose", legend=10, joined_in="choices", is_text=True, is_output=True,
        is_sized=True,
    ),
    """
BEFORE = 'Kind("tag",'


def add_row() -> None:
    """Put the row into the table before anybody has read it."""
    spec = importlib.util.find_spec("recexplore.model.kinds")
    assert spec is not None
    assert spec.origin is not None
    source = Path(spec.origin).read_text(encoding="utf-8")
    assert source.count(BEFORE) == 1
    module = sys.modules[spec.name] = ModuleType(spec.name)
    exec(compile(source.replace(BEFORE, ROW + BEFORE), spec.origin, "exec"), module.__dict__)


def main(where: str) -> dict[str, Any]:
    from rich.console import Console

    import recexplore
    from recexplore.analysis import interleaving, shares, usage
    from recexplore.model import plugins
    from recexplore.read.extract import emit
    from recexplore.read.extract.dialect import Dialect
    from recexplore.tables.builders import Columns
    from recexplore.views.explorer.stream_view import stream_view
    from recexplore.views.terminal.recordings import shown
    from recexplore.views.text.facts import flow_of

    def extract(chunks: Sequence[Any], rows: Sequence[int], columns: Columns) -> None:
        for row, chunk in zip(rows, chunks, strict=True):
            emit.chunk(columns, row, n_choices=1)
            emit.event(columns, "poem", row, chunk["poem"])

    poet = Dialect("poet", "poems", lambda exchange: 1.0, extract)
    plugins.installed = lambda group: (poet,) if group == "recexplore.dialects" else ()
    one = next(iter(recexplore.load(where, progress=False)))
    console = Console(width=100)
    with console.capture() as printed:
        console.print(shown(one))
    texts = one.events.astype("object").map(str)
    trace = recexplore.figures.interleaving(one).data[0]
    return {
        "kinds": texts["kind"].tolist(),
        "text": one.text(0),
        "choice": one.choices[["poem", "poem_chars"]].map(str).iloc[0].tolist(),
        "places": texts[["start", "end"]].to_numpy().tolist(),
        "shares": shares.per_chunk(one.events)[["kind", "chars"]].astype("object").map(str).to_numpy().tolist(),
        "text deltas": str(usage.observed(one.choices, one.events)["n_text_events"].iloc[0]),
        "picture": interleaving.thumbnails(one.events)["lane"].tolist(),
        "fact": flow_of(one)[0],
        "rules that failed": sorted(one.corpus.findings.attrs.get("failed", {})),
        "drawn": [trace.name, trace.marker.color],
        "terminal": "[poem] roses are red, so" in printed.get(),
        "page": b"roses are red, so" in stream_view(one)[1],
    }


if __name__ == "__main__":
    add_row()
    print(json.dumps(main(sys.argv[1])))
