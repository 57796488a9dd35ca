"""The example in docs/extending.md works, as a package that brings it would."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import recexplore
from recexplore import rules
from recexplore.read import envelopes, registry
from recexplore.testing.dialect_contract import DialectContract

PAGE = Path(__file__).parent.parent / "docs" / "extending.md"
(EXAMPLE, CONTRACT, RULE), (ENTRY_POINTS, RULE_ENTRY_POINT) = (
    re.findall(rf"```{language}\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    for language in ("python", "toml")
)
RECORDING = {
    "squawks": [
        {"says": "Polly", "to": 0},
        {"says": "Ahoy", "to": 1, "mood": "fine"},
        {"says": " wants", "to": 0, "over": True},
        {"says": 5},
        "squawk",
    ],
    "seconds": [0.5, 0.75, 1.0, 1.25, 1.5],
    "asked": {"model": "macaw"},
}


def forget() -> None:
    registry.known.cache_clear()
    envelopes.known.cache_clear()
    rules.known.cache_clear()
    for name in ("parrot", "house_rules"):
        sys.modules.pop(name, None)


@pytest.fixture
def parrot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The example, installed: the module, and the metadata that an installer writes."""
    site = tmp_path / "site"
    metadata = site / "parrot-1.0.dist-info"
    metadata.mkdir(parents=True)
    (site / "parrot.py").write_text(EXAMPLE)
    (site / "test_parrot.py").write_text(CONTRACT)
    (site / "house_rules.py").write_text(RULE)
    toml = f"{ENTRY_POINTS}\n{RULE_ENTRY_POINT}"
    groups = re.sub(r'\[project\.entry-points\."(.+?)"\]', r"[\1]", toml).replace('"', "")
    (metadata / "entry_points.txt").write_text(groups)
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: parrot\nVersion: 1.0\n")
    monkeypatch.syspath_prepend(str(site))
    forget()
    yield site
    forget()


def recorded(tmp_path: Path) -> Path:
    path = tmp_path / "talk.json"
    path.write_text(json.dumps(RECORDING))
    return path


def test_the_example_is_short() -> None:
    assert len([line for line in EXAMPLE.splitlines() if line.strip()]) <= 50


def test_an_installed_plugin_reads_its_recordings(parrot: Path, tmp_path: Path) -> None:
    corpus = recexplore.load(recorded(tmp_path))

    facts = corpus["talk"].facts
    assert (facts["dialect"], facts["envelope"], facts["clock"]) == ("parrot", "parrot-recorder", "measured")
    assert corpus.choices["content"].tolist() == ["Polly wants", "Ahoy"]
    assert corpus.choices["finish_reason"].tolist()[0] == "over"
    assert corpus.chunks["extra"].tolist()[1] == '{"mood":"fine"}'
    assert corpus.events[corpus.events["kind"] == "unknown"]["text"].tolist() == ["5", '"squawk"']
    assert corpus.events["t_s"].tolist()[0] == 0.5


def contract_run(site: Path) -> subprocess.CompletedProcess[str]:
    """The example's own tests, run as its author runs them."""
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_parrot.py"],
        cwd=site,
        env={**os.environ, "PYTHONPATH": str(site)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_example_keeps_the_contract(parrot: Path) -> None:
    done = contract_run(parrot)
    n_promises = sum(name.startswith("test_") for name in vars(DialectContract))

    assert re.search(rf"^{n_promises} passed", done.stdout, re.MULTILINE), done.stdout + done.stderr


def test_an_example_that_drops_other_fields_breaks_the_contract(parrot: Path) -> None:
    (parrot / "parrot.py").write_text(EXAMPLE.replace(", extra=emit.other_fields(chunk, FIELDS)", ""))
    done = contract_run(parrot)

    assert done.returncode == 1
    assert "FAILED test_parrot.py::TestParrot::test_a_field_of_a_vendor_is_kept" in done.stdout


@pytest.mark.usefixtures("parrot")
@pytest.mark.parametrize("wrong", [[1], [], {}, "x", 1.5, True, -1, 1 << 70])
def test_a_number_of_the_wrong_type_costs_no_more_than_itself(tmp_path: Path, wrong: object) -> None:
    said = {**RECORDING, "squawks": [*RECORDING["squawks"], {"says": "<think>", "to": wrong}], "seconds": [0.0] * 6}
    (tmp_path / "odd.json").write_text(json.dumps(said))
    recorded(tmp_path)
    corpus = recexplore.load(tmp_path / "*.json")

    assert corpus["talk"].choices["content"].tolist() == ["Polly wants", "Ahoy"]
    assert corpus["odd"].choices["content"].tolist() == ["Polly wants", "Ahoy"]
    assert corpus["odd"].events["text"].tolist()[-1] == "<think>"
    assert "the number of a choice has the wrong type" in set(corpus.problems["what"])


@pytest.mark.usefixtures("parrot")
def test_the_lines_of_an_installed_plugins_recordings(tmp_path: Path) -> None:
    path = tmp_path / "talk.json"
    path.write_text(text := json.dumps(RECORDING, indent=1))
    one = recexplore.load(path, progress=False)["talk"]
    shown = text.splitlines()

    assert one.line() == 1
    assert [shown[(one.line(chunk) or 0) - 1].strip() for chunk in range(5)] == ["{"] * 4 + ['"squawk"']
    assert len({one.line(chunk) for chunk in range(5)}) == 5


def test_without_the_plugin_the_file_is_foreign(tmp_path: Path) -> None:
    forget()
    corpus = recexplore.load(recorded(tmp_path))

    assert len(corpus) == 0
    assert "not a recording" in corpus.problems["what"][0]


def test_a_broken_plugin_is_left_out_with_a_warning(parrot: Path, tmp_path: Path) -> None:
    (parrot / "parrot.py").write_text("import no_such_module")

    with pytest.warns(UserWarning, match="'parrot.*left out"):
        corpus = recexplore.load(recorded(tmp_path))

    assert len(corpus) == 0


@pytest.mark.usefixtures("parrot")
def test_a_rule_of_another_package_runs_everywhere(tmp_path: Path) -> None:
    said = {**RECORDING, "squawks": [{"says": "As a model made by Macaws Inc., ahoy"}, {"over": True}]}
    (tmp_path / "talk.json").write_text(json.dumps(said))
    corpus = recexplore.load(tmp_path / "talk.json", progress=False)
    found = recexplore.check(corpus, select=["house-*"])
    assert found[["rule", "severity", "chunk", "choice"]].to_dict("records") == [
        {"rule": "house-vendor", "severity": "warning", "chunk": 0, "choice": 0}
    ]
    assert "house-vendor" in set(corpus.findings["rule"])
