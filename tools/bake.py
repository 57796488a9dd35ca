"""Runs the notebooks and keeps what they show, cleaned so that the same code gives the same bytes.

Takes paths of notebooks (default: all in ``notebooks/``), gives the same files with fresh outputs; a file that would
not change is not written. ``--check`` writes nothing and exits 1 where one would change (pictures are compared with
the tolerance of ``pictures``, since another machine has other fonts). It never keeps widget state, timings, or
anything on standard error: a notebook that warns is not baked.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path
from typing import Any

import nbformat
import pictures
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from traitlets.config import Config

FOLDER = Path(__file__).resolve().parent.parent / "notebooks"
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
PAGE = "application/vnd.recexplore.explorer+json"
"""What an explorer's output is marked with: its picture is one of a page."""
CELL_TIMEOUT_S = 300

# What a notebook runs with, here and under nbval.
ENVIRONMENT = {
    "PLOTLY_RENDERER": "plotly_mimetype+png",
    "PYDEVD_DISABLE_FILE_VALIDATION": "1",  # or the debugger warns of frozen modules
    "COLUMNS": "120",
    "PYTHONHASHSEED": "0",
    "TZ": "UTC",
}

KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}
LANGUAGE = {
    "codemirror_mode": {"name": "ipython", "version": 3},
    "file_extension": ".py",
    "mimetype": "text/x-python",
    "name": "python",
    "nbconvert_exporter": "python",
    "pygments_lexer": "ipython3",
}  # without the version: any supported Python bakes the same file
# Without it the kernel warns that what it says could be overheard on this machine.
ENCRYPTED = Config({"KernelManager": {"transport_encryption": "auto"}})
KEPT_CELL_METADATA = {"tags", "jupyter", "slideshow"}


class NotBaked(Exception):
    """A notebook that cannot be kept: the message says which cell and why."""


def bake(text: str, folder: Path) -> str:
    """Run the notebook in ``text`` with ``folder`` as its working directory; give it back with outputs, cleaned."""
    raw = json.loads(text)
    raw["nbformat_minor"] = 5
    for number, cell in enumerate(raw["cells"]):
        cell["id"] = f"cell-{number}"
    notebook = nbformat.reads(json.dumps(raw), as_version=4)
    client = NotebookClient(
        notebook,
        config=ENCRYPTED,
        kernel_name=KERNEL["name"],
        timeout=CELL_TIMEOUT_S,
        record_timing=False,
        store_widget_state=False,
        resources={"metadata": {"path": str(folder)}},
    )
    try:
        client.execute()
    except (CellExecutionError, CellTimeoutError, DeadKernelError) as error:
        raise NotBaked(str(error).strip()) from error
    return clean(notebook)


def clean(notebook: nbformat.NotebookNode) -> str:
    """The notebook as text, without what differs from run to run."""
    notebook.metadata.pop("widgets", None)
    notebook.metadata.kernelspec = nbformat.from_dict(KERNEL)
    notebook.metadata.language_info = nbformat.from_dict(LANGUAGE)
    for cell in notebook.cells:
        for key in set(cell.metadata) - KEPT_CELL_METADATA:
            del cell.metadata[key]
        if cell.cell_type == "code":
            cell.outputs = _cleaned_outputs(cell)
    return str(nbformat.writes(notebook)).rstrip("\n") + "\n"


def is_noise(output: Any) -> bool:
    """Whether an output is only the browser's driver telling that a message came in two parts; it reads on."""
    return output.get("name") == "stderr" and output["text"].startswith("JSONError decoding message. Ignoring")


def _cleaned_outputs(cell: nbformat.NotebookNode) -> list[nbformat.NotebookNode]:
    kept: list[nbformat.NotebookNode] = []
    for output in cell.outputs:
        if output.output_type == "stream":
            if is_noise(output):
                continue
            if output.name == "stderr":
                raise NotBaked(f"{cell.id} writes to standard error:\n{output.text}")
            if kept and kept[-1].output_type == "stream":
                kept[-1].text += output.text
                continue
        elif "data" in output:
            output.data.pop(WIDGET_VIEW, None)
            output.metadata.pop(WIDGET_VIEW, None)
            if not output.data:
                continue
        kept.append(output)
    return kept


def same(old: str, new: str) -> bool:
    """Whether two baked notebooks show the same: equal but for the pictures, and those alike."""
    if old == new:
        return True
    old_pictures: list[tuple[str, bool]] = []
    new_pictures: list[tuple[str, bool]] = []
    if _without_pictures(json.loads(old), old_pictures) != _without_pictures(json.loads(new), new_pictures):
        return False
    pairs = zip(old_pictures, new_pictures, strict=True)
    return not any(pictures.difference(before, after, is_page=is_page) for (before, is_page), (after, _) in pairs)


def _without_pictures(node: Any, found: list[tuple[str, bool]]) -> Any:
    if isinstance(node, dict):
        found.extend(("".join(value), PAGE in node) for key, value in node.items() if key == "image/png")
        return {key: _without_pictures(value, found) if key != "image/png" else None for key, value in node.items()}
    return [_without_pictures(value, found) for value in node] if isinstance(node, list) else node


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Run the notebooks and keep what they show.")
    parser.add_argument("notebooks", nargs="*", type=Path, help="default: all in notebooks/")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 where a notebook would change")
    options = parser.parse_args(arguments)
    os.environ.update(ENVIRONMENT)
    failed = False
    for path in options.notebooks or sorted(FOLDER.glob("*.ipynb")):
        old = path.read_text(encoding="utf-8")
        try:
            new = bake(old, path.resolve().parent)
        except NotBaked as reason:
            print(f"{path.name}: not baked: {reason}")
            failed = True
            continue
        if old == new or (options.check and same(old, new)):
            print(f"{path.name}: unchanged", flush=True)
        elif options.check:
            print(f"{path.name}: would change; bake it: make notebooks", flush=True)
            failed = True
        else:
            path.write_text(new, encoding="utf-8", newline="\n")
            print(f"{path.name}: baked", flush=True)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
