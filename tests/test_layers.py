"""What may know what: a table of folders (``docs/design.md`` tells it in words), checked over the files themselves."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "recexplore"

BELOW_VIEWS = (
    "checks",
    "comparison",
    "rules",
    "matching",
    "analysis",
    "corpus",
    "model",
    "read.registry",
    "read.exchange.declared_tools",
    "read.workers",
)
MAY_IMPORT: dict[str, tuple[str, ...]] = {
    "model": (),
    "tables": ("model",),
    "corpus": ("tables", "model"),
    "read": ("corpus", "tables", "model"),
    "analysis": ("model",),
    "matching": ("corpus", "model", "read.workers"),
    "rules": ("analysis", "model", "read.registry"),
    "comparison": ("matching", "corpus", "analysis", "model", "read.registry", "read.workers"),
    "checks": ("rules", "comparison", "matching", "corpus", "model", "read.registry", "read.workers"),
    "views": BELOW_VIEWS,
    "views.figures": (
        "analysis",
        "comparison.alignment",
        "comparison.levels",
        "model",
        "views.text.safe_text",
        "views.text.test_names",
    ),
    "share": ("views", *BELOW_VIEWS),
    "share.redact": (
        "read.load",
        "read.options",
        "read.sources",
        "read.envelopes",
        "read.wire",
        "read.positions",
        *BELOW_VIEWS,
    ),
    "share.exports": ("views.text", "tables", "read.load", "read.sources", "read.dataset.layout", *BELOW_VIEWS),
    "capture.replay": (
        "capture.guards",
        "capture.hop_fields",
        "capture.local_server",
        "share.exports.answer_bodies",
        "matching",
        "corpus",
        "model",
        "read.options",
        "read.registry",
        "read.wire",
    ),
    "testing.defects": (),
    "testing.replayed_defects": (
        "testing.defects",
        "capture.replay",
        "share.exports.wire_text",
        "checks.run",
        "rules",
        "read.load",
        "read.wire",
        "corpus",
        "model",
    ),
    "scans": ("read.load", "read.batches", "read.file_sizes", "read.options", "corpus", "tables", "model"),
    "capture": ("read.load", "read.envelopes", "read.wire", "matching", "corpus", "model"),
    "server": ("views", "capture.journal.file_lock", "read.load", "read.sources", *BELOW_VIEWS),
}
"""What the modules of a folder may import beside their own folder; the longest name that fits a module counts."""

ROOMS: dict[str, tuple[str, ...]] = {
    "sources": (),
    "wire": (),
    "positions": ("read.wire",),
    "envelopes": ("read.wire", "read.registry"),
    "extract": ("tables",),
    "dialects": ("read.extract", "tables"),
    "hosts": ("read.extract", "tables"),
    "exchange": ("tables",),
}
"""The rooms of ``read``, and what each may import beside ``model``; the modules that stand beside the rooms join them."""

SIBLINGS = ("read.dialects", "read.envelopes", "views.figures")
"""Folders whose members stand for themselves: only the folder's front knows them all."""

SHARED_BY_FIGURES = (
    "blank",
    "compared",
    "finding_marks",
    "lanes",
    "plotly_numbers",
    "plotly_text",
    "row_axis",
    "theme",
    "tree_drawing",
    "tree_layout",
)
NOBODY_IMPORTS = ("cli", "testing", "api", "plugin", "server", "capture")
MOST_ENTRIES = 21


