"""A report holds what the explorer would answer, the same bytes every time, and says what it does not hold."""

from __future__ import annotations

import base64
import gzip
import json
import re
from pathlib import Path
from typing import Any

import pytest
import synthetic
from hostile_text import HOSTILE
from report_page import asked_by_node, islands_of
from test_messages import PRICES, questions_about

import recexplore as rx
from recexplore.checks.settings import Settings, read_settings
from recexplore.corpus import Corpus
from recexplore.share.page.document import is_document
from recexplore.share.page.islands import json_island, packed
from recexplore.share.page.report import Words, answers_for, report_page

pytestmark = pytest.mark.long

NOT_OFFERED = ("opening", "coming", "proposal", "accept")


def written(what: Any, folder: Path, **options: Any) -> str:
    return rx.report(what, folder / "report.html", progress=False, **options).read_text("utf-8")


def about(page: str) -> dict[str, Any]:
    return json.loads(islands_of(page)["rx-report"])  # type: ignore[no-any-return]


def test_a_report_answers_what_the_explorer_answers(all_recordings: Corpus, tmp_path: Path) -> None:
    answers = answers_for(all_recordings, None, PRICES, read_settings())
    page = report_page(answers)
    asked = [
        (question, given)
        for recording in [*all_recordings][::3]
        for question, given in questions_about(answers, recording)
        if question not in NOT_OFFERED
        # The page compares all runs of a request, whichever of them are chosen.
        and not question.startswith("compare")
        and given.get("what") != "link"
        and given.get("rule") != "no such rule"
        and (question != "pane" or given["name"] in answers.answer("show", {"recording": recording.id})[0]["panes"])
    ]
    runs = [[each.id] for group in rx.runs(all_recordings) for each in group]
    for by in runs:
        texts = answers.answer("compare", {"recordings": by})[0]["texts"]
        asked += [("compare", {"recordings": by}), ("compare_alike", {"recordings": by})]
        asked += [
            ("compare_tree", {"recordings": by, **{name: each[name] for name in ("choice", "kind", "tool")}})
            for each in texts
        ]

    assert runs
    for (question, given), said in zip(asked, asked_by_node(page, asked, tmp_path), strict=True):
        value, buffers = answers.answer(question, given)
        assert said.get("value") == json.loads(json.dumps(value)), (question, given)
        assert said["buffers"] == buffers
    assert {question for question, _ in asked} >= {"find", "rows", "values", "show", "pane", "chunk", "copy", "rule"}


def test_what_a_report_cannot_answer_it_says(bundled: Corpus, tmp_path: Path) -> None:
    page = written([bundled["f27523"], bundled["94d11d"]], tmp_path)
    other = bundled["f6960c"].id
    asked: list[tuple[str, dict[str, Any]]] = [
        ("show", {"recording": other}),
        ("accept", {}),
        ("rule", {"rule": "no such rule"}),
        ("compare", {"recordings": [bundled["f27523"].id]}),
        ("copy", {"recording": bundled["f27523"].id, "what": "nothing", "chunk": 0}),
    ]

    assert [each["error"].split(":")[0] for each in asked_by_node(page, asked, tmp_path)] == [
        "This recording was left out of the page.",
        "This page holds what was recorded; it can do nothing else.",
        "This was not put into the page.",
        "This page compares all runs of a request with one another, and has no comparison of these.",
        "This was not put into the page.",
    ]


def test_the_same_input_gives_the_same_bytes(bundled_folder: Path, tmp_path: Path) -> None:
    pages = [written(rx.load(bundled_folder, progress=False), tmp_path, title="t") for _ in range(2)]

    assert pages[0] == pages[1]


def test_what_is_left_out_is_said(bundled: Corpus, tmp_path: Path) -> None:
    page = written(bundled, tmp_path, max_recordings=2, title="A title", note="A note")
    told = about(page)

    assert (told["title"], told["note"]) == ("A title", "A note")
    assert told["facts"][0] == "2 recordings"
    assert told["left_out"][0] == (
        f"{len(bundled) - 2} recordings of {len(bundled)} left out: "
        "those with the most severe findings were kept (max_recordings)."
    )
    assert [name for name in islands_of(page) if name.startswith("rx-recording-")] == [
        "rx-recording-0",
        "rx-recording-1",
    ]


def test_the_worst_are_kept_and_the_one_it_opens_with(bundled: Corpus, tmp_path: Path) -> None:
    quiet = next(each.id for each in bundled if each.findings.empty)
    rows = asked_by_node(
        written(bundled, tmp_path, max_recordings=2, recording=quiet),
        [("find", {"view": "v", "key": 1, "count": 9, "recording": ""})],
        tmp_path,
    )[0]["value"]["rows"]

    assert {row["id"] for row in rows} == {quiet, bundled["f27523"].id}


def test_recordings_of_one_corpus_are_told_with_the_others_in_mind(bundled: Corpus, tmp_path: Path) -> None:
    told = about(written(bundled["f27523"], tmp_path))

    assert told["facts"] == ["1 recording", "2 errors, 1 warning, 2 notes"]
    assert told["opening"]["recording"] == bundled["f27523"].id
    assert told["opening"]["chunk"] == 1
    assert f"Chosen from {len(bundled)} recordings; comparisons with others count all of them." in told["left_out"]


def test_a_recording_that_is_named_opens_where_it_is_worst(bundled: Corpus, tmp_path: Path) -> None:
    quiet = next(each.id for each in bundled if each.findings.empty)
    for recording, chunk, expected in (("f27523", None, 1), ("f27523", 81, 81), (quiet, None, None)):
        opening = about(written(bundled, tmp_path, recording=recording, chunk=chunk))["opening"]
        assert (opening["recording"], opening["chunk"]) == (bundled[recording].id, expected)


