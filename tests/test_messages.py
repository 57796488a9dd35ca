"""What the page is answered has the shapes that are declared, and the page's code is checked by these."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import UnionType
from typing import Any, Literal, NotRequired, Union, get_args, get_origin, get_type_hints, is_typeddict

import pytest

import recexplore
from recexplore.checks.settings import Settings
from recexplore.corpus import Corpus, Recording
from recexplore.views.explorer.answers import QUESTIONS, Answers
from recexplore.views.explorer.messages import Finding, Start
from recexplore.views.explorer.panes import PANES
from recexplore.views.explorer.panes.timing import Timing

pytestmark = pytest.mark.long

ROOT = Path(__file__).parent.parent
PRICES = {"currency": "USD", "prices": {"*": {"input": 2.5, "output": 10.0}}}


def misfits(value: Any, hint: Any, where: str = "answer") -> Iterator[str]:
    """Where a value is not of a type: a key too many or too few, a value of another type."""
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is NotRequired:
        yield from misfits(value, arguments[0], where)
    elif is_typeddict(hint):
        members = get_type_hints(hint, include_extras=True)
        required = {name for name, each in members.items() if get_origin(each) is not NotRequired}
        if not isinstance(value, dict) or not required <= value.keys() <= members.keys():
            yield f"{where}: {value!r:.200} has not the keys of {hint.__name__}"
            return
        for name, each in value.items():
            yield from misfits(each, members[name], f"{where}.{name}")
    elif origin in (Union, UnionType):
        if all(any(misfits(value, each)) for each in arguments):
            yield f"{where}: {value!r:.200} is none of {hint}"
    elif origin is Literal:
        if value not in arguments:
            yield f"{where}: {value!r:.200} is not one of {arguments}"
    elif origin is tuple:
        if not isinstance(value, tuple) or len(value) != len(arguments):
            yield f"{where}: {value!r:.200} is no {hint}"
            return
        for at, each in enumerate(value):
            yield from misfits(each, arguments[at], f"{where}[{at}]")
    elif origin is list:
        if not isinstance(value, list):
            yield f"{where}: {value!r:.200} is no list"
            return
        for each in value:
            yield from misfits(each, arguments[0], f"{where}[]")
    elif origin is dict:
        if not isinstance(value, dict):
            yield f"{where}: {value!r:.200} is no dict"
            return
        for name, each in value.items():
            yield from misfits(name, arguments[0], f"{where} key")
            yield from misfits(each, arguments[1], f"{where}[{name!r}]")
    elif type(value) is not hint and not (hint is float and type(value) is int):
        yield f"{where}: {value!r:.200} is no {hint}"


def declared(question: str, given: dict[str, Any]) -> Any:
    """The type that a question's answer is declared with."""
    if question == "pane":
        return get_type_hints(PANES[given["name"]])["return"]
    value, _ = get_args(get_type_hints(QUESTIONS[question])["return"])
    return value


def questions_about(answers: Answers, recording: Recording) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every question that a page may ask of a recording, with what it asks by."""
    by = {"recording": recording.id}
    yield "opening", by
    yield "find", {**by, "view": "one", "key": 1, "count": 50, "query": "the", "anchors": [recording.id]}
    yield "rows", {"view": "one", "key": 1, "first": 0, "count": 5}
    yield "values", {"view": "one", "key": 1, "facet": "model", "words": "g"}
    yield "files", {}
    yield "coming", {}
    yield "prompt", by
    yield "prompts", {"recordings": [recording.id]}
    yield from (("pane", {**by, "name": name}) for name in PANES)
    yield from (("chunk", {**by, "chunk": chunk}) for chunk in range(min(int(recording.facts["n_chunks"]), 3)))
    yield "show", by
    view, _ = answers.answer("show", by)
    yield from (("copy", {**by, "what": each["name"], "chunk": 0}) for each in view["copies"])
    yield from (("rule", {"rule": each["rule"]}) for each in view["findings"][:3])
    yield "rule", {"rule": "no such rule"}
    yield "runs", by
    yield "grouping", {"is_asked": True}
    yield "runs", by
    other = next(each.id for each in answers.corpus if each.id != recording.id)
    runs = {"recordings": [recording.id, other]}
    yield "compare", runs
    yield "compare_texts", {**runs, "runs": [1, 0]}
    yield "compare_alike", runs
    for text in answers.answer("compare", runs)[0]["texts"][:2]:
        yield "compare_tree", {**runs, **{name: text[name] for name in ("choice", "kind", "tool")}}
    for finding in view["findings"][:1]:
        mine = {**by, **{name: finding[name] for name in ("rule", "severity", "choice")}}
        yield from (("proposal", {**mine, "way": way, "reason": "meant"}) for way in ("baseline", "file", "nowhere"))
        shown = answers.answer("proposal", {**mine, "way": "baseline"})[0]["text"]
        yield "accept", {**mine, "way": "baseline", "shown": shown}
        yield "show", by


def is_as_declared(corpus: Corpus, folder: Path, prices: Any = None) -> set[str]:
    """The questions that were asked, all of them answered as declared; what is accepted is written into the folder."""
    answers, asked = Answers(corpus, prices=prices, settings=lambda: Settings(root=str(folder))), set()
    for recording in corpus:
        for question, given in questions_about(answers, recording):
            value, _ = answers.answer(question, given)
            assert list(misfits(value, declared(question, given), f"{recording.id} {question}")) == []
            asked.add(question)
    return asked


def test_every_answer_is_as_declared(all_recordings: Corpus, tmp_path: Path) -> None:
    assert is_as_declared(all_recordings, tmp_path, PRICES) == {*QUESTIONS}


@pytest.mark.thorough
def test_every_answer_without_prices_is_as_declared(bundled: Corpus, tmp_path: Path) -> None:
    assert is_as_declared(bundled, tmp_path) == {*QUESTIONS}


@pytest.mark.thorough
def test_answers_about_a_larger_corpus_are_as_declared(corpus_folder: Path, tmp_path: Path) -> None:
    files = sorted((corpus_folder / "ogx").rglob("*.json"))[::120]
    is_as_declared(recexplore.load([*map(str, files)], progress=False), tmp_path)


def test_an_opening_without_recordings_is_as_declared(tmp_path: Path) -> None:
    value, _ = Answers(recexplore.load(tmp_path, progress=False)).answer("opening", {})
    assert list(misfits(value, Start)) == []


@pytest.mark.parametrize(
    "change", [{"chunks": 3}, {"chunk": "3"}, {"severity": "bad"}, {"spans": [[0, "a", 2]]}, {"spans": None}], ids=str
)
def test_what_is_not_as_declared_is_seen(change: dict[str, Any]) -> None:
    finding = {"rule": "a", "severity": "note", "message": None, "evidence": None}
    fitting = {**finding, "chunk": 3, "last_chunk": None, "choice": 0, "spans": [[0, 1, 2]]}
    assert list(misfits(fitting, Finding)) == []
    assert len(list(misfits({**fitting, **change}, Finding))) == 1
    assert len(list(misfits(finding, Finding | Timing))) == 1


def test_the_page_is_checked_by_what_is_declared() -> None:
    done = subprocess.run(
        [sys.executable, ROOT / "tools" / "messages.py", "--check"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
