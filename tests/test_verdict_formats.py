"""The formats of a linter: order, one line a finding, GitLab's, Markdown, statistics; nothing recorded breaks them."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from hostile_text import HOSTILE
from markdown_it import MarkdownIt
from rich.console import Console
from synthetic import choice, chunk
from test_verdicts import all_hostile, hostile, said
from verdict_kit import HOSTILE as MORE_HOSTILE
from verdict_kit import a_rule, a_verdict, finding, unread, use_rules

import recexplore
from recexplore.checks.result import judge
from recexplore.checks.settings import Settings
from recexplore.checks.suppression import Suppression
from recexplore.corpus import Corpus
from recexplore.model.span import Span
from recexplore.rules import Hit
from recexplore.share.reports import STATISTICS
from recexplore.share.reports.order import by_recording, worst_first
from recexplore.share.reports.tallies import by_model, by_rule, folded
from recexplore.share.reports.text import plain

ALL_HOSTILE = HOSTILE | {f"{name} (findings)": text for name, text in MORE_HOSTILE.items()}
_STEERING = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069]")

NOTE = finding("A note.", rule="three", severity="note", path="a.json", recording="a", chunk=0)
ERROR = finding("An error.", path="b.json", recording="b", chunk=9, last_chunk=9)
WARNING = finding("A warning.", rule="two", severity="warning", path="b.json", recording="b", chunk=1, last_chunk=1)
MIXED = [NOTE, WARNING, ERROR]


# --- order


def test_errors_come_first_and_else_nothing_moves() -> None:
    other = finding("Another error.", path="c.json", recording="c")
    assert worst_first([*MIXED, other]) == [ERROR, other, WARNING, NOTE]
    assert [(label.path, group) for label, group in by_recording(MIXED)] == [
        ("b.json", [ERROR, WARNING]),
        ("a.json", [NOTE]),
    ]


@pytest.mark.parametrize("name", ["text", "concise", "json", "github", "gitlab", "markdown"])
def test_every_list_has_errors_first(bundled: Corpus, name: str) -> None:
    verdict = a_verdict(bundled, MIXED)
    report = plain(verdict) if name == "text" else said(name, verdict)
    places = [report.index(each.message.partition(" ")[2]) for each in (ERROR, WARNING, NOTE)]
    assert places == sorted(places)


# --- one line a finding


def test_concise(bundled: Corpus) -> None:
    verdict = a_verdict(bundled, MIXED, problems=(unread("x"),), failed={"two": "why"})
    assert said("concise", verdict).splitlines() == [
        "b.json: error one An error. (chunk 9)",
        "b.json: warning two A warning. (chunk 1)",
        "a.json: note three A note. (chunk 0)",
        "a/bad.json: error unread x: expected x, found x; x",
        "recexplore: error failed the rule two: why",
        "recexplore: 1 error, 1 warning, 1 note in 2 of 2 recordings; 1 problem while reading; 1 rule failed",
    ]


@pytest.mark.parametrize("name", ALL_HOSTILE)
def test_concise_is_one_line_a_finding_whatever_was_recorded(bundled: Corpus, name: str) -> None:
    report = said("concise", all_hostile(bundled, ALL_HOSTILE[name]))
    lines = report.rstrip("\n").splitlines()
    assert len(lines) == 5
    assert not _STEERING.search(report)
    assert not re.search(r"^::|\s::\S|##\[", report)


# --- GitLab


def test_gitlab(bundled: Corpus) -> None:
    found = json.loads(
        said("gitlab", a_verdict(bundled, [*MIXED, ERROR], problems=(unread("x"),), failed={"two": "no"}))
    )
    assert found[0] == {
        "description": "An error. (chunk 9)",
        "check_name": "one",
        "fingerprint": found[0]["fingerprint"],
        "severity": "critical",
        "location": {"path": "b.json", "lines": {"begin": 1}},
    }
    assert [each["severity"] for each in found] == ["critical", "critical", "minor", "info", "blocker", "blocker"]
    assert len({each["fingerprint"] for each in found}) == len(found)


def test_gitlab_names_files_from_the_top_and_keeps_fingerprints(
    bundled_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_rules(monkeypatch, a_rule("one", Hit(0, "Odd.", chunk=0)))
    monkeypatch.chdir(bundled_folder.parent)
    corpus = recexplore.load("./llama-stack", progress=False)
    (one,) = json.loads(said("gitlab", judge(corpus)))
    assert one["location"]["path"].startswith("llama-stack/007c")
    assert one["location"]["lines"]["begin"] == corpus[corpus.recordings["recording"][0]].line(0)
    use_rules(monkeypatch, a_rule("one", Hit(0, "In other words.", chunk=2)))
    (again,) = json.loads(said("gitlab", judge(corpus)))
    assert again["fingerprint"] == one["fingerprint"]


@pytest.mark.parametrize("name", ALL_HOSTILE)
def test_gitlab_is_json_whatever_was_recorded(bundled: Corpus, name: str) -> None:
    found = json.loads(said("gitlab", all_hostile(bundled, ALL_HOSTILE[name])))
    assert len(found) == 4
    assert all(isinstance(each["location"]["path"], str) and each["location"]["lines"]["begin"] == 1 for each in found)
    assert not _STEERING.search(found[0]["description"])


# --- Markdown


def shown(report: str) -> tuple[str, list[str]]:
    """What a reader sees, and the tags of HTML that make it."""
    html = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).render(report)
    tags = re.findall(r"<(/?[a-zA-Z!][^\s>]*[^>]*)>", html)
    return re.sub("<[^>]*>", "", html), tags


OURS = re.compile(
    r"/?(h3|h4|p|table|thead|tbody|tr|th|td|strong|code|pre|ul|li|details|summary)"
    r'( style="text-align:right"| class="language-text")?'
)


def test_markdown(bundled: Corpus) -> None:
    errors = [finding("It is `odd`.", "seen ``` here", path="a/b_c.json", chunk=3)]
    report = said("markdown", a_verdict(bundled, [*errors, *MIXED], problems=(unread("x"),)))
    assert report.startswith("### recexplore\n\n2 errors, 1 warning, 1 note in ")
    assert "| 2 | 1 | error | one |\n| 1 | 1 | warning | two |\n" in report
    assert "#### 2 errors\n\n**one** <code>a/b&#95;c.json</code> (chunk 3) It is &#96;odd&#96;." in report
    assert "\n````text\nseen ``` here\n````\n" in report
    assert "<details><summary>1 note</summary>\n\n- **three** <code>a.json</code>" in report
    assert "- **one**: remedy in other words\n" in report
    assert report.endswith(", and what is legal\n")
    text, tags = shown(report)
    assert "It is `odd`." in text
    assert all(OURS.fullmatch(each) for each in tags), tags


@pytest.mark.parametrize("name", ALL_HOSTILE)
def test_markdown_is_ours_whatever_was_recorded(bundled: Corpus, name: str) -> None:
    text = ALL_HOSTILE[name]
    report = said("markdown", all_hostile(bundled, text))
    _, tags = shown(report)
    assert all(OURS.fullmatch(each) for each in tags), tags
    plain_verdict = a_verdict(bundled, [finding("x", rule="one"), finding("y", rule="two", recording="y")])
    calm = shown(said("markdown", a_verdict(bundled, hostile("calm"))))[1]
    assert calm == shown(said("markdown", a_verdict(bundled, hostile(text))))[1] or not text.strip()
    assert plain_verdict.exit_code == 1
    assert not re.search("://|www\\.|(?<!&)#\\d|@\\w", re.sub("(?s)`{3,}text\\n.*?\\n`{3,}", "", report))
    assert not _STEERING.search(report)


def test_markdown_is_bounded(bundled: Corpus) -> None:
    many = [finding("word " * 5_000, "evidence " * 5_000, recording=f"r{n}", path=f"{n}.json") for n in range(200)]
    notes = [
        finding("n" * 5_000, severity="note", recording=f"n{n}", path=f"{n}.json", model=f"m{n}") for n in range(200)
    ]
    report = said("markdown", a_verdict(bundled, [*many, *notes]))
    assert len(report) < 300_000
    assert report.count("… and 150 more") == 2


# --- statistics and folding


def test_tallies(bundled: Corpus) -> None:
    found = [
        *(finding(recording=f"r{n}", model="a") for n in range(2)),
        *(finding(recording="r1", model="b", severity="note") for _ in range(4)),
    ]
    verdict = a_verdict(bundled, found)
    assert [(each.rule, each.severity, each.count, each.recordings) for each in by_rule(verdict)] == [
        ("one", "error", 2, 2),
        ("one", "note", 4, 1),
    ]
    assert [(each.model, each.count) for each in by_model(verdict)] == [("a", 2), ("b", 4)]
    alone, recurring = folded(verdict)
    assert alone == found[:2]
    assert [(each.count, each.served_by) for each in recurring] == [(4, "b")]
    assert folded(a_verdict(bundled, found, settings=Settings(fold=False))) == (found, [])
    assert folded(a_verdict(bundled, found[:4]))[1] == [], "two are told as they are"


def test_recurring_notes_of_real_recordings_name_the_provider(bundled: Corpus, monkeypatch: pytest.MonkeyPatch) -> None:
    use_rules(monkeypatch, a_rule("one", *(Hit(0, "Odd.", chunk=n) for n in range(3)), severity="note"))
    about = bundled.recordings.iloc[0]
    assert f"×3, {about['provider']} · {about['model_served']}, in 1 recording" in plain(judge(bundled), 200)
    assert f"×3, {about['provider']} · ".replace("_", "&#95;") in said("markdown", judge(bundled))


@pytest.mark.parametrize("name", ALL_HOSTILE)
def test_folded_notes_and_statistics_are_not_steered(bundled: Corpus, name: str) -> None:
    text = ALL_HOSTILE[name]
    notes = [
        finding(text or "x", path=f"{text[:99]}.json", model=text, severity="note", recording=f"r{n}") for n in range(3)
    ]
    verdict = a_verdict(bundled, notes)
    console = Console(width=200, color_system=None, highlight=False)
    with console.capture() as captured:
        console.print(STATISTICS["text"](verdict))
    for report in (plain(verdict), captured.get(), said("markdown", verdict)):
        assert not _STEERING.search(report)
    assert "×3" in plain(verdict)
    assert json.loads(str(STATISTICS["json"](verdict)))["by_rule"][0]["count"] == 3
    assert all(OURS.fullmatch(each) for each in shown(said("markdown", verdict))[1])


@pytest.mark.parametrize("name", ["text", "concise", "json", "github", "markdown"])
def test_what_is_suppressed_no_longer_is_told(bundled: Corpus, name: str) -> None:
    import datetime

    over = Suppression(
        "one", "for <b>now</b>\n::error::x", until=datetime.date(2020, 1, 31), source="a/recexplore.toml"
    )
    verdict = a_verdict(bundled, [ERROR], expired=(over,))
    report = plain(verdict, 300) if name == "text" else said(name, verdict)
    assert "2020-01-31" in report
    assert not re.search(r"(?m)^::error::x", report)
    assert name != "markdown" or "<b>" not in report


@pytest.mark.parametrize("name", ["text", "concise", "github", "markdown"])
def test_no_line_begins_with_a_command(bundled: Corpus, name: str) -> None:
    command = "::error title=pwned::yes"
    verdict = a_verdict(bundled, [finding(f"It said “{command}”.", f"{command}\n##[error]yes", chunk=1)])
    report = plain(verdict) if name == "text" else said(name, verdict)
    ours = "::error file=a/b.json" if name == "github" else None
    lines = [line.strip() for line in report.splitlines()]
    assert all(line.startswith(ours or "\0") or not line.startswith(("::", "##[")) for line in lines)


def test_reports_name_the_place_that_sarif_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    chunks = [chunk(choice({"content": text})) for text in ("all is ", "well here", " or not")]
    (tmp_path / "a.json").write_text(json.dumps(chunks, indent=1))
    monkeypatch.chdir(tmp_path)
    hit = Hit(0, "Odd.", chunk=0, last_chunk=2, choice=0, spans=(Span(0, "content", 12, 16),))
    use_rules(monkeypatch, a_rule("one", hit))
    verdict = judge(recexplore.load("a.json", progress=False))
    region = json.loads(said("sarif", verdict))["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["region"]
    assert region["snippet"]["text"] == "here"
    line, column = region["startLine"], region["startColumn"]
    assert line > (verdict.line(verdict.new[0]) or 0)
    assert said("concise", verdict).startswith(f"a.json:{line}:{column}: error one Odd.")
    assert said("github", verdict).startswith(f"::error file=a.json,line={line},col={column},")
    assert f"line {line}" in plain(verdict)
    (found,) = json.loads(said("json", verdict))["findings"]
    assert (found["line"], found["column"]) == (line, column)
    (found,) = json.loads(said("gitlab", verdict))
    assert found["location"]["lines"]["begin"] == line


def test_statistics_count_what_could_not_be_read(bundled: Corpus) -> None:
    problems = (unread("cut"), unread("cut"), unread("cut", "b.json"), unread("::error x"))
    verdict = a_verdict(bundled, MIXED, problems=problems)
    assert json.loads(str(STATISTICS["json"](verdict)))["by_problem"] == [
        {"what": "cut", "count": 3, "files": 2},
        {"what": "::error x", "count": 1, "files": 1},
    ]
    console = Console(width=80, color_system=None, highlight=False)
    with console.capture() as captured:
        console.print(STATISTICS["text"](verdict))
    assert re.search(r"count +files +could not be read", captured.get())
    assert re.search(r"\n +3 +2 +cut", captured.get())
    assert not json.loads(said("sarif", verdict))["runs"][0]["invocations"][0]["executionSuccessful"]
