"""Accepting a finding in the page: nothing is written before the question is answered, then it is quiet everywhere."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from explorer_inputs import Opener
from page_objects import expect, open_pane

import recexplore
from recexplore.corpus import Corpus

RECORDING = "f27523f3fec8"


@pytest.fixture
def corpus(tmp_path: Path, bundled_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Corpus:
    """Two recordings in a project of their own, in which the reader works."""
    (tmp_path / "recordings").mkdir()
    (tmp_path / "pyproject.toml").write_text('[tool.recexplore]\nbaseline = "accepted.json"\n')
    for name in ("f27523*.json", "94d11daee205.json"):
        (found,) = bundled_folder.rglob(name)
        shutil.copy(found, tmp_path / "recordings" / found.name)
    monkeypatch.chdir(tmp_path)
    return recexplore.load("recordings", progress=False)


def ask_to_accept(page: Any, rule: str) -> Any:
    open_pane(page, "findings")
    page.locator(".rx-by-rule", has_text=rule).get_by_role("button", name="accept…").click()
    dialog = page.locator("dialog.rx-dialog[open]")
    expect(dialog.locator("h3")).to_contain_text(rule)
    return dialog


def test_a_finding_is_accepted_in_the_baseline(opened: Opener, corpus: Corpus) -> None:
    page = opened(RECORDING, 81, corpus=corpus, findings=None)
    expect(page.locator(".rx-head .rx-badge-error")).to_have_text("2 errors")
    dialog = ask_to_accept(page, "choice-bleed")
    expect(dialog.locator("pre")).to_contain_text('"rule": "choice-bleed", "severity": "error", "count": 2}')
    expect(dialog).to_contain_text("accepted.json gains")
    expect(dialog.get_by_label("reason")).to_be_hidden()
    # A key in the question is no command of the page's.
    page.keyboard.press("j")
    expect(page.locator(".rx-row.rx-selected")).to_have_attribute("data-id", RECORDING)
    assert not Path("accepted.json").exists()
    dialog.get_by_role("button", name="write").click()
    expect(page.locator(".rx-notice")).to_contain_text(
        "Accepted in accepted.json; delete the lines there to take it back."
    )
    assert '"rule": "choice-bleed"' in Path("accepted.json").read_text()
    expect(page.locator(".rx-head .rx-badge-error")).to_have_count(0)
    expect(page.locator(f'.rx-row[data-id="{RECORDING}"] .rx-badge-error')).to_have_count(0)
    expect(page.locator(".rx-position")).to_have_value("81")
    accepted = page.locator(".rx-accepted")
    expect(accepted.locator("summary")).to_have_text("2 findings accepted")
    accepted.locator("summary").click()
    expect(accepted.locator("li").first).to_contain_text("choice-bleed (error), accepted in accepted.json")
    accepted.get_by_role("button", name="chunk 1", exact=True).click()
    expect(page.locator(".rx-position")).to_have_value("1")
    # An explorer that is opened later knows it.
    findings = recexplore.explore(corpus).answers.findings
    assert findings is not None
    assert "choice-bleed" not in set(findings["rule"])


def test_a_finding_is_suppressed_with_a_reason(opened: Opener, corpus: Corpus) -> None:
    page = opened(RECORDING, 81, corpus=corpus, findings=None)
    dialog = ask_to_accept(page, "choice-bleed")
    dialog.get_by_label("for its file").check()
    write = dialog.get_by_role("button", name="write")
    expect(dialog.locator("pre")).to_contain_text('rule = "choice-bleed"')
    expect(write).to_be_disabled()
    dialog.get_by_label("reason").fill('<b>the test</b> wants "it"')
    expect(dialog.locator("pre")).to_contain_text('reason = "<b>the test</b> wants \\"it\\""')
    write.click()
    expect(page.locator(".rx-notice")).to_contain_text("Accepted in recordings/recexplore.toml;")
    page.locator(".rx-accepted summary").click()
    expect(page.locator(".rx-accepted li").first).to_contain_text('recexplore.toml: <b>the test</b> wants "it"')
    assert Path("recordings/recexplore.toml").read_text().startswith('[[suppress]]\nrule = "choice-bleed"\n')


def test_what_is_not_shown_yet_cannot_be_written(opened: Opener, corpus: Corpus) -> None:
    page = opened(RECORDING, 81, corpus=corpus, findings=None)
    dialog = ask_to_accept(page, "choice-bleed")
    write = dialog.get_by_role("button", name="write")
    expect(write).to_be_enabled()
    is_disabled = dialog.evaluate("""(dialog) => {
      dialog.querySelector("input[value=folder]").click();
      return dialog.querySelector("button[type=submit]").disabled;
    }""")
    assert is_disabled
    dialog.get_by_label("reason").fill("meant")
    expect(write).to_be_enabled()
    expect(dialog.locator("pre")).not_to_contain_text("files")


def test_a_question_that_is_left_writes_nothing(opened: Opener, corpus: Corpus) -> None:
    page = opened(RECORDING, 81, corpus=corpus, findings=None)
    ask_to_accept(page, "choice-bleed")
    page.keyboard.press("Escape")
    expect(page.locator("dialog.rx-dialog[open]")).to_have_count(0)
    dialog = ask_to_accept(page, "choice-bleed")
    dialog.get_by_role("button", name="cancel").click()
    expect(page.locator("dialog.rx-dialog[open]")).to_have_count(0)
    assert sorted(each.name for each in Path().iterdir()) == ["pyproject.toml", "recordings"]
    expect(page.locator(".rx-head .rx-badge-error")).to_have_text("2 errors")


def test_which_of_several_choices_is_asked(opened: Opener, corpus: Corpus) -> None:
    findings = corpus.findings.iloc[:0].reindex(range(3))
    findings["recording"], findings["rule"], findings["severity"] = RECORDING, "one-of-mine", "warning"
    findings["choice"] = [0, 1, 1]
    page = opened(RECORDING, corpus=corpus, findings=findings)
    dialog = ask_to_accept(page, "one-of-mine")
    expect(dialog.locator("option")).to_have_text(["choice 0 (1 finding)", "choice 1 (2 findings)"])
    dialog.locator("select").select_option("1")
    expect(dialog.locator("pre")).to_contain_text(
        '"choice": 1, "rule": "one-of-mine", "severity": "warning", "count": 2'
    )


def test_what_goes_wrong_is_said_in_the_question(opened: Opener, corpus: Corpus) -> None:
    Path("recordings/recexplore.toml").write_text("suppress = []\n")
    page = opened(RECORDING, 81, corpus=corpus, findings=None)
    dialog = ask_to_accept(page, "choice-bleed")
    dialog.get_by_label("for all of its folder").check()
    dialog.get_by_label("reason").fill("meant")
    dialog.get_by_role("button", name="write").click()
    expect(dialog.get_by_role("alert")).to_contain_text("write it there by hand")
    assert Path("recordings/recexplore.toml").read_text() == "suppress = []\n"


def test_settings_that_cannot_be_read_are_a_note(opened: Opener, corpus: Corpus) -> None:
    Path("pyproject.toml").write_text("[tool.recexplore]\nbaselin = 1\n")
    page = opened(RECORDING, 81, corpus=corpus, findings=None)
    page.get_by_role("button", name="1 note").click()
    expect(page.locator(".rx-popup:popover-open")).to_contain_text("what was accepted is not known")
    page.keyboard.press("Escape")
    dialog = ask_to_accept(page, "choice-bleed")
    expect(dialog.get_by_role("alert")).to_contain_text("did you mean 'baseline'?")
    expect(dialog.get_by_role("button", name="write")).to_be_disabled()
