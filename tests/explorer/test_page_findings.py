"""Findings: listed, marked over the timeline, underlined in the text, asked for."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest
from explorer_inputs import N_LONG, Opener
from page_objects import (
    TOP,
    alpha_at,
    box,
    choose,
    expect,
    expect_cursor,
    expect_shown,
    expect_soon,
    open_pane,
    pill,
    place,
    rows,
    search,
    text_of,
    total,
    values,
)
from synthetic import calls, fragment, says, stream, thinks

from recexplore.corpus import Corpus
from recexplore.model.span import Span, spans_as_json


def test_badges_of_findings(opened: Opener, findings: pd.DataFrame) -> None:
    page = opened("f27523", findings=findings)
    row = page.locator('.rx-row[data-id="f27523f3fec8"]')
    expect(row.locator(".rx-badge")).to_have_text(["E2", "W1"])
    expect(row.locator(".rx-badge-error")).to_have_attribute("title", "2 errors")
    expect(row.locator(".rx-badge-warning")).to_have_attribute("title", "1 warning")
    expect(page.locator('.rx-row[data-id="94d11daee205"] .rx-badge')).to_have_text(["N1"])
    expect(page.locator('.rx-row[data-id="three-way"] .rx-badge')).to_have_count(0)
    inside, badge = (
        box(page, '.rx-row[data-id="f27523f3fec8"]'),
        box(page, '.rx-row[data-id="f27523f3fec8"] .rx-badges'),
    )
    assert badge["y"] + badge["height"] <= inside["y"] + inside["height"]
    assert values(page, "severity") == ["error 1", "warning 1", "note 1"]
    choose(page, "severity", "note")
    expect(total(page)).to_have_text("1 of 23 recordings")
    choose(page, "severity", "note")
    search(page, "rule:choice-bleed", "1 of 23 recordings")


def test_findings_are_listed_and_lead_to_their_chunks(opened: Opener, findings: pd.DataFrame) -> None:
    page = opened("f27523", findings=findings)
    expect(page.locator('.rx-tab[data-tab="findings"]')).to_have_text("Findings3")
    expect(page.locator(".rx-head .rx-badge")).to_have_text(["2 errors", "1 warning"])
    page.locator(".rx-head .rx-badge-warning").click()
    pane = page.locator(".rx-content")
    expect(pane.locator(".rx-by-rule h4")).to_have_text(
        [re.compile("^errorchoice-bleed.*2 times$"), "warningrole-missingA choice begins without a role"]
    )
    expect(pane.locator(".rx-finding")).to_have_text(
        [
            "chunk 1 · choice 0message 0WeWe need answer",
            "chunk 81 · choice 0message 1The Sun in, Latin",
            "chunk 2 · choice 1message 2",
        ]
    )
    pane.get_by_role("button", name="chunk 81").click()
    expect_cursor(page, 81)
    expect(pane.locator(".rx-here")).to_have_text(["chunk 81 · choice 0message 1The Sun in, Latin"])


def test_what_a_rule_means_is_folded_behind_its_title(opened: Opener, findings: pd.DataFrame) -> None:
    page = opened("f27523", 2, findings=findings)
    expect(page.locator(".rx-chosen-finding .rx-title")).to_have_text("A choice begins without a role")
    words = page.locator(".rx-chosen-finding details")
    expect(words.locator("summary")).to_have_text("what it means, where it comes from, what to do")
    expect(words.locator("dl")).to_be_hidden()
    words.locator("summary").click()
    expect(words.locator("dt")).to_have_text(["for a client", "likely cause", "what to do"])
    expect(words.locator("dd").first).to_contain_text("Clients that open a message when they see a role")
    own = open_pane(page, "findings").locator(".rx-by-rule").last
    expect(own.locator("dl")).to_be_hidden()
    own.locator("summary").click()
    expect(own.locator("dd").first).to_contain_text("Clients that open a message when they see a role")


def test_findings_are_marked_and_underlined(opened: Opener, findings: pd.DataFrame) -> None:
    page = opened("f27523", 81, findings=findings)
    expect(page.locator(".rx-legend").first).to_have_text("contentreasoningrole, finish, othererrorwarning")
    found = page.locator(".rx-text").nth(0).locator('.rx-found[data-chunk="81"]')
    expect(found).to_have_text("The Sun in, Latin")
    expect(found).to_have_class(re.compile("rx-found-error"))
    expect(found).to_have_attribute("title", "choice-bleed: message 1")
    expect(found).to_have_css("text-decoration-style", "wavy")
    assert text_of(page, 0).endswith("̥The Sun in, Latin is called “ **Solsun**\u202f.”")
    expect(page.locator(".rx-text").nth(1).locator(".rx-found.rx-kind-reasoning")).to_have_text(" mythology")
    expect(page.locator(".rx-text").nth(1).locator(".rx-found:not([data-chunk='2'])")).to_have_count(0)
    expect(page.locator(".rx-text").nth(1).locator(".rx-found").first).to_have_css("text-decoration-style", "dashed")
    expect(page.locator(".rx-finding-said")).to_have_text(
        "errorchoice-bleedchunk 81 · choice 0Text of one choice stands in another"
    )
    expect(page.locator(".rx-finding-body > :not(details)")).to_have_text(["message 1", "The Sun in, Latin"])
    x, _ = place(page, 81, 0, 86, 2)
    above = box(page, ".rx-marks")["y"] + TOP - 6
    page.wait_for_function("document.querySelector('.rx-blocks').width > 300")
    assert alpha_at(page, ".rx-blocks", x, above) == 255
    assert alpha_at(page, ".rx-blocks", place(page, 60, 0, 86, 2)[0], above) == 0


def found_in(page: Any, nth: int = 0) -> list[list[str]]:
    """What is underlined in a transcript, and how gravely."""
    found: list[list[str]] = page.evaluate(
        """(nth) => [...document.querySelectorAll(".rx-text")[nth].querySelectorAll(".rx-found")]
          .map((node) => [node.textContent, /rx-found-(\\w+)/.exec(node.className)[1]])""",
        nth,
    )
    return found


def one_finding(**fields: Any) -> pd.DataFrame:
    """A finding; its spans are pairs of offsets in the content of choice 0."""
    if "spans" in fields:
        fields["spans"] = spans_as_json(Span(0, "content", *each) for each in fields["spans"])
    return pd.DataFrame([{"recording": "quotes", "rule": "r", "severity": "error", "choice": 0, **fields}])


QUOTES = ("He said “", "yes” and left", ". Then ", "he said no", ", no", " and no.", " <|im", "_end|> a ", "xy🜚b")


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        # What a span says, wherever chunks cut it.
        ({"chunk": 0, "last_chunk": 1, "spans": [(3, 19)]}, ["said “", "yes” and l"]),
        ({"chunk": 6, "last_chunk": 7, "spans": [(52, 62)]}, ["<|im", "_end|>"]),
        ({"chunk": 3, "last_chunk": 5, "spans": [(29, 36), (39, 42)]}, ["he said", ", n"]),
        ({"chunk": 4, "spans": [(39, 43)]}, [", no"]),
        # Offsets are counted in characters, the page's in halves of these.
        ({"chunk": 8, "spans": [(66, 68)]}, ["y🜚"]),
        ({"chunk": 8, "spans": [(65, 66), (67, 68)]}, ["x", "🜚"]),
        # It counts for itself: the chunks, the choice and the words of the evidence may say something else.
        ({"chunk": 2, "spans": [(0, 2)], "evidence": "“Then”", "choice": None}, ["He"]),
        ({"chunk": None, "spans": [(0, 2)]}, ["He"]),
        ({"chunk": 0, "last_chunk": 8, "spans": [(24, 28)]}, ["Then"]),
        # As far as there is text.
        ({"chunk": 8, "spans": [(66, 9_999), (10**12, 10**13)]}, ["y🜚b"]),
        # Else all that came in its chunks, whatever is quoted.
        ({"chunk": 2, "last_chunk": 3, "evidence": "“said”"}, [". Then ", "he said no"]),
        ({"chunk": 4}, [", no"]),
        ({"chunk": 4, "spans": []}, [", no"]),
        ({"chunk": 4, "spans": [(7, 7)]}, [", no"]),
        ({"chunk": 4, "spans": [(9_998, 9_999)]}, [", no"]),
        # What is so throughout is at no place.
        ({"chunk": 0, "last_chunk": 8, "evidence": "“Then”"}, []),
        ({"chunk": None, "evidence": "“Then”"}, []),
        ({"chunk": 4, "choice": 1}, []),
        ({"chunk": 4, "choice": None}, [", no"]),
    ],
)
def test_exactly_the_evidence_is_underlined(
    fields: dict[str, Any], expected: list[str], opened: Opener, made_of: Callable[..., Corpus]
) -> None:
    corpus = made_of({"quotes": stream(*(says(text) for text in QUOTES))})
    page = opened(corpus=corpus, findings=one_finding(**fields))
    assert found_in(page) == [[text, "error"] for text in expected]
    assert text_of(page, 0) == "".join(QUOTES)
    page.locator('.rx-event[data-chunk="8"]').click()
    expect_cursor(page, 8)


def test_a_click_on_evidence_moves_the_cursor(opened: Opener, findings: pd.DataFrame) -> None:
    page = opened("f27523", 2, findings=findings)
    page.locator('.rx-found[data-chunk="81"]').click()
    expect_cursor(page, 81)


def test_the_most_severe_finding_is_underlined_where_several_meet(
    opened: Opener, made_of: Callable[..., Corpus]
) -> None:
    corpus = made_of({"quotes": stream(*(says(text) for text in QUOTES))})
    rows = [
        {"severity": "note", "chunk": 0, "last_chunk": 3},
        {"severity": "error", "chunk": 3, "spans": [(32, 36)]},
        {"severity": "warning", "chunk": 3, "spans": [(29, 36)]},
    ]
    page = opened(corpus=corpus, findings=pd.concat([one_finding(**row) for row in rows]))
    assert found_in(page) == [
        *([text, "note"] for text in QUOTES[:3]),
        *(["he ", "warning"], ["said", "error"], [" no", "note"]),
    ]


def test_each_choice_and_each_kind_of_text_has_spans_of_its_own(opened: Opener, made_of: Callable[..., Corpus]) -> None:
    """Lanes that take turns in the chunks are assembled apart, and a span of another choice is underlined there."""
    chunks = [
        thinks("reasoning_content", "why "),
        says("one "),
        says("else ", index=1),
        thinks("reasoning_content", "not"),
        says("two"),
        calls(fragment('{"a":', name="f", id="c")),
        calls(fragment("{}", 1, name="g", id="d")),
        calls(fragment(" 12}")),
    ]
    corpus = made_of({"quotes": stream(*chunks)})
    spans = [
        *(Span(0, "reasoning", 2, 6), Span(0, "content", 2, 6), Span(1, "content", 1, 3)),
        *(Span(0, "tool_call", 3, 8, 0), Span(0, "tool_call", 0, 1, 1)),
        *(Span(0, "tool_call", 0, 9), Span(2, "content", 0, 9), Span(0, "refusal", 0, 9), Span(0, "no kind", 0, 9)),
    ]
    page = opened(corpus=corpus, findings=one_finding(chunk=0).assign(spans=spans_as_json(spans)))
    assert [text for text, _ in found_in(page)] == ["y ", "e ", "no", "tw", '":', "{", " 12"]
    assert [text for text, _ in found_in(page, 1)] == ["ls"]


def test_very_many_findings_about_a_whole_text_do_not_hold_the_page_up(opened: Opener, long: Corpus) -> None:
    size = int(long["long"].choices["content_chars"].iloc[0])
    spans = spans_as_json([Span(0, "content", at, size - at) for at in range(200)])
    rows = [{"recording": "long", "severity": "note", "chunk": 0, "spans": spans}] * 300
    rows.append({**rows[0], "severity": "error", "spans": spans_as_json([Span(0, "content", 7, 12)])})
    page = opened(corpus=long, at=1, findings=pd.DataFrame(rows))
    assert found_in(page)[:3] == [["word0.\n", "note"], ["word1", "error"], [", ", "note"]]


def test_a_finding_on_a_hidden_tag_is_seen_at_its_chunk(opened: Opener) -> None:
    page = opened("f27523", 2)
    found = page.locator('.rx-found-error:visible[data-chunk="2"]')
    expect(found).to_have_text(" mythology")
    expect(found).to_have_attribute("title", re.compile("^choice-bleed: "))


def colour_at(page: Any, x: float, y: float) -> str:
    """Of which severity the mark at a place is; "" where there is none."""
    found = page.evaluate(
        """([x, y]) => {
          const canvas = document.querySelector(".rx-blocks"), box = canvas.getBoundingClientRect();
          const at = [x - box.left, y - box.top].map((each) => each * devicePixelRatio);
          return [...canvas.getContext("2d").getImageData(...at, 1, 1).data];
        }""",
        [x, y],
    )
    far = {name: max(abs(a - b) for a, b in zip(found, rgb, strict=True)) for name, rgb in COLOURS.items()}
    nearest = min(far, key=lambda name: far[name])
    return nearest if far[nearest] < 60 else ""


def marks_of(rows: list[dict[str, Any]]) -> pd.DataFrame:
    return pd.DataFrame(
        [{"recording": "long", "rule": f"rule-{n}", "message": f"m{n}", **row} for n, row in enumerate(rows)]
    )


COLOURS = {"error": (213, 94, 0, 255), "warning": (184, 134, 11, 255), "note": (139, 147, 161, 255)}
"""Of the marks, in the light."""

MARKS = TOP - 5


def test_marks_have_a_shape_a_severity(opened: Opener, long: Corpus) -> None:
    rows = [{"severity": severity, "chunk": 1000 * n} for n, severity in enumerate(COLOURS)]
    page = opened(corpus=long, findings=marks_of(rows))
    page.wait_for_function("document.querySelector('.rx-blocks').width > 300")
    top, shapes = box(page, ".rx-marks")["y"], {}
    for n, severity in enumerate(COLOURS):
        x, _ = place(page, 1000 * n, 0, N_LONG, 1)
        assert colour_at(page, x, top + MARKS) == severity
        around = ((-3, -3), (3, -3), (-3, 0))
        shapes[severity] = [colour_at(page, x + dx, top + MARKS + dy) == severity for dx, dy in around]
    assert shapes == {"error": [True, True, False], "warning": [False, False, True], "note": [False, False, False]}


def test_many_notes_hide_no_error(opened: Opener, long: Corpus) -> None:
    rows: list[dict[str, Any]] = [{"severity": "note", "chunk": at, "last_chunk": at + 2} for at in range(0, 2990, 3)]
    page = opened(corpus=long, findings=marks_of([*rows[:500], {"severity": "error", "chunk": 1500}, *rows[500:]]))
    page.wait_for_function("document.querySelector('.rx-blocks').width > 300")
    top = box(page, ".rx-marks")["y"]
    x, _ = place(page, 1500, 0, N_LONG, 1)
    for dx, dy in ((0, 0), (-3, -3), (3, -3), (0, 2)):
        assert colour_at(page, x + dx, top + MARKS + dy) == "error"
    page.mouse.move(x + 2, top + MARKS)
    tip = page.locator(".rx-tip")
    expect(tip.locator(".rx-tip-line").first).to_have_text("rule-500 error · chunk 1,500m500")
    expect(tip.locator(".rx-tip-line")).to_have_count(4)
    expect(tip).to_contain_text(re.compile(r"and \d+ more"))
    page.mouse.click(x + 2, top + MARKS)
    expect_cursor(page, "1,500")
    expect(page.locator(".rx-finding-said")).to_have_text("errorrule-500chunk 1,500")


def test_a_line_runs_as_far_as_a_finding_reaches(opened: Opener, long: Corpus) -> None:
    rows: list[dict[str, Any]] = [
        {"severity": "warning", "chunk": 500, "last_chunk": 1500},
        {"severity": "error", "chunk": 1000, "last_chunk": 2000},
    ]
    page = opened(corpus=long, findings=marks_of(rows))
    page.wait_for_function("document.querySelector('.rx-blocks').width > 300")
    top = box(page, ".rx-marks")["y"]

    def lines(chunk: int) -> list[bool]:
        x, _ = place(page, chunk, 0, N_LONG, 1)
        # A line is not as high as a pixel is sure to be: it is looked for around its place.
        return [any(alpha_at(page, ".rx-blocks", x, top + TOP - up) > 100 for up in (off, off - 1)) for off in (8, 5)]

    assert [lines(chunk) for chunk in (400, 800, 1300, 1800, 2200)] == [
        *([False, False], [False, True], [True, True], [True, False], [False, False]),
    ]
    x, _ = place(page, 800, 0, N_LONG, 1)
    page.mouse.move(x, top + MARKS)
    expect(page.locator(".rx-tip-line")).to_have_text("rule-0 warning · chunks 500–1,500m0")
    page.mouse.click(x, top + MARKS)
    expect_cursor(page, 500)
    for _ in range(6):
        page.keyboard.press("+")
    assert page.errors == []


def test_the_most_severe_finding_of_a_chunk_is_told_there(opened: Opener, long: Corpus) -> None:
    rows: list[dict[str, Any]] = [{"severity": "note", "chunk": 7} for _ in range(20)]
    rows += [{"severity": "error", "chunk": 7}, {"severity": "warning", "chunk": 0, "last_chunk": 10}]
    page = opened(at=7, corpus=long, findings=marks_of(rows))
    told = page.locator(".rx-chosen-finding")
    for key, then, position in (
        (None, "errorrule-20chunk 7", "finding 1 of 22"),
        ("ArrowRight", "warningrule-21chunks 0–10", "finding 2 of 22"),
        ("ArrowLeft", "errorrule-20chunk 7", "finding 1 of 22"),
        ("End", "errorrule-20chunk 7", "finding 1 of 22"),
    ):
        if key:
            page.keyboard.press(key)
        expect(told.locator(".rx-finding-said")).to_have_text(then)
        expect(told.locator(".rx-finding-position")).to_have_text(position)
    expect(told.locator(".rx-message")).to_have_text("m20")
    told.get_by_role("button", name="chunk 7").click()
    expect_cursor(page, 7)


def test_the_most_severe_finding_is_told_first_wherever_the_cursor_is(opened: Opener, findings: pd.DataFrame) -> None:
    rows = pd.concat([findings, findings.iloc[:1].assign(severity="note", chunk=85, message="at the end")])
    page = opened("94d11daee205", findings=rows)
    page.evaluate("explorer.go('f27523f3fec8')")
    expect_shown(page, "f27523f3fec8")
    expect_cursor(page, 85)
    expect(page.locator(".rx-finding-position")).to_have_text("finding 1 of 4")
    expect(page.locator(".rx-chosen-finding .rx-message")).to_have_text("message 0")
    page.evaluate("explorer.go('94d11daee205')")
    expect_shown(page, "94d11daee205")
    expect(page.locator(".rx-chosen-finding .rx-message")).to_have_text("none came")
    page.evaluate("explorer.go('f27523f3fec8', 85)")
    expect(page.locator(".rx-chosen-finding .rx-message")).to_have_text("at the end")


def test_what_is_unfolded_stays_so_while_the_findings_stay(opened: Opener, findings: pd.DataFrame) -> None:
    wide = findings.assign(chunk=1, last_chunk=40)
    page = opened("f27523", 10, findings=wide)
    page.locator(".rx-chosen-finding summary").first.click()
    page.keyboard.press("ArrowRight")
    expect_cursor(page, 11)
    expect(page.locator(".rx-chosen-finding details").first).to_have_attribute("open", "")


def test_a_rules_name_opens_its_page(opened: Opener) -> None:
    page = opened("aiperf#1", 9)
    page.locator(".rx-chosen-finding .rx-rule-name").click()
    expect(page.locator('.rx-tab[data-tab="findings"]')).to_have_attribute("aria-selected", "true")
    rule = page.locator(".rx-rule-page")
    expect(rule.locator("h4").first).to_have_text("warningstall")
    expect(rule.locator("p").nth(1)).to_have_text("4 findings in 4 recordings of 23")
    expect(rule.locator("dt")).to_have_text(
        [
            "What it does to a client",
            "Where it comes from",
            "What to do about it",
            "What looks like it and is right",
            "Looks at",
            "Needs",
        ]
    )
    links = rule.locator(".rx-link")
    expect(links).to_have_text(["aiperf#1", "browser", "buffered", "server-clock"])
    expect(rule.locator('[aria-current="true"]')).to_have_text("aiperf#1")
    expect(rule.locator("table").first.locator("tbody tr").first.locator("td").nth(1)).to_have_text(
        re.compile("^[1-4]$")
    )
    links.nth(1).click()
    expect_shown(page, "browser")
    expect(rule.locator('[aria-current="true"]')).to_have_text("browser")
    expect(rule.locator('[aria-current="true"]')).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator(".rx-texts")).to_be_visible()
    open_pane(page, "findings").locator(".rx-rule-name").first.click()
    rule.get_by_role("button", name="← findings").click()
    expect(page.locator(".rx-by-rule").first).to_be_visible()
    expect(rule).to_have_count(0)


def test_a_rules_page_finds_its_recordings_in_the_list(opened: Opener) -> None:
    page = opened("aiperf#1", 9)
    page.locator(".rx-chosen-finding .rx-rule-name").click()
    page.get_by_role("button", name="find these in the list").click()
    expect(page.locator(".rx-input")).to_have_value("rule:stall")
    expect(total(page)).to_have_text("4 of 23 recordings")
    expect_shown(page, "aiperf#1")
    page.keyboard.press("j")
    expect_shown(page, "browser")
    expect(page.locator(".rx-rule-page")).to_be_visible()
    open_pane(page, "text")
    expect(open_pane(page, "findings").locator(".rx-by-rule").first).to_be_visible()


@pytest.mark.parametrize(
    ("rule", "query"),
    [
        ("two words", 'rule:"two words"'),
        ('a "b" c', 'rule:"a"'),
        ('a"b', 'rule:"a"'),
        ("-x:y", "rule:-x:y"),
        ('"', None),
    ],
)
def test_any_rules_name_can_be_asked_for(rule: str, query: str | None, opened: Opener) -> None:
    page = opened("f27523", 3, findings=pd.DataFrame({"recording": ["f27523f3fec8"], "rule": [rule], "chunk": [3]}))
    page.locator(".rx-chosen-finding .rx-rule-name").click()
    expect(page.locator(".rx-rule-page h4").first).to_have_text(rule)
    expect(page.locator(".rx-rule-page")).to_contain_text("No rule of the catalogue has this name")
    find = page.get_by_role("button", name="find these in the list")
    if query is None:
        expect(find).to_be_disabled()
        return
    find.click()
    expect(page.locator(".rx-input")).to_have_value(query)
    expect(total(page)).to_have_text("1 of 23 recordings")


def test_recordings_are_sorted_by_findings(opened: Opener) -> None:
    page = opened()
    by = page.locator(".rx-header .rx-col-findings")
    expect(by).to_have_text("findings")
    by.click()
    expect(by).to_have_attribute("aria-sort", "descending")
    expect(page.locator(".rx-list .rx-row").first).to_have_attribute("data-id", "f27523f3fec8")
    assert rows(page)[:2] == ["f27523f3fec8", "buffered"], "errors first, then warnings"
    by.click()
    expect(page.locator(".rx-list .rx-row").first).not_to_have_attribute("data-id", "f27523f3fec8")
    expect(page.locator(".rx-list .rx-row").first.locator(".rx-badges")).to_have_count(0)


def test_badges_of_a_severity_stand_below_each_other(opened: Opener, all_recordings: Corpus) -> None:
    ids = ["aiperf#0", "aiperf#0", "aiperf#1", "browser", "browser", "browser"]
    severities = ["error", "note", "warning", "error", "warning", "note"]
    many = pd.DataFrame({"recording": ids, "severity": severities})
    more = pd.DataFrame({"recording": ["buffered"] * 400, "severity": ["error"] * 123 + ["warning"] * 277})
    page = opened("aiperf#0", findings=pd.concat([many, more]))
    for severity, names in (
        ("error", ("aiperf#0", "browser")),
        ("warning", ("aiperf#1", "browser")),
        ("note", ("aiperf#0", "browser")),
    ):
        lefts = {box(page, f'.rx-row[data-id="{name}"] .rx-badge-{severity}')["x"] for name in names}
        assert len(lefts) == 1, severity
    assert (
        box(page, '.rx-row[data-id="aiperf#0"] .rx-badge-note')["x"]
        > box(page, '.rx-row[data-id="aiperf#1"] .rx-badge-warning')["x"]
    )
    # Whole numbers or none, and none over what is beside them.
    row = page.locator('.rx-row[data-id="buffered"]')
    cell = row.locator(".rx-col-findings").bounding_box()
    end = cell["x"] + cell["width"]
    room = row.locator(".rx-badges").bounding_box()
    for badge in row.locator(".rx-badge").all():
        seen = badge.bounding_box()
        assert (
            seen["y"] >= room["y"] + room["height"] - 1
            or seen["x"] + seen["width"] <= min(end, room["x"] + room["width"]) + 0.5
        )
    expect(row.locator(".rx-badge").first).to_have_text("E123")


def test_very_many_findings_of_a_recording_are_told_bit_by_bit(opened: Opener, long: Corpus) -> None:
    rows: list[dict[str, Any]] = [{"severity": "note", "chunk": at, "rule": "same"} for at in range(1200)]
    page = opened(corpus=long, findings=marks_of([*rows, {"severity": "error", "chunk": 5, "rule": "other"}]))
    expect(page.locator('.rx-tab[data-tab="findings"]')).to_have_text("Findings1,201")
    expect(page.locator(".rx-head .rx-badge")).to_have_text(["1 error", "1,200 notes"])
    pane = open_pane(page, "findings")
    expect(pane).to_contain_text("the most severe 1,000; 201 more findings of this recording in corpus.findings")
    expect(pane.locator(".rx-by-rule h4")).to_have_text(["errorother", "notesame999 times"])
    expect(pane.locator(".rx-finding")).to_have_count(51)
    page.get_by_role("button", name="show 949 more").click()
    expect(pane.locator(".rx-finding")).to_have_count(1000)
    expect(pane.locator(".rx-here")).to_have_text(["chunk 5m1200", "chunk 5m5"])
    expect(page.locator(".rx-finding-position")).to_have_text("finding 1 of 1,000")
    for chunk in (0, 1):
        page.keyboard.press("n")
        expect_cursor(page, chunk)
        expect(pane.locator(".rx-here")).to_have_text([f"chunk {chunk}m{chunk}"])


def test_n_and_p_go_from_finding_to_finding(opened: Opener, findings: pd.DataFrame) -> None:
    page = opened("f27523", 0, findings=findings)
    steps = (("n", 81, 2), ("n", 2, 3), ("n", 1, 1), ("p", 2, 3), ("p", 81, 2), ("p", 1, 1))
    for key, chunk, position in steps:
        page.keyboard.press(key)
        expect_cursor(page, chunk)
        expect(page.locator(".rx-finding-position")).to_have_text(f"finding {position} of 3")
    page.evaluate("explorer.go('94d11daee205')")
    expect_shown(page, "94d11daee205")
    page.keyboard.press("p")
    expect_cursor(page, 42)
    expect(open_pane(page, "findings").locator(".rx-finding")).to_have_text("whole recordingnone came")
    expect(page.locator(".rx-by-rule h4")).to_contain_text("noteusage-missing")


def test_buttons_go_from_finding_to_finding_in_every_pane(opened: Opener, findings: pd.DataFrame) -> None:
    page = opened("f27523", 1, findings=findings)
    body, after = page.locator(".rx-finding-body"), page.get_by_role("button", name="next finding (n)")
    expect(body).to_be_visible()
    after.click()
    expect_cursor(page, 81)
    open_pane(page, "request")
    expect(body).to_be_hidden()
    after.click()
    expect_cursor(page, 2)
    expect(page.locator(".rx-finding-said")).to_contain_text("role-missing")
    page.get_by_role("button", name="previous finding (p)").click()
    expect_cursor(page, 81)
    open_pane(page, "text")
    expect(body).to_contain_text("message 1")
    opened("94d11daee205", findings=findings)
    expect(after).to_be_disabled()


@pytest.mark.parametrize("width", [900, 1280, 1440, 1800])
def test_the_worst_finding_and_its_evidence_are_seen_without_scrolling(width: int, opened: Opener) -> None:
    page = opened("f27523", height=900)
    page.set_viewport_size({"width": width, "height": 900})
    expect(page.locator(".rx-finding-said")).to_contain_text("choice-bleed")
    stage = box(page, ".rx-right")
    evidence = box(page, ".rx-chosen-finding blockquote")
    assert box(page, ".rx-chosen-finding .rx-message")["y"] > stage["y"]
    assert evidence["y"] + evidence["height"] <= stage["y"] + stage["height"]
    body = page.locator(".rx-finding-body")
    expect_soon(lambda: body.evaluate("(body) => body.scrollHeight <= body.clientHeight"), True)
    expect_soon(lambda: page.locator(".rx-right").evaluate("(stage) => stage.scrollTop"), 0)


def test_what_goes_on_below_has_a_sign(opened: Opener, findings: pd.DataFrame) -> None:
    long_one = findings.assign(evidence=["word\n" * 200, "short", "", ""])
    page = opened("f27523", 1, findings=long_one)
    body, sign = page.locator(".rx-finding-body"), re.compile("rx-goes-on")
    expect(body).to_have_class(sign)
    body.evaluate("(body) => { body.scrollTop = body.scrollHeight; }")
    expect(body).not_to_have_class(sign)
    page.keyboard.press("n")
    expect(body).not_to_have_class(sign)
    page.keyboard.press("n")
    page.keyboard.press("n")
    expect(body).to_have_class(sign)
    texts = page.locator(".rx-text").first
    expect(texts).to_have_class(sign)
    page.keyboard.press("End")
    expect(texts).not_to_have_class(sign)
    stage = page.locator(".rx-right")
    expect(stage).to_have_class(sign)
    page.keyboard.press("n")
    page.keyboard.press("n")
    expect(stage).not_to_have_class(sign)
    page.set_viewport_size({"width": 900, "height": 500})
    expect(stage).to_have_class(sign)


def test_no_findings_says_why(opened: Opener, findings: pd.DataFrame) -> None:
    page = opened("three-way", findings=False)
    expect(open_pane(page, "findings")).to_contain_text("No rules were run: explore was called with findings=False.")
    expect(page.locator(".rx-badge-warning, .rx-no-badge")).to_have_count(0)
    expect(pill(page, "rule")).to_be_disabled()
    page.locator('[data-tab="text"]').click()
    expect(page.locator(".rx-chosen-finding")).to_have_count(0)
    for options in ({}, {"findings": findings}):
        page = opened("three-way", **options)
        expect(open_pane(page, "findings")).to_contain_text("No finding names this recording.")


def test_long_evidence_has_no_box_of_its_own_that_scrolls(opened: Opener, findings: pd.DataFrame) -> None:
    long = "one line\n" * 8
    longer = "word " * 400
    page = opened("f27523", findings=findings.assign(evidence=[long, longer, None, None]))
    quotes = open_pane(page, "findings").locator("blockquote")
    expect(quotes).to_have_count(2)
    expect_soon(
        lambda: quotes.evaluate_all("(all) => all.map((each) => each.scrollHeight - each.clientHeight)"), [0, 0]
    )
    assert quotes.nth(0).text_content() == long
    assert quotes.nth(1).text_content() == f"{longer[:600]}…"
    page.get_by_role("button", name="show all 2,000 characters").click()
    assert quotes.nth(1).text_content() == longer