def modules() -> dict[str, Path]:
    """Every module of the package by its name, without the package's."""
    paths = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(PACKAGE).with_suffix("").parts
        paths[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return paths


MODULES = modules()


def imports(path: Path) -> Iterator[str]:
    """Every absolute name that a file imports, wherever in it; ``import_module`` counts."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports relatively"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Call) and "import_module" in ast.dump(node.func):
            yield from (arg.value for arg in node.args if isinstance(arg, ast.Constant))


def own_imports(name: str) -> set[str]:
    """The modules of the package that a module imports."""
    imported = set()
    for full in imports(MODULES[name]):
        if full == "recexplore" or full.startswith("recexplore."):
            inner = full.removeprefix("recexplore").removeprefix(".")
            while inner and inner not in MODULES:
                inner = inner.rpartition(".")[0]
            imported.add(inner)
    return imported - {""}


def is_in(name: str, folder: str) -> bool:
    return name == folder or name.startswith(f"{folder}.")


def strangers(name: str, imported: set[str]) -> set[str]:
    """What a module imports and may not."""
    room = name.split(".")[1] if name.startswith("read.") else None
    if room in ROOMS:
        allowed = (*ROOMS[room], f"read.{room}", "model")
    else:
        folder = max((each for each in MAY_IMPORT if is_in(name, each)), key=len)
        allowed = (*MAY_IMPORT[folder], folder)
    outside = {each for each in imported if not any(is_in(each, one) for one in allowed)}
    return outside | siblings(name, imported)


def siblings(name: str, imported: set[str]) -> set[str]:
    """What a member of a folder imports of the folder's other members."""
    for folder in SIBLINGS:
        if name.startswith(f"{folder}."):
            family = ".".join(name.split(".")[: folder.count(".") + 2])
            shared = {f"{folder}.{each}" for each in SHARED_BY_FIGURES} if folder == "views.figures" else set()
            if family in shared:
                return set()
            return {each for each in imported if is_in(each, folder) and not is_in(each, family) and each not in shared}
    return set()


GOVERNED = [name for name in MODULES if any(is_in(name, folder) for folder in MAY_IMPORT)]


def test_modules_import_only_from_the_layers_below() -> None:
    assert not {name: foreign for name in GOVERNED if (foreign := strangers(name, own_imports(name)))}


def test_every_folder_has_a_rule_or_stands_on_top() -> None:
    folders = {name.split(".")[0] for name in MODULES if name}

    assert folders <= {folder.split(".")[0] for folder in MAY_IMPORT} | {*NOBODY_IMPORTS, "__main__"}


@pytest.mark.parametrize(
    ("name", "imported"),
    [
        ("model.schema", "tables.builders"),
        ("read.dialects.ollama", "read.wire.sse"),
        ("read.dialects.ollama", "read.envelopes"),
        ("read.dialects.ollama", "read.dialects.anthropic"),
        ("read.envelopes.vcr", "read.dialects.http"),
        ("read.envelopes.vcr", "read.envelopes.har"),
        ("read.wire.sse", "tables.builders"),
        ("corpus.corpus", "checks.run"),
        ("rules.sse", "read.load"),
        ("views.figures.tokens", "corpus"),
        ("views.figures.tokens", "views.figures.timing"),
        ("checks.run", "views.text.safe_text"),
    ],
)
def test_the_check_sees_a_stranger(name: str, imported: str) -> None:
    assert strangers(name, {imported}) == {imported}


def test_an_import_by_name_is_an_import(tmp_path: Path) -> None:
    source = tmp_path / "module.py"
    source.write_text("from importlib import import_module\nimport_module('recexplore.checks.run').check\n")

    assert "recexplore.checks.run" in set(imports(source))


def test_nobody_imports_what_stands_on_top() -> None:
    users = {
        (name, each)
        for name in MODULES
        for each in own_imports(name)
        for top in NOBODY_IMPORTS
        if is_in(each, top) and not is_in(name, top) and name not in ("", "__main__")
    }

    assert {(name, each) for name, each in users if name.split(".")[0] not in NOBODY_IMPORTS} == set()


ONLY_FOR_TYPES = {"corpus.recording": {"corpus.corpus"}, "corpus.services": {"corpus.corpus", "corpus.recording"}}
"""A corpus gives recordings, each of which says of which corpus it is, and either is what services are handed."""


def test_nothing_imports_in_a_circle() -> None:
    waiting = {name: own_imports(name) - {name} - ONLY_FOR_TYPES.get(name, set()) for name in MODULES if name}
    while free := {name for name, needs in waiting.items() if not needs & set(waiting)}:
        waiting = {name: needs for name, needs in waiting.items() if name not in free}

    assert not waiting


def test_the_top_of_the_package_can_be_read_at_a_glance() -> None:
    entries = {path.name for path in PACKAGE.iterdir()} - {"__pycache__"}

    assert len(entries) <= MOST_ENTRIES, sorted(entries)


def test_every_module_opens_with_its_contract() -> None:
    sources = {name: path.read_text(encoding="utf-8") for name, path in MODULES.items()}

    assert not [name for name, source in sources.items() if source.strip() and not ast.get_docstring(ast.parse(source))]


def test_defects_are_made_with_nothing_but_python() -> None:
    """Whoever tries rules of their own needs neither pytest nor hypothesis for it."""
    of_defects = [name for name in MODULES if is_in(name, "testing.defects")]
    used = {each.split(".")[0] for name in of_defects for each in imports(MODULES[name])}

    assert used <= {"recexplore", *sys.stdlib_module_names}


def test_the_reading_half_loads_no_viewing_library() -> None:
    viewing = {"plotly", "ipywidgets", "anywidget", "IPython", "rich", "typer", "jupyterlab", "nbformat"}
    reading = [
        name
        for name in MODULES
        if name.split(".")[0] in ("model", "tables", "corpus", "read", "analysis", "rules", "checks")
    ]

    assert {
        (name, each) for name in reading for each in imports(MODULES[name]) if each.split(".")[0] in viewing
    } == set()