def test_findings_are_those_of_a_check(bundled: Corpus, tmp_path: Path) -> None:
    settings = Settings(ignore=("empty-chunk",), severity={"choice-bleed": "note"}, looks_beside=False)
    told = about(written(bundled["f27523"], tmp_path, settings=settings))

    assert told["facts"][1] == "1 error, 1 warning, 3 notes"
    assert "Findings as recexplore check tells them (without empty-chunk; choice-bleed as note)." in told["left_out"]
    assert about(written(bundled, tmp_path, findings=False))["facts"][1:] == []


def test_what_is_accepted_is_said(bundled: Corpus, tmp_path: Path) -> None:
    from recexplore.checks.baseline import write_baseline
    from recexplore.checks.result import baseline_of, judge

    file = str(tmp_path / "baseline.json")
    write_baseline(file, baseline_of(judge(bundled, Settings(looks_beside=False)), file))
    page = written(bundled, tmp_path, settings=Settings(baseline=file, looks_beside=False))

    assert about(page)["facts"][1] == "no findings"
    assert re.fullmatch(r"\d+ accepted", about(page)["facts"][2])
    given = {"recording": bundled["f27523"].id}
    view = asked_by_node(page, [("show", given)], tmp_path)[0]["value"]
    assert view["findings"] == []
    assert len(view["accepted"]) == 5


def test_nothing_that_somebody_has_is_written_over(bundled: Corpus, tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    path.write_text("<h1>mine</h1>")
    with pytest.raises(FileExistsError, match="recexplore did not write it"):
        rx.report(bundled["f27523"], path)
    assert path.read_text() == "<h1>mine</h1>"
    rx.report(bundled["f27523"], path, force=True)
    assert is_document(path.read_bytes())
    rx.report(bundled["94d11d"], path)
    with pytest.raises(FileNotFoundError, match="there is no folder"):
        rx.report(bundled["f27523"], tmp_path / "nowhere" / "report.html")


def test_no_recording_and_no_room(bundled: Corpus, tmp_path: Path) -> None:
    with pytest.raises(rx.RecordingNotFound):
        rx.report(bundled, tmp_path / "r.html", recording="nobody")
    with pytest.raises(ValueError, match="max_recordings: expected at least 1"):
        rx.report(bundled, tmp_path / "r.html", max_recordings=0)
    assert about(written(rx.load(tmp_path, progress=False), tmp_path))["facts"][0] == "0 recordings"


def test_the_policy_lets_this_script_run_and_nothing_else(bundled: Corpus, tmp_path: Path) -> None:
    page = written(bundled["f27523"], tmp_path)
    (policy,) = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]*)"', page)

    assert re.fullmatch(
        r"default-src 'none'; script-src 'sha256-[\w+/=]+'; style-src 'unsafe-inline'; img-src data: blob:; "
        r"font-src data:; base-uri 'none'; form-action 'none'",
        policy,
    )
    assert page.count("<script") == 1 + len(islands_of(page))
    assert not re.search(r"(?:src|href)=\"(?!data:,\")", page.partition("<body")[0])


@pytest.mark.parametrize("text", ["</script><!--<script>", "\u2028\u2029&<>", "\0", "]]>", "<!DOCTYPE"])
def test_no_tag_begins_in_json(text: str) -> None:
    said = json_island({"a": text, text: 1})

    assert not set(said) & set("<>&\u2028\u2029")
    assert json.loads(said) == {"a": text, text: 1}


def test_what_is_packed_tells_no_time_and_no_system() -> None:
    data = base64.b64decode(packed({"a": 1}, [b"\0\1"]))

    assert data[:10] == b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff"


def test_hostile_words_of_an_author_are_text(bundled: Corpus) -> None:
    answers = answers_for(bundled, None, None, None)
    everything = "\n".join(HOSTILE.values())
    page = report_page(answers, Words(everything, everything), wanted=[bundled["f27523"].id])

    assert about(page)["note"].encode("utf-16", "surrogatepass").decode("utf-16") == about(page)["note"]
    assert page.count("<script") == 1 + len(islands_of(page))
    assert page.count("</title>") == 1


SENTINEL = "sk-proj-sentinelsentinelsentinel1234567890abcdef"


def unpacked(page: str) -> str:
    """All that a page holds, unpacked."""
    islands = islands_of(page)
    packs = [gzip.decompress(base64.b64decode(text)) for name, text in islands.items() if name != "rx-report"]
    return "\n".join([page, islands["rx-report"], *(pack.decode("utf-8", "replace") for pack in packs)])


@pytest.mark.parametrize("credentials", ["masked", "shown"])
def test_no_credential_is_in_a_report(tmp_path: Path, credentials: Any) -> None:
    request = {"model": "m", "messages": [{"role": "user", "content": "hi"}], "api_key": SENTINEL, "stream": True}
    document = synthetic.recording([synthetic.wrapped(synthetic.says("hi"))], request=request)
    document["request"]["url"] = f"https://ann:{SENTINEL}@example.org/v1/chat/completions?api_key={SENTINEL}"
    document["request"]["headers"] = {"authorization": f"Bearer {SENTINEL}", "x-own": SENTINEL}
    folder = tmp_path / "recordings"
    folder.mkdir()
    (folder / "one.json").write_text(json.dumps(document))
    corpus = rx.load(folder, progress=False, credentials=credentials)
    held = unpacked(written(corpus, tmp_path))
    summary = rx.report(corpus, tmp_path / "summary.md").read_text("utf-8")

    assert (SENTINEL in held) == (credentials == "shown")
    assert SENTINEL not in summary
    assert ("Credentials are shown as they were recorded." in held) == (credentials == "shown")
