"""What may know what: the import rules of ``docs/design.md``, checked over the files themselves."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "recexplore"
READING = ("sources", "envelopes", "dialects", "frames", "loading", "corpus", "columns", "decoding", "shapes")
READING += (
    "tables",
    "assembly",
    "grouping",
    "model",
    "schema",
    "errors",
    "reasoning",
    "surrogates",
    "clock",
    "usage_fields",
    "identity",
    "providers",
)
FOUNDATION = {"model", "schema", "errors", "columns", "decoding", "shapes"}
VIEWING_LIBRARIES = {"plotly", "ipywidgets", "anywidget", "IPython", "rich", "typer", "dask", "jupyterlab", "nbformat"}
DRAWING = ("figures", "lanes", "plotly_text", "safe_text", "theme")
"""The figures and what they are drawn with."""
HELPERS = {"dialects": {"usage_fields"}, "envelopes": {"sse"}}

MAY_IMPORT: dict[str, set[str]] = {
    "model": set(),
    "schema": set(),
    "errors": set(),
    "columns": {"schema", "model"},
    "decoding": {"model"},
    "shapes": {"model"},
    "identity": set(),
    "providers": set(),
    "sources": FOUNDATION,
    "dialects": FOUNDATION | HELPERS["dialects"],
    "envelopes": FOUNDATION | HELPERS["envelopes"],
    "reasoning": FOUNDATION,
    "surrogates": FOUNDATION,
    "clock": FOUNDATION,
    "usage_fields": FOUNDATION,
    "redact": FOUNDATION,
    "sse": FOUNDATION,
    "grouping": set(),
    "tables": FOUNDATION | {"grouping"},
    "assembly": FOUNDATION | {"grouping", "tables"},
    "frames": FOUNDATION | {"grouping", "tables", "assembly"},
    "corpus": FOUNDATION | {"frames", "identity"},
    "analysis": {"schema"},
    "findings": {"schema"},
    **{f"views.{name}": {"analysis", "schema", *(f"views.{each}" for each in DRAWING)} for name in DRAWING},
}
"""For each module or package, what of ours it may import; what a package's own modules may is below."""


def modules() -> dict[str, Path]:
    """Every module of the package by its name, without the package's."""
    found = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(PACKAGE).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def imports(path: Path) -> Iterator[str]:
    """Every absolute name that a file imports, wherever in it."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports relatively"
            for alias in node.names:
                yield f"{node.module}.{alias.name}"


MODULES = modules()


def ours(name: str) -> set[str]:
    """The modules of ours that a module imports."""
    found = set()
    for imported in imports(MODULES[name]):
        if imported == "recexplore" or imported.startswith("recexplore."):
            inner = imported.removeprefix("recexplore").removeprefix(".")
            while inner and inner not in MODULES:
                inner = inner.rpartition(".")[0]
            found.add(inner)
    return found


def below(name: str, packages: set[str]) -> bool:
    return any(name == package or name.startswith(f"{package}.") for package in packages)


def governed() -> Iterator[tuple[str, str]]:
    """Each module that a rule speaks of, and the rule's name."""
    for name in MODULES:
        for rule in MAY_IMPORT:
            if below(name, {rule}):
                yield name, rule


def test_the_package_is_there() -> None:
    assert {"model", "schema", "loading", "dialects.openai_chat.deltas", "envelopes.llama_stack"} <= set(MODULES)


@pytest.mark.parametrize(("name", "rule"), list(governed()))
def test_a_module_knows_only_the_layers_before_it(name: str, rule: str) -> None:
    # A package's own modules, and the front of a package its members.
    strangers = {each for each in ours(name) if not below(each, MAY_IMPORT[rule]) and not below(each, {rule})}

    assert not strangers


@pytest.mark.parametrize("package", ["dialects", "envelopes"])
def test_siblings_do_not_know_each_other(package: str) -> None:
    members = {name for name in MODULES if name.startswith(f"{package}.")}
    assert members
    for name in members:
        sibling = ".".join(name.split(".")[:2])
        others = {each for each in ours(name) if below(each, {package}) and not below(each, {sibling})}
        assert not others, name


def test_only_loading_joins_the_reading_half() -> None:
    joiners = {
        name
        for name in MODULES
        if sum(any(below(each, {layer}) for each in ours(name)) for layer in ("sources", "envelopes", "dialects")) > 1
    }

    assert joiners == {"loading"}


@pytest.mark.parametrize("name", [name for name in MODULES if below(name, set(READING))])
def test_the_reading_half_knows_nothing_of_showing(name: str) -> None:
    assert not {imported.split(".")[0] for imported in imports(MODULES[name])} & VIEWING_LIBRARIES
    assert not {each for each in ours(name) if below(each, {"views", "analysis", "findings", "cli", "figures"})}


@pytest.mark.parametrize(
    "name", [name for name in MODULES if below(name, {"views", "analysis", "findings", "figures"})]
)
def test_the_viewing_half_knows_nothing_of_reading(name: str) -> None:
    strangers = {
        "jiter",
        *(f"recexplore.{each}" for each in READING if each not in ("schema", "model", "errors", "corpus")),
    }

    assert not {
        each for each in imports(MODULES[name]) for stranger in strangers if f"{each}.".startswith(f"{stranger}.")
    }


def test_nothing_imports_in_a_circle() -> None:
    waiting = {name: ours(name) - {name, ""} for name in MODULES if name}
    while free := {name for name, needs in waiting.items() if not needs & set(waiting)}:
        waiting = {name: needs for name, needs in waiting.items() if name not in free}

    assert not waiting


@pytest.mark.parametrize("name", list(MODULES))
def test_every_module_opens_with_its_contract(name: str) -> None:
    source = MODULES[name].read_text()
    if source.strip():
        assert ast.get_docstring(ast.parse(source))
