from __future__ import annotations

import importlib
import json
import os
import re
import sys
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from synthetic import says

import recexplore.cli as cli
from recexplore import rules
from recexplore.corpus import Corpus
from recexplore.model import plugins
from recexplore.model.exchange import Exchange
from recexplore.model.plugins import installed, left_out
from recexplore.read import envelopes, registry
from recexplore.read.dialects import DIALECTS
from recexplore.read.wire.content import Content
from recexplore.share.reports import FORMATS

GROUP = "recexplore.test-group"
MINE = b'MINE\n{"a": 1}\n{"a": 2}\n'

ENVELOPE = """
import json
from recexplore.model.exchange import Exchange
NAME = "mine"
def sniff(content):
    return 0.9 if content.data.startswith(b"MINE") else 0.0
def read(content):
    lines = content.data.splitlines()[1:]
    yield Exchange(NAME, chunks=[json.loads(line) for line in lines], streaming=True)
"""
DIALECT = """
from recexplore.model.kinds import kind_code
from recexplore.plugin import Dialect
NAME = "letters"
def sniff(exchange):
    return 0.8 if exchange.chunks and all(isinstance(c, dict) and c.keys() == {"a"} for c in exchange.chunks) else 0.0
def extract(chunks, rows, columns):
    columns.chunks.add(len(chunks), {"row": rows}, n_choices=1)
    texts = [str(chunk["a"]) for chunk in chunks]
    columns.events.add(len(chunks), {"row": rows, "text": texts}, kind=kind_code("content"), choice=0)
dialect = Dialect(NAME, "letters", sniff, extract)
"""
THEIRS = "from recexplore.plugin import Dialect\ntheirs = Dialect('x', 'x', sniff, print)\n"


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """Puts a package with one module and entry points where Python finds it."""
    forgotten = [envelopes.known, registry.known, rules.known]

    def install(group: str, source: str, *points: str, package: str = "someones") -> None:
        module = f"{package}_{abs(hash(tmp_path))}"
        (tmp_path / f"{module}.py").write_text(source)
        about = tmp_path / f"{module}-1.0.dist-info"
        about.mkdir()
        (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {module}\nVersion: 1.0\n")
        lines = [point.replace("HERE", module) for point in points or ("theirs = HERE",)]
        (about / "entry_points.txt").write_text(f"[{group}]\n" + "\n".join(lines) + "\n")
        importlib.invalidate_caches()
        for known in forgotten:
            known.cache_clear()

    monkeypatch.syspath_prepend(str(tmp_path))
    yield install
    monkeypatch.undo()
    for known in forgotten:
        known.cache_clear()
    rules.known()  # what was left out is forgotten too


def test_nobody_adds_anything() -> None:
    assert installed(GROUP) == ()


def test_what_is_installed_comes_in_the_order_of_its_names(install) -> None:
    install(GROUP, "A, B, C = 1, 2, 3", "c = HERE:C", "a = HERE:A", "b = HERE:B")

    assert installed(GROUP) == (1, 2, 3)


def test_several_packages_add_to_one_group(install) -> None:
    install(GROUP, "A = 1", "z = HERE:A", package="one")
    install(GROUP, "A = 2", "a = HERE:A", package="other")

    assert installed(GROUP) == (2, 1)


@pytest.mark.parametrize("source", ["import nowhere_to_be_found", "1 / 0", "def", "raise RuntimeError('no')", "B = 1"])
def test_a_broken_one_is_left_out_with_a_warning(install, source: str) -> None:
    install(GROUP, "A = 5", "good = HERE:A", package="good")
    install(GROUP, source, "bad = HERE:A", package="bad")

    with pytest.warns(UserWarning, match=r"recexplore\.test-group: 'bad' \(bad_\d+:A\) is left out") as warned:
        assert installed(GROUP) == (5,)
    assert len(warned) == 1


def test_their_envelopes_are_asked_after_ours(install) -> None:
    install("recexplore.envelopes", ENVELOPE)

    assert [each.NAME for each in envelopes.known()] == [*(each.NAME for each in envelopes.ENVELOPES), "mine"]
    assert envelopes.choose(Content("x", MINE)).NAME == "mine"


def test_a_file_is_read_by_their_envelope_and_their_dialect(install, read: Callable[..., Corpus]) -> None:
    install("recexplore.envelopes", ENVELOPE, package="wrapping")
    install("recexplore.dialects", DIALECT, "letters = HERE:dialect", package="meaning")
    corpus = read(MINE, "mine.json")

    assert corpus.recordings[["envelope", "dialect", "n_chunks"]].to_numpy().tolist() == [["mine", "letters", 2]]
    assert corpus["mine"].text() == "12"
    assert corpus["mine"].raw(1) == {"a": 2}
    assert corpus.problems.empty


def test_their_dialect_has_to_be_surer_than_ours(install) -> None:
    source = "def sniff(exchange):\n    return 1.0\n" + THEIRS.replace("'x', 'x'", "'greedy', 'x'")
    install("recexplore.dialects", source, "greedy = HERE:theirs")

    assert registry.known().choose(Exchange("test", chunks=[says("a")])).name == "openai_chat"
    assert registry.known().choose(Exchange("test", chunks=["?"])).name == "greedy"


@pytest.mark.parametrize("source", ["theirs = 5", "from recexplore.read.dialects import anthropic as theirs"])
def test_what_is_no_dialect_is_left_out_with_a_warning(install, source: str) -> None:
    install("recexplore.dialects", source, "theirs = HERE:theirs")

    with pytest.warns(UserWarning, match="is no Dialect and is left out"):
        assert registry.known().all == DIALECTS


def test_a_name_that_is_taken_is_left_out_with_a_warning(install) -> None:
    install(
        "recexplore.dialects", "from recexplore.read.dialects.anthropic import DIALECT as theirs", "a = HERE:theirs"
    )

    with pytest.warns(UserWarning, match="there is a dialect 'anthropic' already; another is left out"):
        assert registry.known().all == DIALECTS


def read_with_warnings(read: Callable[..., Corpus], *document: Any) -> Corpus:
    """A broken plugin may be warned of."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return read(*document)


BROKEN = ["", "NAME = 'x'", "NAME = 'x'\ndef sniff(any):\n    raise RuntimeError('no')", "NAME = 'x'\nsniff = 5"]
BROKEN += ["NAME = 'x'\ndef sniff(any):\n    return None", "NAME = 'x'\ndef sniff(any):\n    return any.nothing"]
BROKEN += ["NAME = 'x'\ndef sniff(any):\n    return 'very'"]


@pytest.mark.parametrize("source", BROKEN)
def test_an_envelope_that_cannot_be_asked_keeps_nobody_from_loading(install, read, source: str) -> None:
    install("recexplore.envelopes", source)
    corpus = read_with_warnings(read, [says("Hel"), says("lo")])

    assert corpus["recording"].text() == "Hello"


@pytest.mark.parametrize("source", BROKEN)
def test_a_dialect_that_cannot_be_asked_keeps_nobody_from_loading(install, read, source: str) -> None:
    install("recexplore.dialects", source + THEIRS if "def sniff" in source else source, "theirs = HERE:theirs")
    corpus = read_with_warnings(read, b'data: {"a": 1}\n\ndata: {"a": 2}\n\n', "answer.sse")

    assert corpus.recordings[["dialect", "n_chunks"]].to_numpy().tolist() == [["unknown", 2]]


def test_an_envelope_that_fails_to_read_is_a_problem_of_its_file(install, read: Callable[..., Corpus]) -> None:
    install("recexplore.envelopes", ENVELOPE.replace("Exchange(NAME, chunks=", "boom(NAME, chunks="))
    corpus = read(MINE)

    assert len(corpus) == 0
    assert len(corpus.problems) == 1


def test_a_dialect_that_fails_to_read_leaves_the_chunks_as_they_are(install, read: Callable[..., Corpus]) -> None:
    install("recexplore.dialects", DIALECT.replace('str(chunk["a"])', 'boom(chunk["a"])'), "letters = HERE:dialect")
    corpus = read(b"data: " + json.dumps({"a": 1}).encode() + b"\n\n", "answer.sse")

    assert corpus.recordings["dialect"].tolist() == ["unknown"]
    assert corpus.problems["what"].tolist() == ["the dialect letters failed"]


@pytest.mark.parametrize("numbers", ["enumerate(lines, 1)", "((0, line) for line in lines)"], ids=["from 1", "all 0"])
def test_a_recording_is_found_again_whatever_its_envelope_numbers(install, read, numbers: str) -> None:
    source = ENVELOPE.replace(
        "    yield Exchange(NAME, chunks=[json.loads(line) for line in lines], streaming=True)",
        f"    for number, line in {numbers}:\n        yield Exchange(NAME, chunks=[json.loads(line)], number=number)",
    )
    install("recexplore.envelopes", source)
    corpus = read(MINE, "mine.json")

    assert [(recording.id, recording.raw(0)) for recording in corpus] == [("mine#0", {"a": 1}), ("mine#1", {"a": 2})]


def test_a_note_that_is_none_costs_its_recording_alone(install, read: Callable[..., Corpus]) -> None:
    noting = DIALECT.replace("choice=0)", 'choice=0, notes="over quota")')
    install("recexplore.dialects", noting, "letters = HERE:dialect")
    corpus = read(b"data: " + json.dumps({"a": 1}).encode() + b"\n\n", "answer.sse")

    assert corpus.recordings["dialect"].tolist() == ["unknown"]
    assert "'over' is not a valid Note" in corpus.problems["found"].item()
    assert not corpus.findings.attrs


RULE = """
from recexplore.plugin import Rule
theirs = Rule("house-x", "x", "error", meaning="", cause="", remedy="", legal="", find=lambda streams: iter(()))
"""


def check_all(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    monkeypatch.setattr(sys, "argv", ["recexplore", *arguments])
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        with pytest.raises(SystemExit) as ended:
            cli.main()
    out, err = capsys.readouterr()
    return int(ended.value.code or 0), "\n".join([out, err, *(str(each.message) for each in warned)])


@pytest.mark.parametrize(
    ("source", "why"),
    [
        (
            RULE.replace('"error"', '"fatal"'),
            "ValueError: the rule 'house-x': a severity is one of error, warning, note",
        ),
        ("import nowhere_to_be_found", "ModuleNotFoundError: No module named 'nowhere_to_be_found'"),
    ],
)
@pytest.mark.parametrize("form", FORMATS)
def test_rules_that_cannot_be_imported_are_no_clean_bill(
    install, monkeypatch: pytest.MonkeyPatch, capsys, tmp_path: Path, source: str, why: str, form: str
) -> None:
    install("recexplore.rules", source, "house = HERE:theirs")
    path = str(tmp_path / "a.json")
    Path(path).write_text(json.dumps([says("Hel"), says("lo")]))
    code, said = check_all(monkeypatch, capsys, "check", path, "--format", form, "--select", "stall", "--no-settings")
    assert code == 2
    said = said.replace("&#39;", "'")
    assert "a rule's package could not be imported" in " ".join(said.split())
    baseline = tmp_path / "b.json"
    assert check_all(monkeypatch, capsys, "check", path, "--write-baseline", "--baseline", str(baseline))[0] == 3
    assert not baseline.exists(), "what it accepts of rules that are missing would be lost"
    assert re.search(r"house \(someones(_|&#95;)\d+(:|&#58;|%3A)theirs\)", said)
    assert why.partition(":")[0] in said


def test_the_rules_are_listed_without_one_that_is_none(install, monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    install("recexplore.rules", RULE.replace('"error"', '"fatal"'), "house = HERE:theirs")
    code, said = check_all(monkeypatch, capsys, "rules")
    assert code == 0
    assert "'house' (" in said
    assert "the rule 'house-x': a severity is one of" in said


def test_rules_that_can_be_imported_leave_nothing_out(install, monkeypatch, capsys, tmp_path: Path) -> None:
    install("recexplore.rules", RULE, "house = HERE:theirs")
    path = str(tmp_path / "a.json")
    Path(path).write_text(json.dumps([says("Hel"), says("lo")]))
    assert check_all(monkeypatch, capsys, "check", path, "--select", "house-x", "--no-settings")[0] == 0
    assert left_out("recexplore.rules") == {}


def test_packages_are_looked_for_once_and_again_when_one_is_installed(
    install, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[int] = []
    real = plugins.entry_points
    monkeypatch.setattr(plugins, "entry_points", lambda: looked.append(1) or real())
    install(GROUP, "A = 1", "a = HERE:A", package="one")
    (tmp_path / "__pycache__").mkdir()
    os.utime(tmp_path, (1, 1))
    assert [installed(GROUP), installed(GROUP), installed("recexplore.nothing")] == [(1,), (1,), ()]
    assert len(looked) == 1
    install(GROUP, "B = 2", "b = HERE:B", package="other")
    assert installed(GROUP) == (1, 2)
    assert len(looked) == 2
