"""What the code cells of the notebooks show, run without a kernel: ``python tests/notebook_outputs.py``.

Writes JSON to standard output: what numpy found of the processor, and a list a notebook with what each cell shows, in order:
the JSON of figures, else HTML and text, and what was printed. ``--move up`` or ``--move apart`` first moves every number of
every float column of the frames by one last bit, all up, or alternately up and down; zeros and missing ones stay. The locale
is the environment's.
"""

from __future__ import annotations

import argparse
import ast
import io
import json
import locale
import os
import sys
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from recexplore.share.page.shown import Shown

NOTEBOOKS = Path(__file__).resolve().parent.parent / "notebooks"


def shown(notebook: Path) -> list[dict[str, str]]:
    """What the cells show; a cell that shows nothing shows ``{}``."""
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    names: dict[str, Any] = {"__name__": "__main__"}
    return [_run("".join(cell["source"]), names) for cell in cells if cell["cell_type"] == "code"]


def _run(source: str, names: dict[str, Any]) -> dict[str, str]:
    tree = ast.parse(source)
    last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
    printed, found = io.StringIO(), {}
    with redirect_stdout(printed):
        exec(compile(tree, "<cell>", "exec"), names)
        value = eval(compile(ast.Expression(last.value), "<cell>", "eval"), names) if last is not None else None
    if isinstance(value, go.Figure):
        found["figure"] = value.to_json()
    elif value is not None:
        found["text"] = repr(value)
        if hasattr(value, "_repr_html_"):
            found["html"] = value._repr_html_()
        elif isinstance(value, Shown):
            found["html"] = value._repr_mimebundle_()["text/html"]
    return found | ({"printed": printed.getvalue()} if printed.getvalue() else {})


def move_floats(way: str) -> None:
    """From now on the frames are a last bit off."""
    from recexplore.corpus import frame_tables as frames

    made = frames.to_dataframe

    def moved(*arguments: Any) -> pd.DataFrame:
        frame = made(*arguments)
        return frame.assign(**{name: _moved(frame[name].to_numpy(), way) for name in frame.select_dtypes("float64")})

    frames.to_dataframe = moved


def _moved(numbers: np.ndarray, way: str) -> np.ndarray:
    goals = np.where((np.arange(len(numbers)) % 2 == 0) | (way == "up"), np.inf, -np.inf)
    return np.where(numbers == 0, numbers, np.nextafter(numbers, goals))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--move", choices=["up", "apart"])
    options = parser.parse_args()
    locale.setlocale(locale.LC_ALL, "")
    pd.set_option("display.max_columns", 20)  # as in a kernel; elsewhere pandas asks how wide the terminal is
    if options.move:
        move_floats(options.move)
    os.chdir(NOTEBOOKS)
    features = np.show_config(mode="dicts")["SIMD Extensions"].get("found", [])
    outputs = {path.name: shown(path) for path in sorted(NOTEBOOKS.glob("*.ipynb"))}
    sys.stdout.buffer.write(json.dumps({"features": features, "outputs": outputs}).encode())


if __name__ == "__main__":
    main()
