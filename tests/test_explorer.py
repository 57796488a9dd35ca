"""What the kernel answers the explorer's page, without a browser (that is ``tests/explorer``)."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from synthetic import recording, says

import recexplore
from recexplore.corpus import Corpus
from recexplore.views.explorer import web
from recexplore.views.explorer.widget import Explorer

FRONTS = ("widget", "window", "report")
"""The modules that carry messages, each for a page of its own."""


def ask(explorer: Explorer, what: str, **given: Any) -> Any:
    """What the page gets for a question; it has to be JSON."""
    value, _ = explorer.answers.answer(what, given)
    return json.loads(json.dumps(value, allow_nan=False))


@pytest.fixture
def explorer(bundled: Corpus) -> Explorer:
    return recexplore.explore(bundled, "f27523", chunk=81)


@pytest.fixture
def sent(explorer: Explorer, monkeypatch: pytest.MonkeyPatch) -> list[tuple[dict[str, Any], Any]]:
    """What the explorer sends to its page."""
    messages: list[tuple[dict[str, Any], Any]] = []
    monkeypatch.setattr(explorer, "send", lambda message, buffers=None: messages.append((message, buffers)))
    return messages


def test_opens_where_it_is_told(explorer: Explorer) -> None:
    assert explorer.recording is not None
    assert (explorer.recording.id, explorer.chunk) == ("f27523f3fec8", 81)
    assert repr(explorer) == "Explorer of 5 recordings, showing f27523f3fec8, chunk 81"


def test_opens_at_the_most_severe_finding_else_at_the_first_stream(bundled: Corpus) -> None:
    assert repr(recexplore.explore(bundled)) == "Explorer of 5 recordings, showing f27523f3fec8, chunk 1"
    quiet = recexplore.explore(bundled, findings=False)
    assert repr(quiet) == "Explorer of 5 recordings, showing 007c4711219f, chunk 33"


def test_opens_a_recording_alone(bundled: Corpus) -> None:
    assert recexplore.explore(bundled["94d11d"]).selected == "94d11daee205"


def test_opens_a_comparison(flaky: Corpus) -> None:
    group = recexplore.runs(flaky)[0]
    ids = [each.id for each in group]
    for compare in (group, ids, [*group[:4], *ids[4:]]):
        explorer = recexplore.explore(flaky, compare=compare, findings=False)
        assert explorer.opening["compared"] == ids
        assert explorer.selected == ids[0]
    explorer = recexplore.explore(flaky, ids[2], compare=ids[1], findings=False)
    assert (explorer.opening["compared"], explorer.selected) == ([ids[1]], ids[2])
    assert recexplore.explore(flaky, findings=False).opening["compared"] == []
    with pytest.raises(recexplore.RecordingNotFound):
        recexplore.explore(flaky, compare="no-such-run", findings=False)
    with pytest.raises(ValueError, match=f"recording {ids[0]} is named twice"):
        recexplore.explore(flaky, compare=[ids[0], ids[0]], findings=False)


def test_sending_the_reader_elsewhere(explorer: Explorer) -> None:
    before = explorer.sent
    explorer.select("94d11d", 3)
    assert (explorer.selected, explorer.cursor, explorer.sent) == ("94d11daee205", 3, before + 1)
    explorer.select("f27523")
    assert explorer.chunk == 85


def test_chunk_that_is_not_there(bundled: Corpus) -> None:
    with pytest.raises(IndexError, match="86 chunks"):
        recexplore.explore(bundled, "f27523", chunk=86)


def test_loads_what_is_no_corpus(bundled_folder: Path) -> None:
    assert len(recexplore.explore(bundled_folder).corpus) == 5
    assert len(recexplore.explore(str(bundled_folder / "94d*.json")).corpus) == 1
    with pytest.raises(TypeError, match="a path, a glob or a list of these, not int"):
        recexplore.explore(5)  # type: ignore[arg-type]


@pytest.mark.parametrize("findings", [["f27523"], pd.DataFrame({"rule": ["x"]})])
def test_wants_findings_that_name_recordings(bundled: Corpus, findings: Any) -> None:
    with pytest.raises(TypeError, match="frame with a row a finding"):
        recexplore.explore(bundled, findings=findings)


def test_empty_corpus_says_so(tmp_path: Path) -> None:
    explorer = recexplore.explore(recexplore.load(tmp_path))
    assert "no recording was found" in explorer.opening["empty"]
    assert explorer.recording is None
    assert repr(explorer) == "Explorer of 0 recordings"
    assert ask(explorer, "find", view="a", key=1, count=100, recording="")["total"] == 0


def test_problems_are_noted(tmp_path: Path, bundled_folder: Path) -> None:
    shutil.copy(bundled_folder / "94d11daee205.json", tmp_path)
    (tmp_path / "broken.json").write_text("{")
    explorer = recexplore.explore(recexplore.load(tmp_path))
    assert (explorer.opening["n_unread"], explorer.opening["n_skipped"], explorer.opening["notes"]) == (1, 0, [])


def test_files_that_gave_nothing_are_listed(tmp_path: Path, bundled_folder: Path) -> None:
    shutil.copy(bundled_folder / "94d11daee205.json", tmp_path)
    (tmp_path / "broken.json").write_text("{")
    (tmp_path / "README.md").write_text("# mine")
    found = ask(recexplore.explore(recexplore.load(tmp_path)), "files")
    (unread,), (skipped,) = found["unread"]["rows"], found["skipped"]["rows"]
    assert (found["unread"]["total"], found["skipped"]["total"]) == (1, 1)
    assert unread["path"].endswith("broken.json")
    assert all(unread[name] for name in ("what", "expected", "found", "hint"))
    assert skipped["path"].endswith("README.md")
    assert skipped["reason"] == "files called *.md are not searched"
    nothing = {"rows": [], "total": 0}
    alone = recexplore.load(tmp_path / "94d11daee205.json", progress=False)
    assert ask(recexplore.explore(alone), "files") == {"unread": nothing, "skipped": nothing}


def test_of_very_many_files_the_first_are_listed(tmp_path: Path) -> None:
    for n in range(510):
        (tmp_path / f"{n:03}.json").write_text("{")
    explorer = recexplore.explore(recexplore.load(tmp_path, progress=False))
    unread = ask(explorer, "files")["unread"]
    assert (len(unread["rows"]), unread["total"], explorer.opening["n_unread"]) == (500, 510, 510)


def test_what_was_asked_in_recordings_without_a_test(all_recordings: Corpus) -> None:
    explorer = recexplore.explore(all_recordings)
    prompts = ask(explorer, "prompts", recordings=["buffered", "gemini", "94d11d"])
    assert prompts == {
        "buffered": "Why does bread rise?",
        "gemini": "",
        "94d11daee205": "What is the name of the US captial?",
    }


def test_what_was_asked_in_a_file_that_is_gone_is_nothing(tmp_path: Path, bundled_folder: Path) -> None:
    path = Path(shutil.copy(bundled_folder / "94d11daee205.json", tmp_path))
    explorer = recexplore.explore(recexplore.load(tmp_path))
    path.unlink()
    assert ask(explorer, "prompts", recordings=["94d11daee205"]) == {"94d11daee205": ""}


def test_finding_again_tells_where_what_was_in_sight_stands(explorer: Explorer) -> None:
    found = ask(explorer, "find", view="a", key=1, count=2, recording="gone", sort="chunks", anchors=["nope", "007c47"])
    assert (found["at"], found["anchor"]) == (-1, ["007c47", 1])
    assert (
        ask(explorer, "find", view="a", key=1, count=2, recording="", query="saturn", anchors=["f27523"])["anchor"]
        is None
    )


def test_finding_tells_where_the_chosen_one_stands(explorer: Explorer) -> None:
    found = ask(explorer, "find", view="a", key=1, count=2, recording="f27523f3fec8", sort="chunks", descending=True)
    assert (found["total"], found["of"], found["at"]) == (5, 5, 0)
    assert [row["id"] for row in found["rows"]] == ["f27523f3fec8", "94d11daee205"]
    assert ask(explorer, "find", view="a", key=2, count=2, recording="f27523f3fec8", query="saturn")["at"] == -1


def test_further_rows_are_those_of_the_same_question(explorer: Explorer) -> None:
    ask(explorer, "find", view="a", key=7, count=2, recording="", sort="chunks")
    assert [row["chunks"] for row in ask(explorer, "rows", view="a", key=7, first=2, count=9)] == [39, 43, 86]
    with pytest.raises(LookupError, match="search again"):
        ask(explorer, "rows", view="a", key=6, first=2, count=9)


def test_values_of_a_facet_are_those_of_the_same_question(explorer: Explorer) -> None:
    ask(explorer, "find", view="a", key=7, count=2, recording="", query="chunks:>40")
    given = ask(explorer, "values", view="a", key=7, facet="model", words="OSS")
    assert given == {"values": [{"value": "openai.gpt-oss-20b-1:0", "count": 1}], "n_values": 1}
    with pytest.raises(LookupError, match="search again"):
        ask(explorer, "values", view="a", key=6, facet="model", words="OSS")


def test_two_views_do_not_mix_their_questions(explorer: Explorer) -> None:
    ask(explorer, "find", view="a", key=1, count=2, recording="", sort="chunks")
    ask(explorer, "find", view="b", key=1, count=2, recording="", query="saturn")
    assert len(ask(explorer, "rows", view="a", key=1, first=0, count=9)) == 5
    for number in range(40):
        ask(explorer, "find", view="b", key=number, count=2, recording="")
    assert len(ask(explorer, "rows", view="a", key=1, first=0, count=9)) == 5


def test_what_is_told_of_a_recording(explorer: Explorer) -> None:
    view = ask(explorer, "show", recording="f27523f3fec8")
    assert view["prompt"] == "What's the name of the Sun in latin?"
    assert dict(view["facts"])["tokens"] == "not reported"
    assert ["switches", "81"] in [words[:2] for words in view["words"]]
    assert view["shape"] == "stream"
    assert view["test_name"]["name"] == "openai_chat_completion_streaming_with_n"
    assert view["stream"]["n_chunks"] == 86


def test_findings_are_those_of_the_rules_unless_told_otherwise(bundled: Corpus) -> None:
    view = ask(recexplore.explore(bundled), "show", recording="f27523f3fec8")
    expected = bundled["f27523"].findings
    assert [each["rule"] for each in view["findings"]] == expected.sort_values(
        "severity", key=lambda column: column.astype("str").map({"error": 0, "warning": 1, "note": 2}), kind="stable"
    )["rule"].tolist()
    assert "think-fragmented" in expected["rule"].tolist()
    assert sum(view["n_findings"].values()) == len(expected)
    assert view["about_findings"] == "No finding names this recording."
    without = ask(recexplore.explore(bundled, findings=False), "show", recording="f27523f3fec8")
    assert (without["findings"], without["n_findings"], without["rules"]) == ([], {}, {})
    assert without["about_findings"] == "No rules were run: explore was called with findings=False."


def test_a_rule_is_explained_once_however_often_it_fired(bundled: Corpus) -> None:
    rules = ["role-missing", "role-missing", "my-own", "__proto__", None]
    frame = pd.DataFrame({"recording": "f27523f3fec8", "rule": rules, "chunk": 2})
    view = ask(recexplore.explore(bundled, findings=frame), "show", recording="f27523f3fec8")
    assert list(view["rules"]) == ["role-missing"]
    assert set(view["rules"]["role-missing"]) == {"title", "meaning", "cause", "remedy"}
    assert [each["rule"] for each in view["findings"]] == rules


def test_of_very_many_findings_the_most_severe_are_told(bundled: Corpus) -> None:
    severities = ["note"] * 1500 + ["warning", "error"]
    frame = pd.DataFrame({"recording": "f27523f3fec8", "severity": severities, "chunk": 3})
    view = ask(recexplore.explore(bundled, findings=frame), "show", recording="f27523f3fec8")
    assert [each["severity"] for each in view["findings"]] == ["error", "warning", *["note"] * 998]
    assert (view["more_findings"], view["n_findings"]) == (502, {"note": 1500, "warning": 1, "error": 1})


def test_a_rule_that_failed_is_named(bundled: Corpus) -> None:
    frame = bundled.findings.copy()
    frame.attrs["failed"] = {"some-rule": "ValueError: no"}
    assert recexplore.explore(bundled, findings=frame).opening["notes"] == ["rules that failed: some-rule"]


def test_findings_say_where_to_begin(bundled: Corpus) -> None:
    frame = pd.DataFrame(
        {
            "recording": ["007c4711219f", "f27523f3fec8", "f27523f3fec8"],
            "severity": ["note", "error", "error"],
            "chunk": [1, 80, 7],
        }
    )
    explorer = recexplore.explore(bundled, findings=frame)
    assert (explorer.selected, explorer.chunk) == ("f27523f3fec8", 7)
    assert repr(recexplore.explore(bundled, chunk=3, findings=frame)).endswith("showing f27523f3fec8, chunk 3")


def test_findings_of_the_recording_alone(bundled: Corpus) -> None:
    frame = pd.DataFrame(
        [
            {"recording": "f27523f3fec8", "rule": "bleed", "severity": "error", "chunk": 81, "message": "m"},
            {"recording": "94d11daee205", "rule": "other"},
        ]
    )
    explorer = recexplore.explore(bundled, findings=frame)
    assert ask(explorer, "show", recording="f27523f3fec8")["findings"] == [
        {
            **{"rule": "bleed", "severity": "error", "message": "m", "evidence": None},
            **{"chunk": 81, "choice": None, "last_chunk": 81, "spans": []},
        }
    ]
    (other,) = ask(explorer, "show", recording="94d11daee205")["findings"]
    assert (other["severity"], other["chunk"], other["message"]) == ("note", None, None)


def test_findings_name_recordings_as_a_person_does(bundled: Corpus) -> None:
    frame = pd.DataFrame({"recording": ["f27523", "f27523", "nope"], "chunk": [40, 7, 1]})
    explorer = recexplore.explore(bundled, findings=frame)
    assert (explorer.selected, explorer.chunk) == ("f27523f3fec8", 7)
    assert explorer.opening["notes"] == ["findings of 1 unknown: no recording is nope"]
    assert len(ask(explorer, "show", recording="f27523f3fec8")["findings"]) == 2


def test_findings_stand_on_chunks_that_there_are_worst_first(bundled: Corpus) -> None:
    rows = [("note", 3, 3), ("error", 9_999, None), ("warning", 80, 500), ("error", 2, None)]
    frame = pd.DataFrame(rows, columns=["severity", "chunk", "last_chunk"]).assign(recording="f27523f3fec8")
    found = ask(recexplore.explore(bundled, findings=frame), "show", recording="f27523f3fec8")["findings"]
    assert [(each["severity"], each["chunk"], each["last_chunk"]) for each in found] == [
        ("error", 2, 2),
        ("error", None, None),
        ("warning", 80, 85),
        ("note", 3, 3),
    ]
    assert found[1]["message"] == "(chunk 9,999 is not in this recording)"


def test_every_question_of_every_recording_has_an_answer(made: Corpus) -> None:
    explorer = recexplore.explore(made)
    for each in made:
        view = ask(explorer, "show", recording=each.id)
        assert view["id"] == each.id
        for pane in ("reasoning", "tokens", "timing", "tools", "raw"):
            ask(explorer, "pane", recording=each.id, name=pane)
        for chunk in range(each.facts["n_chunks"]):
            assert json.loads(ask(explorer, "chunk", recording=each.id, chunk=chunk)["raw"]) == each.raw(chunk)
    failed = ask(explorer, "show", recording="bad-request")
    assert failed["about"] == "Error code: 400 - the image is not valid"
    assert "error" not in dict(failed["facts"]), "it is told once"


def test_file_that_is_gone_is_said_where_its_chunk_would_be(tmp_path: Path, bundled_folder: Path) -> None:
    path = Path(shutil.copy(bundled_folder / "94d11daee205.json", tmp_path))
    corpus = recexplore.load(tmp_path)
    path.unlink()
    explorer = recexplore.explore(corpus)
    assert "cannot be shown" in ask(explorer, "show", recording="94d11daee205")["prompt"]
    assert "cannot be shown" in ask(explorer, "chunk", recording="94d11daee205", chunk=0)["why"]
    assert "cannot be shown" in ask(explorer, "pane", recording="94d11daee205", name="raw")["why"]
    assert "not known" in ask(explorer, "pane", recording="94d11daee205", name="tools")["why"]
    for pane in ("reasoning", "tokens", "timing"):
        assert ask(explorer, "pane", recording="94d11daee205", name=pane)


def test_half_a_character_is_shown_escaped(read: Callable[..., Corpus]) -> None:
    document = recording([says("a\ud83d")], request={"messages": [{"role": "user", "content": "q\ud83d"}]})
    explorer = recexplore.explore(read(document))
    raw = ask(explorer, "chunk", recording=explorer.selected, chunk=0)["raw"]
    assert "\\ud83d" in raw
    raw.encode()
    assert ask(explorer, "show", recording=explorer.selected)["prompt"] == "q\ufffd"


def test_questions_come_as_messages_and_answers_carry_their_number(
    explorer: Explorer, sent: list[tuple[dict[str, Any], Any]]
) -> None:
    explorer._on_ask(None, {"ask": "show", "number": 4, "view": "v", "given": {"recording": "f27523"}}, [])
    message, buffers = sent[0]
    assert (message["number"], message["view"], message["value"]["id"]) == (4, "v", "f27523f3fec8")
    assert len(buffers) == len(message["value"]["stream"]["columns"])


@pytest.mark.parametrize(
    ("message", "said"),
    [
        ({"ask": "show", "given": {"recording": "nobody"}}, "nobody"),
        ({"ask": "chunk", "given": {"recording": "f27523", "chunk": 500}}, "500"),
        ({"ask": "__class__", "given": {}}, "__class__"),
        ({"ask": "pane", "given": {"recording": "f27523", "name": "__init__"}}, "__init__"),
    ],
)
def test_what_goes_wrong_is_said_to_who_asked(
    explorer: Explorer, sent: list[tuple[dict[str, Any], Any]], message: dict[str, Any], said: str
) -> None:
    explorer._on_ask(None, {"number": 1, "view": "v", **message}, [])
    assert said in sent[0][0]["error"]


def test_what_is_no_question_is_no_question(explorer: Explorer, sent: list[Any]) -> None:
    for message in (None, "ask", {"event": "click"}):
        explorer._on_ask(None, message, [])
    assert sent == []


def test_modules_of_the_page_are_joined_whole() -> None:
    script = web.widget()
    assert not re.search(r"^\s*import\b", script, re.MULTILINE)
    assert re.findall(r"^export .*", script, re.MULTILINE) == ["export default { render };"]
    room = Path(web.__file__).parent
    files = {path.relative_to(room).with_suffix("").as_posix() for path in room.rglob("*.js")}
    assert files == {*web.names(), *FRONTS}
    assert {path for path in room.rglob("*.css") if path.read_text() not in web.style()} == set()


def test_a_report_leaves_out_comments_and_nothing_else() -> None:
    whole = (*web.report_modules().splitlines(), *(Path(web.__file__).parent / "report.js").read_text().splitlines())
    kept = web.report().splitlines()
    is_kept = {*kept}
    left = [line.strip() for line in whole if line not in is_kept]

    assert len(kept) > 5_000
    assert {line for line in left if not line.startswith(("//", "/**", "*", "import "))} == set()
    assert not [line for line in kept if re.fullmatch(r"\s*(//.*|/\*\*.*\*/)", line)]


def test_modules_import_only_what_stands_before_them_and_is_exported() -> None:
    room = Path(web.__file__).parent
    for at, name in enumerate((*web.names(), *FRONTS)):
        text = (room / f"{name}.js").read_text()
        assert {*web.imports_of(name)} <= {*web.names()[:at]}, f"{name}.js imports what comes later"
        for names, path in re.findall(r"^import \{ (.*) \} from \"(.*)\";$", text, re.MULTILINE):
            exported = (room / name).parent.joinpath(path).read_text()
            for each in names.split(", "):
                assert re.search(rf"^export (async )?(function|const|class) {each}\b", exported, re.MULTILINE), each
        assert len(re.findall(r"^import ", text, re.MULTILINE)) == len([*web.imports_of(name)])


def test_page_never_sets_html() -> None:
    for path in Path(web.__file__).parent.rglob("*.js"):
        for word in (
            "innerHTML",
            "outerHTML",
            "insertAdjacentHTML",
            "document.write",
            "eval(",
            "new Function",
            "srcdoc",
        ):
            assert word not in path.read_text(), f"{path.name} uses {word}"


def test_nothing_of_the_page_names_another_host() -> None:
    assert not re.search(r"https?://|//[a-z]+\.[a-z]+/", web.widget() + web.style())
