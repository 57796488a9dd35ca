"""A verdict in every format: what it says, and that nothing recorded can break it."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import jsonschema
import pytest
from rich.console import Console
from synthetic import choice, chunk
from verdict_kit import HOSTILE, a_rule, a_verdict, finding, published_sarif, unread, use_rules

import recexplore
from recexplore.checks.baseline import Kind, Outdated
from recexplore.checks.result import Verdict, judge
from recexplore.checks.settings import Settings
from recexplore.corpus import Corpus
from recexplore.rules import RULES, Finding, Hit
from recexplore.rules.quoting import shortened
from recexplore.share.reports import FORMATS, sarif
from recexplore.share.reports.text import plain, summary, told

MANY = [
    finding("The first thing.", "seen “here”", test_id="t.py::test_a[x]", model="gpt", chunk=3, last_chunk=5, choice=1),
    finding(
        "The second.", rule="two", severity="warning", test_id="t.py::test_a[x]", model="gpt", chunk=7, last_chunk=7
    ),
    finding("The third.", rule="three", severity="note", path="c.json", recording="c"),
]
_CHECKER = jsonschema.Draft202012Validator.FORMAT_CHECKER
_SARIF = jsonschema.validators.validator_for(published_sarif())(published_sarif(), format_checker=_CHECKER)


def printed(verdict: Verdict, width: int, color: bool = False) -> str:
    console = Console(width=width, color_system="truecolor" if color else None, force_terminal=color, highlight=False)
    with console.capture() as captured:
        console.print(FORMATS["text"](verdict))
    return captured.get()


def said(name: str, verdict: Verdict) -> str:
    report = FORMATS[name](verdict)
    assert isinstance(report, str)
    assert report.endswith("\n")
    report.encode("utf-8")
    return report


def hostile(text: str) -> list[Finding]:
    """Findings that hold a text wherever a recording can bring one in."""
    return [
        finding(text or "x", text, path=f"a/{text[:200]}.json", test_id=text, model=text, chunk=1),
        finding(
            f"it said “{text[:60]}”", f"{'before ' * 99}{text}{' after' * 99}", rule="two", recording=f"r{text[:9]}"
        ),
    ]


def all_hostile(corpus: Corpus, text: str) -> Verdict:
    return a_verdict(
        corpus,
        hostile(text),
        problems=(unread(text, f"a/{text[:200]}.json"),),
        failed={"three": text},
        outdated=(Outdated(Kind(text, 0, None, "one"), 2, 1),),
    )


# --- text


def test_text_groups_by_recording(bundled: Corpus) -> None:
    assert printed(a_verdict(bundled, MANY), 100) == (
        "a/b.json\n"
        "  gpt · test_a[x]\n"
        "  error    one  chunks 3–5, choice 1\n"
        "           The first thing.\n"
        "           › seen “here”\n"
        "  warning  two  chunk 7\n"
        "           The second.\n"
        "\n"
        "c.json\n"
        "  note     three\n"
        "           The third.\n"
        "\n"
        "What to do\n"
        "  one\n"
        "           remedy in other words\n"
        "  two\n"
        "           remedy in other words\n"
        "  three\n"
        "           remedy in other words\n"
        "  `recexplore explain RULE` says what it means, where it comes from, and what is legal\n"
        "\n"
        "1 error, 1 warning, 1 note in 2 of 2 recordings\n"
    )


def test_text_has_colour_by_severity(bundled: Corpus) -> None:
    text = printed(a_verdict(bundled, MANY), 100, color=True)
    assert "\x1b[1;31m  error" in text
    assert "\x1b[33m  warning" in text
    assert "\x1b[36m  note" in text


@pytest.mark.parametrize("width", [20, 80, 140])
def test_text_fits_the_width(bundled: Corpus, width: int) -> None:
    long = finding("word " * 80, "evidence " * 400, test_id="t" * 300, path="p" * 300)
    lines = printed(a_verdict(bundled, [long]), width).splitlines()
    assert max(map(len, lines)) <= width
    assert sum("evidence" in line for line in lines) <= 3


def test_text_shows_both_ends_of_long_evidence(bundled: Corpus) -> None:
    """As the rule gave it: what the message happens to quote is not searched in it."""
    text = told([finding("It is “in the middle”.", f"BEGIN {'x ' * 999} in the middle {'y ' * 999} END")], 80)
    assert "› BEGIN" in text
    assert " … " in text
    assert text.endswith("END")
    assert "in the middle" not in text.split("›")[1]


@pytest.mark.parametrize("length", [4, 5, 30, 31, 1000])
def test_what_is_shortened_has_both_ends_and_no_more_characters_than_that(length: int) -> None:
    text = "".join(map(chr, range(0x4E00, 0x4E00 + 400)))
    short = shortened(text, length)
    assert len(short) == min(length, len(text))
    head, _, tail = short.partition(" … ")
    assert text.startswith(head)
    assert text.endswith(tail)


def test_the_summary_is_one_line_that_counts(bundled: Corpus) -> None:
    nothing = judge(bundled, Settings(ignore=("all",)))
    assert plain(nothing) == summary(nothing) == "5 recordings, nothing found"
    much = a_verdict(
        bundled,
        MANY,
        accepted=tuple(MANY),
        problems=(unread("x"), unread("y")),
        failed={"three": "RuntimeError"},
        outdated=(Outdated(Kind("a.json", 0, None, "one"), 2, 1),),
    )
    assert summary(much) == (
        "1 error, 1 warning, 1 note in 2 of 2 recordings; 3 findings accepted; 1 entry of the baseline outdated; "
        "2 problems while reading; 1 rule failed"
    )
    assert "unread   a/bad.json: x: expected x, found x; x\n" in plain(much)
    assert "failed   the rule three: RuntimeError\n" in plain(much)
    assert "  outdated one in a.json, exchange 0: 2 accepted, 1 found\n" in plain(much)
    assert summary(a_verdict(bundled, accepted=tuple(MANY))) == "0 recordings, nothing new found; 3 findings accepted"


@pytest.mark.parametrize("name", HOSTILE)
def test_text_shows_hostile_text_and_is_not_steered(bundled: Corpus, name: str) -> None:
    for text in (printed(all_hostile(bundled, HOSTILE[name]), 100), plain(all_hostile(bundled, HOSTILE[name]))):
        assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069]", text)
    if name == "markup":
        assert "[bold red]no[/]" in text


# --- JSON


def test_json_holds_everything(bundled: Corpus) -> None:
    verdict = a_verdict(bundled, MANY, accepted=(MANY[0],), problems=(unread("x"),), failed={"three": "why"})
    found = json.loads(said("json", verdict))
    assert list(found) == [
        "exit_code", "fail_on", "max_warnings", "counts", "findings", "accepted", "suppressed", "outdated", "expired",
        "unused", "problems", "accepted_problems", "skipped", "failed_rules", "rules",
    ]  # fmt: skip
    assert found["exit_code"] == 2
    assert found["counts"] == {
        "recordings": 2, "errors": 1, "warnings": 1, "notes": 1, "hidden": 0, "accepted": 1, "suppressed": 0, "outdated": 0,
        "problems": 1, "accepted_problems": 0, "skipped": 0,
    }  # fmt: skip
    assert found["findings"][0] == {
        "rule": "one", "severity": "error", "recording": "b", "path": "a/b.json", "exchange": 0,
        "test_id": "t.py::test_a[x]", "model": "gpt", "chunk": 3, "last_chunk": 5, "choice": 1,
        "message": "The first thing.", "evidence": "seen “here”", "spans": [], "line": None, "column": None,
    }  # fmt: skip
    assert found["findings"][2]["chunk"] is None
    assert found["problems"][0]["hint"] == "x"
    assert found["rules"] == ["one", "two", "three"]


@pytest.mark.parametrize("name", HOSTILE)
def test_json_keeps_hostile_text(bundled: Corpus, name: str) -> None:
    text = HOSTILE[name]
    found = json.loads(said("json", all_hostile(bundled, text)))
    if name != "lone surrogate":
        assert found["findings"][0]["evidence"] == text
        assert found["problems"][0]["what"] == text


# --- SARIF


def validated(verdict: Verdict) -> dict[str, Any]:
    """The run of a log that fits what SARIF allows."""
    log = json.loads(said("sarif", verdict))
    _SARIF.validate(log)
    run: dict[str, Any] = log["runs"][0]
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert all(rules[result["ruleIndex"]] == result["ruleId"] for result in run["results"])
    return run


@pytest.mark.parametrize(
    "wrong",
    [
        {"version": "2.1.0", "runs": [{"tool": {}}]},
        {"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "x"}}, "zzz": 1}]},
        {"version": "2.0.0", "runs": []},
    ],
)
def test_the_check_of_sarif_can_fail(wrong: Any) -> None:
    assert _CHECKER.conforms("a b", "uri-reference") is False
    assert published_sarif()["title"].startswith("Static Analysis Results Format (SARIF) Version 2.1.0")
    with pytest.raises(jsonschema.ValidationError):
        _SARIF.validate(wrong)


def test_sarif_of_recordings(bundled: Corpus, monkeypatch: pytest.MonkeyPatch, bundled_folder: Path) -> None:
    hit = Hit(2, "Odd.", chunk=4, choice=1, evidence="this\x00")
    use_rules(monkeypatch, a_rule("one", hit, hit, Hit(0, "Whole.")), a_rule("two", severity="note"))
    monkeypatch.chdir(bundled_folder.parent.parent)
    corpus = recexplore.load("recordings/llama-stack", progress=False)
    run = validated(judge(corpus))
    assert [rule["defaultConfiguration"]["level"] for rule in run["tool"]["driver"]["rules"]] == ["error", "note"]
    whole, first, _ = run["results"]
    about = corpus.recordings.iloc[2]
    place = first["locations"][0]["physicalLocation"]
    assert place["artifactLocation"] == {"uri": about["path"]}
    region = corpus[about["recording"]].region(4)
    assert region is not None
    assert place["region"] == {
        **{"startLine": corpus[about["recording"]].line(4), "startColumn": region.start_column},
        **{"endLine": region.end_line, "endColumn": region.end_column, "snippet": {"text": region.text}},
    }
    assert first["properties"] == {"evidence": "this\ufffd"}
    assert first["message"]["text"] == "Odd. (chunk 4, choice 1)"
    assert [each["kind"] for each in first["locations"][0]["logicalLocations"]] == ["recording", "choice", "chunk"]
    assert whole["locations"][0]["physicalLocation"]["region"] == {"startLine": 1}
    assert "properties" not in whole
    fingerprints = [each["partialFingerprints"]["recexplore/v1"] for each in run["results"]]
    assert len(set(fingerprints)) == 3
    assert run["invocations"][0] == {"executionSuccessful": True, "exitCode": 1, "toolExecutionNotifications": []}


def test_sarif_points_at_the_evidence_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The region is what the spans say, in lines and columns of the file; the snippet is the file's own text."""
    said = chunk(choice({"role": "assistant", "content": 'So "é" <|im_end|> it'}, finish_reason="stop"))
    monkeypatch.chdir(tmp_path)
    Path("a.sse").write_bytes(b": hello\r\n\r\n" + f"data: {json.dumps(said)}\r\n\r\ndata: [DONE]\r\n\r\n".encode())
    run = validated(judge(recexplore.load("a.sse", progress=False), Settings(select=("special-token",))))
    (result,) = run["results"]
    region = result["locations"][0]["physicalLocation"]["region"]
    line = Path("a.sse").read_text().split("\n")[2]
    column = line.index("<|im_end|>") + 1
    assert region == {
        **{"startLine": 3, "startColumn": column, "endLine": 3, "endColumn": column + 10},
        "snippet": {"text": "<|im_end|>"},
    }


