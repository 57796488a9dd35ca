"""The table of kinds: that it is whole, and that nothing beside it lists kinds, nor severities beside theirs."""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import pytest

from recexplore.comparison.levels import TABLE as VERDICTS
from recexplore.model.colours import GREY
from recexplore.model.kinds import KINDS, LEGEND, LETTERS, TABLE, Kind
from recexplore.model.severities import SEVERITIES
from recexplore.views.explorer import web
from recexplore.views.figures.compared import VERDICT_MARKS

PACKAGE = Path(__file__).parent.parent / "recexplore"
LEAST_LISTED = 3
"""Two kinds may be meant by themselves: reasoning and content are the phases."""

PAGE = PACKAGE / "views" / "explorer" / "web"

MODULES = [path for path in sorted(PACKAGE.rglob("*.py")) if "dialects" not in path.parts]
TABLES = {PACKAGE / "model" / "kinds.py", PACKAGE / "model" / "severities.py"}
"""Dialects say what each piece of an answer is: they name kinds, as many as they know."""


@pytest.mark.parametrize("kind", TABLE, ids=lambda kind: kind.name)
def test_every_row_says_how_the_kind_is_shown(kind: Kind) -> None:
    assert kind.meaning.endswith(".")
    assert kind.letter in {each.letter for each in LETTERS}
    assert (kind.colour is not GREY) == bool(kind.legend), "a colour of its own needs a legend that explains it"
    assert not (kind.joined_in and not kind.is_payload), "only parts of the answer are joined"


def test_names_letters_and_places_in_legends_are_given_once() -> None:
    assert len(set(KINDS)) == len(KINDS)
    assert len({each.letter for each in LETTERS}) == len(LETTERS)
    assert len({kind.legend for kind in LEGEND}) == len(LEGEND)


def literals(source: str) -> Iterator[tuple[int, set[str]]]:
    """The texts of every list, tuple, set, dict (its keys) and call (its arguments) that holds nothing else."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Tuple | ast.List | ast.Set):
            items = node.elts
        elif isinstance(node, ast.Dict):
            items = [key for key in node.keys if key is not None]
        elif isinstance(node, ast.Call):
            items = node.args
        else:
            continue
        texts = {item.value for item in items if isinstance(item, ast.Constant) and isinstance(item.value, str)}
        if texts and len(texts) == len(items):
            yield node.lineno, texts


def lists_of_kinds(source: str) -> list[int]:
    """The lines that list kinds."""
    return [line for line, texts in literals(source) if len(texts) >= LEAST_LISTED and texts <= set(KINDS)]


def lists_of_severities(source: str) -> list[int]:
    """The lines that list severities. What a format calls each is a mapping, whose type sees to it that none lacks."""
    lines = source.splitlines()
    found = [line for line, texts in literals(source) if texts == set(SEVERITIES)]
    return [line for line in found if "Mapping[Severity, " not in lines[line - 1]]


@pytest.mark.parametrize("lists", [lists_of_kinds, lists_of_severities])
def test_no_other_module_lists_kinds_or_severities(lists: Callable[[str], list[int]]) -> None:
    found = {str(path): lists(path.read_text(encoding="utf-8")) for path in sorted({*MODULES} - TABLES)}

    assert {path: lines for path, lines in found.items() if lines} == {}


@pytest.mark.parametrize(
    "source",
    [
        'KINDS = ("content", "reasoning", "tag")',
        'COLOURS = {"error": 1, "usage": 2, "role": 3}',
        'streams.of_kind("annotation", "citation", "error")',
    ],
)
def test_the_check_of_the_modules_sees_a_list(source: str) -> None:
    assert lists_of_kinds(source) == [1]


LISTED: Final = re.compile(r"[\[({][^\[\](){}]*[\])}]")
"""A bracket with no other inside."""
WORD: Final = re.compile(r"""(?:"(\w+)"|\b(\w+)(?=\s*:))""")


def listed_in_page(source: str) -> Iterator[set[str]]:
    """The quoted words and the keys of every innermost bracket of a module of the page."""
    for bracket in LISTED.finditer(source):
        yield {quoted or key for quoted, key in WORD.findall(bracket.group())}


@pytest.mark.parametrize("words", [KINDS, SEVERITIES], ids=["kinds", "severities"])
def test_the_page_lists_neither_kinds_nor_severities(words: tuple[str, ...]) -> None:
    sources = {path.name: path.read_text("utf-8") for path in sorted(PAGE.rglob("*.js"))}
    lists = {
        name: found
        for name, source in sources.items()
        for found in listed_in_page(source)
        if len(found & set(words)) >= LEAST_LISTED
    }

    assert sources
    assert not lists


@pytest.mark.parametrize(
    "source",
    [
        'const SHOWN = new Set(["content", "reasoning", "tag"]);',
        'const LEGEND = {\n  content: "content", reasoning: "reasoning",\n  tool_call: "tool", x: f,\n};',
    ],
)
def test_the_check_of_the_page_sees_a_list(source: str) -> None:
    assert any(len(found & set(KINDS)) >= LEAST_LISTED for found in listed_in_page(source))


def test_the_style_sheet_spells_no_colour_of_a_kind() -> None:
    written = "".join(path.read_text("utf-8") for path in PAGE.rglob("*.css"))

    assert not [kind.name for kind in TABLE if kind.colour.hex in written]
    assert all(f"--rx-{kind.name}: {kind.colour.hex};" in web.style() for kind in TABLE)
    assert all(f"--rx-letter-{each.letter}: {each.colour.hex};" in web.style() for each in LETTERS)


ADDED = Path(__file__).parent / "a_kind_more.py"


def test_a_kind_more_is_one_row(tmp_path: Path) -> None:
    """Columns, analysis, rules, figures, terminal and page all take it from the table."""
    (tmp_path / "answer.sse").write_text('data: {"poem": "roses are red"}\n\ndata: {"poem": ", so"}\n\n')
    environment = {**os.environ, "PYTHONPATH": str(PACKAGE.parent)}
    done = subprocess.run(
        [sys.executable, "-W", "error", str(ADDED), str(tmp_path)], capture_output=True, env=environment, check=False
    )

    assert not done.returncode, done.stderr.decode()
    assert json.loads(done.stdout) == {
        "kinds": ["poem", "poem"],
        "text": "roses are red, so",
        "choice": ["roses are red, so", "17"],
        "places": [["0", "13"], ["13", "17"]],
        "shares": [["poem", "13"], ["poem", "4"]],
        "text deltas": "2",
        "picture": ["cc"],
        "fact": ["poem", "17 characters", "text of kind poem in all"],
        "rules that failed": [],
        "drawn": ["poem", "#cc79a7"],
        "terminal": True,
        "page": True,
    }


def test_verdicts_have_one_colour_in_page_and_figures() -> None:
    for each in VERDICTS:
        assert f".rx-verdict-{each.verdict.replace(' ', '-')} {{ --rx-verdict-hue: {each.colour.hex}; }}" in web.style()
    assert {name: mark.color for name, mark in VERDICT_MARKS.items()} == {
        each.verdict: each.colour.hex for each in VERDICTS
    }
    assert len({mark.symbol for mark in VERDICT_MARKS.values()}) == len(VERDICTS)
