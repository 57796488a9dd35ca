"""What a comparison came to, in every format: what has to be said is said, and no text of a recording is more than text."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Mapping
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from compared_kit import TEXT, asked, recorded, seven_runs
from hostile_text import HOSTILE
from markdown_it import MarkdownIt
from run_kit import loaded
from synthetic import calls, choice, chunk, fragment, stream

import recexplore
from recexplore.comparison.changes import changes
from recexplore.comparison.comparison import compare
from recexplore.comparison.levels import VERDICTS, outcome_of
from recexplore.comparison.run_table import RUN_COLUMNS
from recexplore.comparison.runs import runs
from recexplore.model.colours import AMBER
from recexplore.model.exchange import Problem
from recexplore.share.comment import MOST_CHARS
from recexplore.share.comparisons import FORMATS
from recexplore.share.comparisons.outcome import Outcome, outcome_of_changes, outcome_of_runs
from recexplore.share.comparisons.text import plain
from recexplore.views.text.safe_text import visible

ROOT = Path(__file__).parent.parent
PLANET = TEXT.replace("star", "planet")
UNREAD = Problem("not JSON", "a JSON document", "\x1b[31m{", "record it again", path="<b>.json")


def changed(one: Any, other: Any, level: Any = "wire") -> Outcome:
    return outcome_of_changes(changes(loaded(one), loaded(other)), ["main~1", "<HEAD>"], level, [UNREAD])


@pytest.fixture(scope="module")
def seven() -> Outcome:
    return outcome_of_runs(runs(seven_runs()), ["runs"], "text")


def hostile(text: str, name: str = "name") -> Any:
    """A recording that holds a text wherever there is one."""
    sent = [
        chunk(choice({"role": "assistant", "content": text, "reasoning_content": text}), model=text),
        calls(fragment(text, name=name, id="1")),
        chunk(choice({}, 0, text)),
    ]
    return stream(*sent, request=asked(text, model=text), test_id=f"tests/test_x.py::test_x[{text}]")


@pytest.fixture(scope="module")
def hostile_outcomes() -> Mapping[str, Outcome]:
    """By its name, the outcome of a change in recordings that are full of a text."""
    before = loaded(*(hostile(text) for text in HOSTILE.values()))
    after = loaded(*(hostile(f"{text} else", text) for text in HOSTILE.values()))
    found = changes(before, after, by=lambda recording: recording.name)
    numbers = {f"run-{number}.json": name for number, name in enumerate(HOSTILE)}
    outcomes = {
        numbers[each.name]: outcome_of_changes([each], ["main~1", "<HEAD>"], "wire", [UNREAD]) for each in found
    }
    assert outcomes.keys() == HOSTILE.keys()
    assert all(each.differs for each in outcomes.values())
    return outcomes


def said(form: str, outcome: Outcome) -> str:
    made = FORMATS[form](outcome)
    text = plain(outcome, 80) + "\n" if form == "text" else str(made)
    assert text.endswith("\n")
    return text


@pytest.mark.parametrize("form", FORMATS)
def test_every_format_says_which_run_is_odd_and_why(form: str, seven: Outcome) -> None:
    text = " ".join(re.sub("<[^>]*>", "", said(form, seven)).split())
    for each in ("run-2", "run-4", "run-6", "planet", "choice 0 never finished", "length", "broken"):
        assert each in text, each


@pytest.mark.parametrize("form", FORMATS)
def test_every_format_says_what_could_not_be_read(form: str) -> None:
    text = said(form, changed(recorded(), recorded(PLANET)))
    assert "record it again" in " ".join(text.split())
    assert "\x1b" not in text


@pytest.mark.parametrize("form", FORMATS)
def test_requests_say_what_they_are_not_compared_by(form: str) -> None:
    outcome = changed(recorded(request=asked(user="ann")), recorded(PLANET, request=asked(user="bob")))
    assert outcome.entries[0].left_out == ("user",)
    text = said(form, outcome)
    assert ("Not compared: user" if form != "json" else '"left_out": [\n') in text.replace("&#58;", ":")
    equal = changed(recorded(request=asked(user="ann")), recorded(PLANET, request=asked(user="ann")))
    assert equal.entries[0].left_out == (), "nothing that is left out differs"


def test_what_became_of_a_request_has_a_colour_of_its_own() -> None:
    outcome = changed(recorded(), recorded(request=asked(seed=1)))
    (entry,) = outcome.entries
    assert (entry.heading, entry.verdict, entry.colour) == ("request changed", "identical", AMBER)
    (entry,) = changed(recorded(), recorded(PLANET)).entries
    assert entry.colour == outcome_of("other words").colour
    page = said("html", outcome)
    for heading in (*VERDICTS, "request changed", "added", "removed"):
        assert f".{heading.replace(' ', '-')} {{ color: " in page


@pytest.mark.parametrize("form", FORMATS)
def test_the_same_recordings_give_the_same_report(form: str) -> None:
    corpora = [loaded(recorded(), recorded(PLANET)) for _ in "ab"]
    texts = [said(form, outcome_of_runs(runs(corpus), ["x"], "text")) for corpus in corpora]
    assert texts[0].replace(corpora[0].places[0], "") == texts[1].replace(corpora[1].places[0], "")


@pytest.mark.parametrize("width", [40, 80, 160])
def test_text_fits_the_terminal(width: int, seven: Outcome) -> None:
    assert max(map(len, plain(seven, width).split("\n"))) <= width


def test_the_text_of_a_pair(seven: Outcome) -> None:
    text = plain(changed(recorded(), recorded(PLANET, request=asked(seed=1))), 100)
    assert text.split("\n")[:8] == [
        "main~1 → <HEAD>: The requests differ; the answers differ in content, where chunks are cut, number of",
        "chunks.",
        "",
        "request changed  run-0.json  other words",
        "             POST /v1/chat/completions · m",
        "  request    seed  nothing → 1",
        "  parts      choice 0, content, at character 40 (word 10), chunk 8",
        "             The Sun is called Sol in Latin. It is a␣",
    ]
    assert "             − “star.”  before\n             + “planet.”  after" in text
    assert "  wire       where chunks are cut; number of chunks 10 → 11" in text
    nothing = plain(changed(recorded(), recorded(id_="x")), 100)
    assert nothing.startswith("main~1 → <HEAD>: The answers agree.\n\nidentical  run-0.json\n")


def test_of_many_the_weightiest_come_first_and_the_rest_is_counted() -> None:
    corpus = [recorded(text, request=asked(str(n))) for n in range(60) for text in ("a", "b")]
    outcome = outcome_of_runs(runs(loaded(*corpus)), ["x"], "text")
    text = plain(outcome)
    assert text.startswith("60 requests with 120 runs: 60 differing in text.\n")
    assert text.endswith("… and 10 more; --format json has all.")


def test_the_example_of_the_page_is_what_is_said() -> None:
    request = asked(model="gpt-4o-mini")
    texts = [PLANET if number == 7 else TEXT for number in range(10)]
    documents = [recorded(text, cut=7 if number == 4 else 5, request=request) for number, text in enumerate(texts)]
    for document in documents:
        document["request"]["model"] = "gpt-4o-mini"
    text = plain(outcome_of_runs(runs(loaded(*documents)), ["runs"], "text"), 120)
    assert f"```text\n{text}\n```" in (ROOT / "docs" / "comparing.md").read_text(encoding="utf-8"), text


# JSON


def test_the_keys_of_the_json_are_those_of_the_page(seven: Outcome) -> None:
    document = json.loads(said("json", seven))
    page = (ROOT / "docs" / "comparing.md").read_text(encoding="utf-8")
    entry = document["requests"][0]
    for key in (*document, *document["counts"], *entry, *entry["aspects"][0]):
        assert f"`{key}`" in page, key
    assert list(entry["runs"][0]) == [*RUN_COLUMNS, "side"]
    assert list(compare(seven.entries[0].recordings).runs.columns) == list(RUN_COLUMNS)
    assert document["differs"] is True
    assert document["counts"]["differing"] == 1
    assert entry["divergences"][0]["says"] == "planet."


def test_what_is_not_compared_has_the_same_keys() -> None:
    document = json.loads(said("json", changed(recorded(), recorded())))
    (entry,) = document["requests"]
    assert (entry["status"], entry["stability"], entry["level"]) == ("same", None, None)
    assert list(entry["runs"][0]) == [*RUN_COLUMNS, "side"]
    assert [each["side"] for each in entry["runs"]] == ["before", "after"]
    assert document["problems"][0]["path"] == "<b>.json"


# Markdown


def test_a_comment_has_room(monkeypatch: pytest.MonkeyPatch) -> None:
    long = "\N{GRINNING FACE}<&" * 300
    documents = [
        recorded(f"{text}{n}{long}", cut=1000, request=asked(str(n))) for n in range(150) for text in ("a", "b")
    ]
    text = said("markdown", outcome_of_runs(runs(loaded(*documents)), ["x"], "text"))
    assert len(text.encode("utf-16-le")) // 2 <= MOST_CHARS
    told = text.count("<details>")
    assert told > 20
    assert f"The details of {150 - told} more requests have no room here" in text
    assert text.count("</details>") == told
    assert "and 50 more" in text


def test_markdown_is_a_comment_that_is_found_again() -> None:
    text = said("markdown", changed(recorded(), recorded(PLANET)))
    assert text.startswith("<!-- recexplore compare -->\n\n### recexplore compare\n")
    assert "```diff\n@@ choice 0, content, character 40, chunk 8 @@\n" in text
    assert "- “star.”  before\n+ “planet.”  after\n```" in text
    assert "| wire | number of chunks | 10 | 11 |" in text


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text_is_no_markdown(name: str, hostile_outcomes: Mapping[str, Outcome]) -> None:
    text = said("markdown", hostile_outcomes[name])
    tokens = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).parse(text)
    inner = [each for token in tokens for each in token.children or ()]
    assert {each.type for each in inner} <= {"text", "text_special", "html_inline", "softbreak"}
    html = "".join(each.content for each in (*tokens, *inner) if each.type in ("html_block", "html_inline"))
    assert re.sub(r"</?(?:code|b|details|summary)(?: open)?>|<!-- recexplore compare -->", "", html).count("<") == 0
    # What GitHub makes of words by itself: addresses, mentions, numbers of issues.
    outside = "".join(each.content for each in inner if each.type == "text")
    assert not re.search(r"(?<![\w.])(?:https?://|www\.)\w", re.sub(r"&#\d+;", " ", MARKDOWN_BLOCK.sub("", text)))
    assert "@\u2060" in outside or "@" not in outside


MARKDOWN_BLOCK = re.compile(r"^(`{3,})diff$.*?^\1$", re.DOTALL | re.MULTILINE)


# HTML


class Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text.append(data)


OURS = {
    "html", "head", "meta", "title", "style", "body", "header", "main", "section", "h1", "h2", "h3", "p", "table", "thead",
    "tbody", "tr", "th", "td", "code", "span", "a", "div", "figure", "figcaption", "mark", "i", "ul", "li",
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text_is_no_html(name: str, hostile_outcomes: Mapping[str, Outcome]) -> None:
    page = Page()
    page.feed(said("html", hostile_outcomes[name]))
    assert {tag for tag, _ in page.tags} <= OURS
    for _, attributes in page.tags:
        assert set(attributes) <= {"lang", "charset", "http-equiv", "content", "name", "class", "id", "href"}
        assert (attributes.get("href") or "#request-").startswith("#request-")
    assert not re.search("[\x00-\x08\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", "".join(page.text))


def test_the_page_allows_nothing_but_its_style(seven: Outcome) -> None:
    page = said("html", seven)
    style = re.search(r"<style>(.*?)</style>", page, re.DOTALL)
    assert style is not None
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    assert f"default-src 'none'; style-src 'sha256-{digest}'" in page
    assert "<script" not in page
    assert " style=" not in page
    assert "url(" not in style[1]
    assert "@import" not in style[1]


def test_the_page_shows_texts_side_by_side() -> None:
    page = said("html", changed(recorded(), recorded(PLANET)))
    assert re.search(r"<mark> </mark><i></i><mark>star</mark>\.", page)
    assert re.search(r"<mark> </mark><i></i><mark>plane</mark><i></i><mark>t</mark>\.", page)
    assert '<span class="muted">part at character 40, word 10, chunk 8</span>' in page
    cut = said("html", changed(recorded(), recorded(cut=7)))
    assert "the same text, cut otherwise" in cut
    assert "The S<i></i>un is" in cut
    assert "The Sun<i></i> is cal" in cut


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text_steers_no_terminal(name: str, hostile_outcomes: Mapping[str, Outcome]) -> None:
    shown = plain(hostile_outcomes[name])
    assert shown == visible(shown)
    assert not re.search(r"^\s*::", shown, re.MULTILINE)


@pytest.mark.thorough
def test_real_runs_of_every_request(corpus_folder: Path) -> None:
    corpus = recexplore.load(corpus_folder / "ogx", progress=False)
    outcome = outcome_of_runs(runs(corpus), ["ogx"], "wire")
    texts = {form: said(form, outcome) for form in FORMATS}
    document = json.loads(texts["json"])
    assert document["counts"]["requests"] == len(outcome.entries)
    assert sum(document["counts"][key] for key in ("differing",)) == sum(
        each["differs"] for each in document["requests"]
    )
    assert len(texts["markdown"]) <= MOST_CHARS
