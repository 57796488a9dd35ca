"""What may know what: the import rules of ``docs/design.md``, checked over the files themselves."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "recexplore"
READING = ("sources", "envelopes", "dialects", "frames", "loading", "corpus", "columns", "decoding", "shapes")
READING += (
    "dialect_rows",
    "telling",
    "exchange_facts",
    "sse",
    "bodies",
    "http_exchange",
    "yaml_documents",
    "json_places",
    "line_numbers",
    "yaml_places",
    "plugins",
    "memory",
)
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
    "request_facts",
)
CORE = {"model", "schema", "errors", "columns", "decoding", "shapes"}
FOUNDATION = CORE | {"usage_fields", "dialect_rows", "sse", "bodies"}
VIEWING_LIBRARIES = {"plotly", "ipywidgets", "anywidget", "IPython", "rich", "typer", "dask", "jupyterlab", "nbformat"}
DRAWING = ("blank_figure", "figures", "lanes", "plotly_numbers", "plotly_text", "safe_text", "theme", "timing_figure")
"""The figures and what they are drawn with."""

MAY_IMPORT: dict[str, set[str]] = {
    "model": set(),
    "schema": set(),
    "errors": set(),
    "columns": {"schema", "model"},
    "decoding": {"model"},
    "shapes": {"model"},
    "identity": set(),
    "providers": set(),
    "usage_fields": CORE,
    "dialect_rows": {"columns", "decoding", "model", "schema", "usage_fields"},
    "sse": set(),
    "bodies": {"decoding", "model", "sse"},
    "http_exchange": {"bodies", "decoding", "model"},
    "telling": {"model"},
    "exchange_facts": {"decoding", "model", "providers", "schema"},
    "yaml_documents": {"model"},
    "json_places": {"decoding"},
    "line_numbers": {"decoding"},
    "yaml_places": {"decoding", "line_numbers", "yaml_documents"},
    "plugins": {"columns", "decoding", "model"},
    "sources": FOUNDATION,
    "dialects": FOUNDATION - {"sse", "bodies"},
    "envelopes": FOUNDATION
    | {"http_exchange", "yaml_documents", "telling", "json_places", "line_numbers", "yaml_places"},
    "reasoning": CORE,
    "surrogates": CORE,
    "clock": CORE,
    "redact": CORE,
    "grouping": set(),
    "tables": CORE | {"grouping"},
    "assembly": CORE | {"grouping", "tables"},
    "frames": CORE | {"grouping", "tables", "assembly"},
    "corpus": CORE | {"frames", "identity"},
    "matching": {"corpus", "errors", "model", "schema"},
    "analysis": {"schema"},
    "findings": {"analysis", "schema"},
    "checking": {"corpus", "findings", "matching", "schema"},
    "places": set(),
    "settings": {"findings", "places", "schema"},
    "testing": set(),
    "baseline": {"places"},
    "verdict": {"baseline", "checking", "corpus", "errors", "findings", "model", "places", "schema", "settings"},
    "asserting": {"corpus", "settings", "verdict", "views.verdicts"},
    "views.verdicts": {"", "findings", "places", "verdict", "views.catalogue", "views.safe_text"},
    "views.catalogue": {"findings", "views.safe_text"},
    "declared_tools": {"model"},
    "request_facts": {"decoding", "declared_tools", "model"},
    **{f"views.{name}": {"analysis", "schema", *(f"views.{each}" for each in DRAWING)} for name in DRAWING},
}
"""For each module or package, what of ours it may import; what a package's own modules may is below."""
FRONTS = {"dialects": {"plugins"}, "envelopes": {"plugins"}, "findings": {"plugins"}}
"""What only the front of a package may import besides."""


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
    assert FOUNDATION | set(FRONTS) <= set(MODULES)
    assert {"http_exchange", "yaml_documents", "plugins", "dialects.anthropic", "envelopes.vcr"} <= set(MODULES)


@pytest.mark.parametrize(("name", "rule"), list(governed()))
def test_a_module_knows_only_the_layers_before_it(name: str, rule: str) -> None:
    assert not strangers(name, rule, ours(name))


def strangers(name: str, rule: str, imported: set[str]) -> set[str]:
    """What a module imports and may not. It may its package's own modules, and the front of a package its members."""
    known = MAY_IMPORT[rule] | {rule} | (FRONTS.get(rule, set()) if name == rule else set())
    return {each for each in imported if not below(each, known)}


@pytest.mark.parametrize(
    ("name", "imported"),
    [
        ("dialects.ollama", "sse"),
        ("dialects.ollama", "bodies"),
        ("dialects.ollama", "plugins"),
        ("dialects.ollama", "http_exchange"),
        ("dialects.ollama", "envelopes"),
        ("dialects", "sse"),
        ("envelopes.vcr", "plugins"),
        ("envelopes.vcr", "dialects.http"),
        ("bodies", "columns"),
        ("sse", "model"),
    ],
)
def test_the_rules_find_a_stranger(name: str, imported: str) -> None:
    assert strangers(name, name.partition(".")[0], {imported}) == {imported}


@pytest.mark.parametrize("package", ["dialects", "envelopes"])
def test_siblings_do_not_know_each_other(package: str) -> None:
    members = {name for name in MODULES if name.startswith(f"{package}.")}
    assert members
    for name in members:
        assert not siblings(name, ours(name)), name
        others = {each for each in members if not below(each, {_family(name)})}
        assert siblings(name, others | {_family(name), package}) == others | {package}, "the check itself can fail"


def siblings(name: str, imported: set[str]) -> set[str]:
    """What a member of a package imports of the package's other members, or of its front."""
    package = name.partition(".")[0]
    return {each for each in imported if below(each, {package}) and not below(each, {_family(name)})}


def _family(name: str) -> str:
    """The member of a package that a module is, or belongs to."""
    return ".".join(name.split(".")[:2])


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
    # The catalogue also asks what other packages bring.
    strangers -= {f"recexplore.{each}" for each in FRONTS.get(name, ())}

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
