from __future__ import annotations

import inspect
import json
import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

import recexplore

HEAVY = ["pandas", "numpy", "pyarrow", "orjson", "plotly", "ipywidgets", "anywidget", "dask", "rich", "typer", "tqdm"]
SHOWING = ["plotly", "ipywidgets", "anywidget", "IPython", "dask", "rich", "typer"]
PACKAGE = Path(recexplore.__file__).parent
READING = [
    ".".join(path.relative_to(PACKAGE).with_suffix("").parts).removesuffix(".__init__")
    for folder in ("model", "tables", "corpus", "read")
    for path in sorted((PACKAGE / folder).rglob("*.py"))
]


def loaded_after(code: str, names: list[str]) -> list[str]:
    """Which of the modules a fresh interpreter has loaded after running the code."""
    script = f"import sys, json\n{code}\nprint(json.dumps([name for name in {names!r} if name in sys.modules]))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


@pytest.mark.parametrize("name", recexplore.__all__)
def test_every_public_name_resolves(name: str) -> None:
    assert getattr(recexplore, name) is not None
    assert name in dir(recexplore)


def test_names_resolve_to_one_thing() -> None:
    assert recexplore.load is recexplore.load
    assert recexplore.Corpus is import_module("recexplore.corpus.corpus").Corpus


def test_no_folder_hides_a_public_name() -> None:
    """Importing ``recexplore.name.module`` would put the folder in the place of the function."""
    folders = {path.name.removesuffix(".py") for path in PACKAGE.iterdir()}

    assert folders.isdisjoint(recexplore.__all__)


def test_a_name_that_is_none() -> None:
    with pytest.raises(AttributeError, match="'recexplore' has no attribute 'nothing'"):
        _ = recexplore.nothing


def test_importing_loads_nothing_heavy() -> None:
    assert loaded_after("import recexplore; recexplore.__version__; dir(recexplore)", HEAVY) == []


def test_reading_loads_nothing_that_shows(bundled_folder: Path) -> None:
    code = (
        f"import recexplore as rx\ncorpus = rx.load({str(bundled_folder)!r})\n"
        "corpus.events, corpus.problems, repr(corpus), [each.text(0) for each in corpus]"
    )
    assert loaded_after(code, SHOWING) == []
    assert loaded_after(code, ["pandas"]) == ["pandas"], "the check itself can fail"


def test_the_version_is_a_version() -> None:
    assert re.fullmatch(r"\d+\.\d+\.\d+", recexplore.__version__)


def public_functions() -> list[tuple[str, object]]:
    found = []
    for module_name in READING:
        module = import_module(f"recexplore.{module_name}")
        for name in getattr(module, "__all__", ()):
            value = getattr(module, name)
            # The contract of these stands in their package's own docstring, once for all.
            if name not in ("sniff", "read", "extract") and (inspect.isfunction(value) or inspect.isclass(value)):
                found.append((f"{module_name}.{name}", value))
    return found


def test_every_public_name_of_the_reading_half_says_what_it_is() -> None:
    told = {name: inspect.getdoc(value) or "" for name, value in public_functions()}
    # A dataclass without words of its own has its signature there.
    unsaid = [name for name, doc in told.items() if not doc or doc.startswith(name.rpartition(".")[2] + "(")]

    assert told
    assert not unsaid


def test_every_name_in_all_is_there() -> None:
    modules = {name: import_module(f"recexplore.{name}") for name in READING}
    missing = {
        name: gone
        for name, module in modules.items()
        if (gone := [each for each in getattr(module, "__all__", ()) if not hasattr(module, each)])
    }

    assert not missing
    assert not [name for name, module in modules.items() if not module.__doc__]


def test_what_is_raised_on_purpose_has_one_root() -> None:
    for name, builtin in (
        ("ExportRefused", ValueError),
        ("NotLoadable", ValueError),
        ("RecordingNotFound", LookupError),
        ("SourceChanged", RuntimeError),
    ):
        assert issubclass(getattr(recexplore, name), recexplore.RecexploreError)
        assert issubclass(getattr(recexplore, name), builtin)


def test_the_example_of_load_is_true(monkeypatch: pytest.MonkeyPatch) -> None:
    import doctest

    monkeypatch.chdir(Path(__file__).parent.parent)
    results = doctest.testmod(import_module("recexplore.api"))

    assert results.attempted > 0
    assert results.failed == 0
