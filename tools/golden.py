"""Whether two versions of recexplore read, judge and draw the same: for a change that should alter nothing.

``golden.py make OUT PATH…`` loads each path and keeps every frame, the findings and (for folders of fewer than 100
recordings) the JSON of every figure in the file OUT; run it with the old version. ``golden.py compare OUT`` does the
same with the version at hand and says each difference: frame, column, how many rows and the first of them. Exits 1
where there is one. Columns that only one version has are named and otherwise passed over. The version is the one that
Python imports.
"""

from __future__ import annotations

import argparse
import pickle
import warnings
from pathlib import Path
from typing import Any

import pandas as pd

FRAMES = ("recordings", "requests", "chunks", "events", "choices", "tool_calls", "usage", "problems", "findings")
FIGURES = ("interleaving", "reasoning_split", "tokens", "timing")
MOST_DRAWN = 100


def snapshot(where: str) -> dict[str, Any]:
    """Frames by name, and figures as JSON by name and recording."""
    import recexplore

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        corpus = recexplore.load(where, progress=False)
        kept: dict[str, Any] = {name: getattr(corpus, name) for name in FRAMES}
        kept["failed rules"] = pd.DataFrame({"rule": sorted(map(str, corpus.findings.attrs.get("failed", ())))})
        if len(corpus.recordings) < MOST_DRAWN:
            for name in FIGURES:
                draw = getattr(recexplore.figures, name)
                kept[f"figure {name}"] = pd.DataFrame(
                    {recording: [draw(corpus[recording]).to_json()] for recording in corpus.recordings["recording"]}
                )
    return kept


def differences(old: pd.DataFrame, new: pd.DataFrame) -> list[str]:
    """Each difference of two frames in a line."""
    lines = [f"column {name} is gone" for name in old.columns if name not in new.columns]
    lines += [f"column {name} is new" for name in new.columns if name not in old.columns]
    if len(old) != len(new):
        return [*lines, f"{len(old)} rows, now {len(new)}"]
    for name in (name for name in old.columns if name in new.columns):
        before, after = old[name], new[name]
        if str(before.dtype) != str(after.dtype):
            lines.append(f"{name}: {before.dtype}, now {after.dtype}")
        if not before.equals(after):
            a, b = before.astype(object), after.astype(object)
            missing = a.isna() & b.isna()
            rows = [i for i in range(len(a)) if not missing[i] and (pd.isna(a[i]) or pd.isna(b[i]) or a[i] != b[i])]
            shown = "; ".join(f"row {row}: {str(a[row])[:120]!r}, now {str(b[row])[:120]!r}" for row in rows[:3])
            if rows:
                lines.append(f"{name}: {len(rows)} rows differ: {shown}")
    return lines


def main() -> int:
    parser = argparse.ArgumentParser(description="Compare what two versions make of the same recordings.")
    parser.add_argument("action", choices=("make", "compare"))
    parser.add_argument("file", type=Path)
    parser.add_argument("paths", nargs="*")
    options = parser.parse_args()
    if options.action == "make":
        options.file.write_bytes(pickle.dumps({where: snapshot(where) for where in options.paths}, protocol=5))
        return 0
    failed = False
    for where, old in pickle.loads(options.file.read_bytes()).items():
        new = snapshot(where)
        for name, frame in old.items():
            for line in differences(frame.reset_index(drop=True), new[name].reset_index(drop=True)):
                print(f"{where}: {name}: {line}")
                failed = True
    print("different" if failed else "the same")
    return int(failed)


if __name__ == "__main__":
    raise SystemExit(main())