@pytest.mark.parametrize(
    ("path", "uri"),
    [
        ("a/b.json", "a/b.json"),
        ("a b/100%/ü#?.json", "a%20b/100%25/%C3%BC%23%3F.json"),
        ("a:b.json", "a%3Ab.json"),
        ("x.zip!/in side/m.json", "x.zip"),
        ("https://h.invalid/a b/100%/%20.json", "https://h.invalid/a%20b/100%25/%20.json"),
        ("s3://bucket/x.tgz!/m.json", "s3://bucket/x.tgz"),
        ("HEAD:rec/a.json", "rec/a.json"),
        ("/else where/a.json", "file:///else%20where/a.json"),
    ],
)
def test_sarif_names_files(
    bundled: Corpus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str, uri: str
) -> None:
    monkeypatch.chdir(tmp_path)
    if path == "a:b.json":
        Path("a:b.json").write_text("{}")
    run = validated(a_verdict(bundled, [finding(path=path)], problems=(unread("x", path),)))
    assert run["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == uri
    notification = run["invocations"][0]["toolExecutionNotifications"][0]
    assert notification["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == uri


def test_sarif_names_the_member_of_an_archive(bundled: Corpus) -> None:
    logical = validated(a_verdict(bundled, [finding(path="x.zip!/m.json")]))["results"][0]["locations"][0]
    assert {"name": "m.json", "fullyQualifiedName": "x.zip!/m.json", "kind": "member"} in logical["logicalLocations"]


def test_sarif_says_which_rules_failed(bundled: Corpus) -> None:
    run = validated(a_verdict(bundled, failed={"two": "RuntimeError: no"}))
    assert run["invocations"][0]["executionSuccessful"] is False
    notification = run["invocations"][0]["toolExecutionNotifications"][0]
    assert notification["associatedRule"] == {"id": "two", "index": 1}
    assert "RuntimeError: no" in notification["message"]["text"]


def test_sarif_leads_to_the_catalogue_where_the_project_says_where_it_lives(
    bundled: Corpus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sarif, "_repository", lambda: "https://host.invalid/me/it")
    ours = RULES[0]
    driver = validated(a_verdict(bundled, rules=(ours, a_rule("one"))))["tool"]["driver"]
    assert driver["informationUri"] == "https://host.invalid/me/it"
    assert driver["rules"][0]["helpUri"] == f"https://host.invalid/me/it/blob/main/docs/rules/{ours.id}.md"
    assert driver["rules"][1]["helpUri"] == "https://x.invalid", "a rule of others has no page here"


def test_sarif_fingerprints_survive_a_new_recording(bundled: Corpus) -> None:
    def fingerprints(*found: Finding) -> list[str]:
        results = validated(a_verdict(bundled, found))["results"]
        return [each["partialFingerprints"]["recexplore/v1"] for each in results]

    before = fingerprints(finding("Said “a”.", "a", chunk=3, choice=0), finding("Said “b”.", "b", chunk=9, choice=0))
    after = fingerprints(finding("Said “c”.", "c", chunk=1, choice=0), finding("Said “d”.", "d", chunk=2, choice=0))
    assert before == after
    assert len(set(before)) == 2


@pytest.mark.parametrize("name", HOSTILE)
def test_sarif_is_valid_whatever_was_recorded(bundled: Corpus, name: str) -> None:
    run = validated(all_hostile(bundled, HOSTILE[name]))
    assert len(run["results"]) == 2
    assert "[click](" not in json.dumps([each["message"] for each in run["results"]])


# --- GitHub


def commands(report: str) -> list[tuple[str, dict[str, str], str]]:
    """What GitHub's runner makes of the lines: command, properties, message."""
    found = []
    for line in report.split("\n"):
        if match := re.fullmatch(r"::(\w+) (.*?)::(.*)", line):
            pairs = [pair.partition("=") for pair in match[2].split(",")]
            plain = {key: _unescaped(value.replace("%3A", ":").replace("%2C", ",")) for key, _, value in pairs}
            found.append((match[1], plain, _unescaped(match[3])))
    return found


def _unescaped(text: str) -> str:
    return text.replace("%0D", "\r").replace("%0A", "\n").replace("%25", "%")


def test_github_commands(bundled: Corpus) -> None:
    report = said("github", a_verdict(bundled, MANY, failed={"three": "why"}))
    more = (
        "What to do: remedy in other words\n`recexplore explain {}` says what it means, where it comes from, and what"
    )
    told = commands(report)
    assert [(name, place, said.partition("\nWhat to do")[0]) for name, place, said in told] == [
        ("error", {"file": "a/b.json", "title": "one"}, "The first thing.\nb, chunks 3–5, choice 1\nseen “here”"),
        ("warning", {"file": "a/b.json", "title": "two"}, "The second.\nb, chunk 7"),
        ("notice", {"file": "c.json", "title": "three"}, "The third.\nc"),
        ("error", {"title": "the rule three failed"}, "why"),
    ]
    assert all(more.format(rule) in said for rule, (_, _, said) in zip(("one", "two", "three"), told, strict=False))
    twice = commands(said("github", a_verdict(bundled, [MANY[0], MANY[0]])))
    assert ["What to do" in said for _, _, said in twice] == [True, False], "once a rule"
    assert report.splitlines()[-1].startswith("recexplore: 1 error, 1 warning, 1 note in 2 of 2 recordings")


def test_github_knows_lines(bundled: Corpus, monkeypatch: pytest.MonkeyPatch, bundled_folder: Path) -> None:
    use_rules(monkeypatch, a_rule("one", Hit(0, "Odd, this: 100%.", chunk=0)))
    monkeypatch.chdir(bundled_folder)
    corpus = recexplore.load(".", progress=False)
    line = said("github", judge(corpus)).splitlines()[0]
    name = corpus.recordings["path"][0].removeprefix("./")
    place = f"file={name},line={corpus[corpus.recordings['recording'][0]].line(0)},col=21,title=one"
    assert line.startswith(f"::error {place}::Odd, this: 100%25.%0A")


def test_github_escapes_properties(bundled: Corpus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a").mkdir()
    Path("a/50%:,b\n.json").write_text("{}")
    report = said("github", a_verdict(bundled, [finding(path="a/50%:,b\n.json")]))
    assert report.startswith("::error file=a/50%25%3A%2Cb .json,title=one::")
    url = said("github", a_verdict(bundled, [finding(path="https://h.invalid/a.json")]))
    assert url.startswith("::error title=one::")


@pytest.mark.parametrize("name", HOSTILE)
def test_github_gets_our_commands_and_no_other(bundled: Corpus, name: str) -> None:
    report = said("github", all_hostile(bundled, HOSTILE[name]))
    lines = report.rstrip("\n").splitlines()
    assert len(lines) == 5
    assert [line.partition(" ")[0] for line in lines] == ["::error", "::error", "::error", "::error", "recexplore:"]
    assert len(commands(report)) == 4


# --- JUnit


def suite(verdict: Verdict) -> ElementTree.Element:
    root = ElementTree.fromstring(said("junit", verdict).encode())
    (inner,) = root
    for name, tag in (("tests", "testcase"), ("failures", "failure"), ("errors", "error")):
        assert root.get(name) == inner.get(name) == str(len(list(inner.iter(tag))))
    return inner


def test_junit_has_a_case_for_every_recording(bundled: Corpus) -> None:
    verdict = a_verdict(bundled, [*MANY, finding("Fine?", severity="note", path="d.json", recording="d")])
    cases = list(suite(verdict))
    assert [(case.get("classname"), case.get("name")) for case in cases] == [
        ("a/b.json", "t.py::test_a[x]"),
        ("c.json", "c"),
        ("d.json", "d"),
    ]
    failure = cases[0].find("failure")
    assert failure is not None
    assert failure.get("message") == "1 finding: one"
    assert "The first thing." in (failure.text or "")
    assert "What to do\n  one: remedy in other words\n" in (failure.text or "")
    assert "The second." not in (failure.text or ""), "what does not fail is told beside"
    assert "The second." in (cases[0].findtext("system-out") or "")
    assert "The third." in (cases[1].findtext("system-out") or "")


def test_junit_has_the_time_that_was_measured(bundled: Corpus) -> None:
    assert suite(a_verdict(bundled, MANY)).get("time") is None
    measured = suite(a_verdict(bundled, MANY, seconds=1.25))
    assert measured.get("time") == "1.250"
    assert all(case.get("time") is None for case in measured.iter("testcase"))


def test_junit_has_errors(bundled: Corpus) -> None:
    cases = list(suite(a_verdict(bundled, problems=(unread("x"),), failed={"two": "why"})))
    assert [(case.get("classname"), case.findtext("error")) for case in cases] == [
        ("a/bad.json", "a/bad.json: x: expected x, found x; x"),
        ("recexplore", "why"),
    ]


@pytest.mark.parametrize("name", HOSTILE)
def test_junit_is_xml_whatever_was_recorded(bundled: Corpus, name: str) -> None:
    assert len(suite(all_hostile(bundled, HOSTILE[name]))) == 4


# --- all


@pytest.mark.parametrize("name", FORMATS)
def test_a_clean_verdict_in_every_format(bundled: Corpus, name: str) -> None:
    verdict = judge(bundled, Settings(ignore=("all",)))
    report = FORMATS[name](verdict)
    assert not isinstance(report, str) or report.endswith("\n")


@pytest.fixture(scope="module")
def judged_twice(bundled: Corpus) -> tuple[Verdict, Verdict]:
    return judge(bundled), judge(bundled)


@pytest.mark.parametrize("name", sorted(set(FORMATS) - {"text"}))
def test_reports_are_the_same_twice(judged_twice: tuple[Verdict, Verdict], name: str) -> None:
    one, other = judged_twice
    assert said(name, one) == said(name, other)


@pytest.mark.thorough
def test_real_recordings_in_every_format(corpus_folder: Path) -> None:
    verdict = judge(recexplore.load(corpus_folder, progress=False), Settings(fail_on="warning"))
    assert len(validated(verdict)["results"]) == len(verdict.new)
    assert len(suite(verdict)) == len(verdict.recordings) + len(verdict.problems)
    shown: Sequence[str] = plain(verdict).splitlines()
    assert shown[-1] == summary(verdict)
    assert len(commands(said("github", verdict))) == len(verdict.new) + len(verdict.problems)
    assert len(json.loads(said("json", verdict))["findings"]) == len(verdict.new)
