"""The explorer's page shows hostile text as it was recorded, acts on none of it, and asks nobody for anything."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from explorer_page import explorer_page
from hostile_recordings import CROWD, NEEDLE, answer, arguments, finding, middle, request, stamped, tool, write
from hostile_text import HOSTILE, as_shown, utf16_units
from synthetic import says, stream

import recexplore
from recexplore.corpus import Recording
from recexplore.rules import Rule
from recexplore.views.explorer.widget import Explorer
from recexplore.views.text.safe_text import visible
from recexplore.views.text.test_names import test_name as name_of

pytestmark = pytest.mark.long

TABS = ("text", "request", "reasoning", "tokens", "timing", "tools", "findings", "raw")

HALVES = re.compile("[\ud800-\udfff]")

LINE_END = re.compile("\r\n|\n|\r")

DIRECTION = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefe\U00010800-\U00010fff\U0001e800-\U0001efff]")

UNSEEN = re.compile(
    "[\0-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\U000e0000-\U000e007f]+"
)
C0 = (
    "NUL SOH STX ETX EOT ENQ ACK BEL BS HT LF VT FF CR SO SI DLE DC1 DC2 DC3 DC4 NAK SYN ETB CAN EM SUB ESC FS GS RS US"
)
SIGNS = {**dict(enumerate(C0.split())), 0x7F: "DEL"}

# What the explorer's elements are made of. Nothing here loads, links, submits, names or runs.
# fmt: off
TAGS = {
    "div", "span", "button", "progress", "input", "select", "option", "nav", "main", "canvas", "h3",
    "h4", "b", "i", "p", "ul", "li", "dl", "dt", "dd", "label",
    "section", "aside", "bdi", "header", "details", "summary", "pre", "code", "mark", "dialog", "table",
    "ol", "thead", "tbody", "tr", "th", "td", "figure", "figcaption", "blockquote",
}
# fmt: on

ATTRIBUTES = re.compile(
    "class|title|role|tabindex|hidden|open|style|type|value|selected|disabled|min|max|step|placeholder|spellcheck"
    "|autocomplete|inputmode|width|height|popover|aria-[a-z]+"
    "|data-(chunk|copy|shown|tab|id|facet|files|sort|column|pane|grip|run|branch|lm-suppress-shortcuts)|id"
)

CLASSES = re.compile("rx|rx-[a-z_-]+")

_LOOK = r"""
window.hacked = 0;
const quick = window.setTimeout;
window.setTimeout = (work, ms, ...given) => quick(work, Math.min(ms, 5), ...given);
const here = document.getElementById("here");
const find = (words, root = here) => [...root.querySelectorAll(words)];
const text = (words, root = here) => root.querySelector(words)?.textContent ?? null;
const texts = (words, root = here) => find(words, root).map((node) => node.textContent);
const turn = () => new Promise((done) => quick(done, 2));
async function until(what, wanted) {
  for (const end = performance.now() + 10_000; performance.now() < end;) {
    const found = wanted();
    if (found) return found;
    await turn();
  }
  throw new Error(`no ${what}`);
}
window.test = {
  find, text, texts, until,
  async open(id) {
    if (explorer.state.get("recording") === id) return;
    const shown = new Promise((done) => here.addEventListener("rx-shown", done, { once: true }));
    explorer.go(id);
    await shown;
  },
  async tab(name) {
    if (explorer.state.get("tab") === name) explorer.state.set("tab", name === "text" ? "findings" : "text");
    const other = here.querySelector(".rx-content").firstElementChild;
    here.querySelector(`[data-tab=${name}]`).click();
    await until(name, () => ![null, other].includes(here.querySelector(".rx-content").firstElementChild));
    if (name === "text" || name === "raw") await this.chunk(explorer.state.get("cursor"));
  },
  async chunk(number) {
    explorer.state.set("cursor", number);
    const head = `chunk ${number.toLocaleString("en")},`;
    await until("chunk", () => text(".rx-slot h4 span")?.startsWith(head) && here.querySelector(".rx-slot .rx-json"));
  },
  async search(query) {
    const input = here.querySelector(".rx-input"), was = answers.find;
    input.value = query;
    input.dispatchEvent(new Event("input"));
    await until("answer", () => answers.find > was && !here.querySelector(".rx-finder").matches(".rx-busy"));
  },
  json(root) {
    for (const more of find(".rx-json > button", root)) while (!more.hidden) more.click();
    const said = (line) => [...line.childNodes].filter((node) => !node.matches?.(".rx-json-more"));
    const words = (line) => said(line).map((node) => node.textContent).join("");
    return find(".rx-json", root).map((json) => find(".rx-json-line", json).map(words).join("\n"));
  },
  /** The transcripts: of each choice what its spans of each kind hold. */
  said: () => find(".rx-text").map((pane) => {
    const kinds = {};
    for (const stretch of pane.children) for (const span of stretch.children) {
      const kind = /rx-kind-(\w+)/.exec(span.className)[1];
      kinds[kind] = (kinds[kind] ?? "") + span.textContent;
    }
    return kinds;
  }),
  /** The tip over each chunk: {chunk: its text}. */
  tips() {
    const canvas = here.querySelector(".rx-marks"), box = canvas.getBoundingClientRect(), found = {};
    for (let x = 80; x < box.width - 10; x += 1.5) {
      canvas.dispatchEvent(new PointerEvent("pointermove", { clientX: box.left + x, clientY: box.top + 60 }));
      found[explorer.state.get("hover")] ??= texts(".rx-tip-text");
    }
    canvas.dispatchEvent(new PointerEvent("pointerleave"));
    return found;
  },
  /** What all there is is made of. */
  made(given) {
    const tags = new Set(), attributes = new Set(), classes = new Set(), halves = [];
    for (const node of find("*")) {
      tags.add(node.namespaceURI.endsWith("xhtml") ? node.localName : node.nodeName);
      node.classList.forEach((name) => classes.add(name));
      for (const { name, value } of node.attributes) {
        attributes.add(name);
        if (name === "style" && /[(:;]\s*(url|image|fixed)|import/i.test(value)) attributes.add(`style="${value}"`);
      }
      if (!node.children.length && /\p{Surrogate}/u.test(node.textContent)) halves.push(node.className);
    }
    const stage = here.querySelector(".rx-right").getBoundingClientRect();
    // Text that nobody would see stands in a sign; an attribute has signs in its place, and isolates around what runs the
    // other way.
    const hidden = [], unseen = new RegExp(given.unseen, "u"), walk = document.createTreeWalker(here, NodeFilter.SHOW_TEXT);
    while (walk.nextNode()) {
      const { data, parentNode } = walk.currentNode;
      if (unseen.test(data) && !parentNode.matches(".rx-control")) hidden.push(parentNode.className);
    }
    for (const node of find("[title], [aria-label]")) for (const name of ["title", "aria-label"]) {
      const said = (node.getAttribute(name) ?? "").replaceAll(/[\u2068\u2069]/g, "");
      if (unseen.test(said)) hidden.push(`${name} of ${node.className}`);
    }
    return {
      hidden: [...new Set(hidden)],
      tags: [...tags], attributes: [...attributes], classes: [...classes], halves: [...new Set(halves)],
      failed: texts(".rx-failed"), hacked: window.hacked,
      polluted: Object.keys(Object.prototype).concat("polluted" in {} ? "polluted" : []),
      outside: document.body.children.length + document.head.children.length, title: document.title, address: location.href,
      wide: document.documentElement.scrollWidth - document.documentElement.clientWidth,
    };
  },
};
window.answers = { find: 0 };
const ask = window.askPython;
window.askPython = async (what, given) => {
  const answer = await ask(what, given);
  answers[what] = (answers[what] ?? 0) + 1;
  return answer;
};
"""


@pytest.fixture(scope="module")
def empty_page(browser: Any, hostile_explorer: Explorer) -> Iterator[Any]:
    """A page with nothing shown, that notes every dialog, window and address."""
    with explorer_page(browser, 1400, 1000) as page:
        page.opened = []
        page.on("dialog", lambda dialog: (page.opened.append(dialog.message), dialog.dismiss()))
        page.on("popup", lambda window: page.opened.append(window.url))
        page.on("framenavigated", lambda frame: page.opened.append(frame.url))
        page.on("download", lambda download: page.opened.append(download.url))
        page.add_script_tag(content=f"{{ {_LOOK} }}")
        page.beginning = page.evaluate("[document.body.children.length + document.head.children.length, location.href]")
        yield page


@pytest.fixture
def page(empty_page: Any, hostile_explorer: Explorer) -> Any:
    """The explorer of all hostile text; afterwards nothing may have happened."""
    empty_page.explorer = hostile_explorer
    if not empty_page.evaluate("Boolean(window.explorer)"):
        opening = {**hostile_explorer.opening, "recording": hostile_explorer.selected, "chunk": hostile_explorer.cursor}
        empty_page.evaluate("(opening) => window.open_explorer(opening)", opening)
        empty_page.wait_for_selector(".rx-prompt")
        empty_page.wait_for_selector(".rx-row[data-id]")
    return empty_page


def run(page: Any, script: str, given: Any = None) -> Any:
    """What the script gives, run in the page with `test`; and nothing else has come of it."""
    found = page.evaluate(f"async (given) => {{ const t = window.test; {script} }}", given)
    nothing_happened(page)
    return found


def nothing_happened(page: Any) -> None:
    made = page.evaluate("(unseen) => window.test.made({ unseen })", UNSEEN.pattern)
    assert made["hacked"] == 0
    assert (page.asked, page.opened, page.errors) == ([], [], [])
    assert [made["outside"], made["address"]] == page.beginning
    assert (made["title"], made["polluted"], made["failed"]) == ("", [], [])
    assert made["hidden"] == []
    assert set(made["tags"]) <= TAGS
    assert [name for name in made["attributes"] if not ATTRIBUTES.fullmatch(name)] == []
    assert [name for name in made["classes"] if not CLASSES.fullmatch(name)] == []
    assert made["wide"] == 0


CROWDS = range(-(-len(HOSTILE) // CROWD))

EVERY_THIRD = [pytest.param(part, marks=[pytest.mark.thorough] * (part % 3 > 0)) for part in range(8)]
"""Parts of all texts, in surfaces that take long; in others all of them are shown. The thorough run leaves none out."""


@pytest.fixture(params=CROWDS)
def crowded(request: pytest.FixtureRequest, page: Any, hostile: SimpleNamespace) -> SimpleNamespace:
    names, id_ = list(hostile.crowds.items())[request.param]
    run(page, "await t.open(given)", id_)
    return SimpleNamespace(
        names=names, texts=[as_shown(HOSTILE[name]) for name in names], recording=hostile.corpus[id_]
    )


def test_transcripts_and_tips(page: Any, crowded: SimpleNamespace) -> None:
    run(page, "await t.tab('text')")
    said = run(page, "return t.said()")
    for k, text in enumerate(crowded.texts):
        assert {kind: said[k][kind] for kind in ("content", "reasoning", "refusal")} == dict.fromkeys(
            ("content", "reasoning", "refusal"), text
        )
        held = as_shown(arguments(HOSTILE[crowded.names[k]]))
        assert said[k]["tool_call"] == f"\n{text} {held}\n{text} {text}"
    titles = run(page, "return t.find('.rx-event[title]').map((node) => node.title)")
    assert set(titles) <= {titled(f"{text}: {text}") for text in crowded.texts}
    tips = run(page, "return t.tips()")
    assert len(tips) > 30
    assert {int(number): [*map(as_shown, told)] for number, told in tips.items() if number != "null"} == {
        int(number): tip_of(crowded.recording, int(number)) for number in tips if number != "null"
    }


def tip_of(one: Recording, number: int) -> list[str]:
    """What the timeline says over a chunk: all text of a choice on a line, as much as 160 of JavaScript's characters."""
    lines = []
    events = one.events[one.events["chunk"] == number]
    for _, mine in events.groupby(events["choice"].fillna(-1), sort=False):
        said = "".join(map(_said, mine.to_dict("records")))
        units = utf16_units(LINE_END.sub("↵", said).replace("\t", "⇥"))
        kept = units[:160]
        if len(units) > 160 and "\ud800" <= kept[-1] <= "\udbff":
            kept = kept[:-1]
        lines.append(as_shown("".join(kept)) + ("…" if len(units) > 160 else ""))
    return lines[:6]


def _said(event: dict[Any, Any]) -> str:
    named = f"{event['tool_name']} " if isinstance(event["tool_name"], str) else ""
    if event["kind"] == "finish" and isinstance(event["finish_reason"], str):
        return named + event["finish_reason"]
    shown = event["kind"] not in ("usage", "finish", "logprobs", "signature") and isinstance(event["text"], str)
    return named + (event["text"] if shown else "")


def test_tools(page: Any, crowded: SimpleNamespace) -> None:
    run(page, "await t.tab('tools')")
    shown = run(
        page,
        """return t.find(".rx-call").map((call) => ({
            name: t.text(".rx-call-name", call), arguments: t.text(".rx-arguments", call),
            declared: t.text("summary", call), schema: t.json(call) }))""",
    )
    calls = crowded.recording.tool_calls
    assert [each["name"] for each in shown] == calls["name"].tolist()
    assert [each["arguments"] for each in shown] == calls["arguments"].tolist()
    for at, each in enumerate(shown):
        text = HOSTILE[crowded.names[at // 2]]
        assert each["name"] == as_shown(text)
        assert each["declared"] == f"declared as {as_shown(text)}"
        assert [json.loads(schema) for schema in each["schema"]] == [tool(text)["function"]["parameters"]]


def test_findings(page: Any, crowded: SimpleNamespace) -> None:
    run(page, "await t.tab('findings')")
    shown = run(
        page,
        """t.find(".rx-finding .rx-more").forEach((more) => more.click());
           return t.find(".rx-by-rule").flatMap((group) => t.find(".rx-finding", group).map((each) =>
            [t.text(".rx-rule-name", group), t.text(".rx-message", each), t.text("blockquote", each)]))""",
    )
    # The worst first.
    assert sorted(shown) == sorted([text] * 3 for text in crowded.texts)


def test_exactly_the_middle_is_underlined(page: Any, crowded: SimpleNamespace) -> None:
    run(page, "await t.tab('text')")
    underlined = run(
        page,
        """const marked = ".rx-found.rx-kind-content, .rx-kind-content .rx-found";
           return t.find(".rx-text").map((pane) => t.texts(marked, pane).join(""));""",
    )
    expected = [text[slice(*middle(text))] for text in crowded.texts]
    assert [LINE_END.sub("\n", each) for each in underlined] == [LINE_END.sub("\n", each) for each in expected]


def test_findings_one_by_one_and_over_the_timeline(page: Any, crowded: SimpleNamespace) -> None:
    run(page, "await t.tab('text'); await t.chunk(2)")
    one_by_one = """const said = [], next = t.find(".rx-finding-steps button").at(-1);
        for (let at = 0; at < given; at++) {
          t.find(".rx-chosen-finding .rx-more").forEach((more) => more.click());
          said.push([".rx-rule-name", ".rx-message", "blockquote"].map((each) => t.text(`.rx-chosen-finding ${each}`)));
          next.click();
        }
        return said;"""
    assert sorted(run(page, one_by_one, len(crowded.texts))) == sorted([text] * 3 for text in crowded.texts)
    run(
        page,
        """const canvas = t.find(".rx-marks")[0], box = canvas.getBoundingClientRect();
           for (let x = 70; x < box.width; x += 3) canvas.dispatchEvent(
             new PointerEvent("pointermove", { clientX: box.left + x, clientY: box.top + 20 }));
           canvas.dispatchEvent(new PointerEvent("pointerleave"));""",
    )


@pytest.mark.parametrize("crowded", EVERY_THIRD[: len(CROWDS)], indirect=True)
def test_a_hostile_rules_name_can_be_asked_for(page: Any, crowded: SimpleNamespace) -> None:
    """Whatever the name holds: the query is text, it finds something or notes something, and nothing else happens."""
    run(page, "await t.tab('findings')")
    for at in range(len(crowded.texts)):
        run(
            page,
            """t.find(".rx-by-rule .rx-rule-name")[given].click();
               await t.until("page", () => t.find(".rx-rule-bar").length);
               const was = answers.find;
               const [back, find] = t.find(".rx-rule-bar button");
               if (!find.disabled) {
                 find.click();
                 await t.until("answer", () => answers.find > was && !t.find(".rx-finder.rx-busy").length);
               }
               back.click();""",
            at,
        )
    run(page, "await t.search('')")


@pytest.mark.parametrize("crowded", EVERY_THIRD[: len(CROWDS)], indirect=True)
def test_raw(page: Any, crowded: SimpleNamespace) -> None:
    run(page, "await t.tab('raw')")
    numbers = range(1, crowded.recording.facts["n_chunks"], 11)
    asked, *_ = run(page, "return t.json(t.find('.rx-three > .rx-raw')[0])")
    assert json.loads(asked) == crowded.recording.request
    for number in numbers:
        look = "await t.chunk(given); return [...t.json(t.find('.rx-slot')[0]), t.texts('.rx-made-text')]"
        raw, made = run(page, look, number)
        assert json.loads(raw) == crowded.recording.raw(number)
        events = crowded.recording.events
        text = events[events["chunk"] == number]["text"]
        assert made == [each for each in text.tolist() if isinstance(each, str) and each]


@pytest.mark.parametrize("name", ["reasoning", "tokens", "timing"])
def test_figures(page: Any, crowded: SimpleNamespace, name: str) -> None:
    run(page, "await t.tab(given)", name)
    assert run(page, "return t.texts('.rx-content')")[0]


@pytest.mark.parametrize("crowded", EVERY_THIRD[: len(CROWDS)], indirect=True)
def test_compared_runs(page: Any, crowded: SimpleNamespace, hostile: SimpleNamespace) -> None:
    """Their texts side by side as they were recorded; and nothing happens in the table, the lanes, the tree and the rest."""
    other = next(each for each in hostile.singles.values() if each != crowded.recording.id)
    run(page, "explorer.state.set('compared', given)", [crowded.recording.id, other])
    page.wait_for_selector(".rx-comparison .rx-run-text")
    texts = run(
        page,
        """const lanes = t.find(".rx-run-lanes .rx-marks")[0], at = lanes.getBoundingClientRect();
           for (let x = 80; x < at.width - 10; x += 7) lanes.dispatchEvent(
             new PointerEvent("pointermove", { clientX: at.left + x, clientY: at.top + 30 }));
           return t.texts(".rx-run-text[data-run='0'] > span");""",
    )
    events = crowded.recording.events
    pieces = events[events["start"].notna()].fillna({"tool_index": -1, "text": ""})
    said = pieces.groupby(["choice", "kind", "tool_index"], observed=True)["text"].agg("".join)
    assert sorted(texts) == sorted(text or "nothing" for text in said)
    for tab, ready in (("tree", ".rx-branch"), ("aspects", ".rx-aspects"), ("alike", ".rx-alike, .rx-comparison")):
        run(
            page,
            """const [tab, ready] = given, button = t.find(`.rx-comparison [data-tab=${tab}]`)[0];
               button?.click();
               await t.until(tab, () => t.find(ready).length);""",
            [tab, ready],
        )
    run(page, "explorer.state.set('compared', null); await t.until('recording', () => t.find('.rx-recording').length);")


@pytest.mark.parametrize("id_", ["failed", "whole"])
def test_answers_that_are_no_streams(page: Any, hostile: SimpleNamespace, id_: str) -> None:
    everything = as_shown("\n".join(HOSTILE.values()))
    run(page, "await t.open(given)", id_)
    for name in TABS:
        run(
            page,
            "await t.tab(given)" if id_ == "whole" or name == "findings" else "explorer.state.set('tab', given)",
            name,
        )
    if id_ == "failed":
        assert run(page, "return t.texts('.rx-about-shape')") == [everything]
    else:
        run(page, "await t.tab('text')")
        assert run(page, "return t.said()")[0]["content"] == everything


@pytest.mark.parametrize("part", EVERY_THIRD)
def test_what_a_recording_has_but_one_of(page: Any, hostile: SimpleNamespace, part: int) -> None:
    run(page, "explorer.state.set('tab', 'text')")
    mine = list(hostile.singles.items())[part::8]
    told = run(
        page,
        """const all = [];
        for (const id of given) {
          await t.open(id);
          const at = t.find(".rx-where")[0];
          all.push({ question: t.text(".rx-prompt"), asked: t.find(".rx-prompt")[0].title, path: at.title,
            id: t.text("code", at), test: t.texts(".rx-where > span:not(.rx-named-by)"), content: t.said()[0].content,
            about: t.text(".rx-transcript .rx-as-of"),
            facts: t.find(".rx-fact").slice(0, 2).map((fact) => [fact.title, t.text("b", fact)]) });
        }
        return all""",
        [id_ for _, id_ in mine],
    )
    for (name, id_), shown in zip(mine, told, strict=True):
        text, one = as_shown(HOSTILE[name]), hostile.corpus[id_]
        question = visible(HOSTILE[name])
        question = question if len(question) <= 240 else f"{question[:240]}…"
        assert (shown["question"], shown["asked"]) == (question, titled(question))
        assert (shown["path"], shown["id"]) == (f"{titled(text)}\n{titled(one.facts['path'])}", id_)
        assert shown["test"] == [label(part) for part in name_of(text) if part]
        assert shown["facts"] == [[f"{name}: {titled(text)}", label(text)] for name in ("provider", "model")]
        assert shown["content"] == f"{text} {NEEDLE} {text}"
        assert shown["about"] == f"no role was ever sent · {text}"


def test_what_turns_a_name_around_is_seen_wherever_the_name_is(page: Any, hostile: SimpleNamespace) -> None:
    """In the head, its facts, the list and the facets: the sign, and the letters in their recorded order."""
    run(page, "await t.search('test:exe'); await t.open(given)", hostile.singles["right to left"])
    run(
        page,
        "t.find('.rx-pill[data-facet=model]')[0].click(); await t.until('box', () => t.find(':popover-open').length)",
    )
    signs = run(
        page,
        """const shown = (words) => t.find(`${words} .rx-control`).map((node) => [node.dataset.shown, node.title])[0];
        return [".rx-where .rx-name", ".rx-fact", ".rx-row.rx-selected .rx-name", ".rx-choice-name"].map(shown)""",
    )
    assert [given for given, _ in signs[:3]] == ["U+202E"] * 3
    assert signs[0][1] == "U+202E right-to-left override"
    assert signs[3] is not None
    order = run(
        page,
        """const words = t.find(".rx-where .rx-name")[0], at = document.createRange(), left = (node, place) => {
          at.setStart(node, place);
          at.setEnd(node, place + 1);
          return at.getBoundingClientRect().left;
        };
        const [first, sign, second] = words.childNodes;
        return [left(first, 0), sign.getBoundingClientRect().left, left(second, 0), left(second, 1), left(second, 2)]""",
    )
    assert order == sorted(order), "gnp stays gnp"
    run(page, "t.find(':popover-open')[0].hidePopover(); await t.search('')")


def test_table_and_snippets(page: Any, hostile: SimpleNamespace) -> None:
    rows = run(
        page,
        """await t.search(given); const found = [], list = t.find(".rx-list")[0];
        for (let top = 0; top < 50 * 110; top += 300) {
          list.scrollTop = top;
          await new Promise(requestAnimationFrame);
          await new Promise(requestAnimationFrame);
          await t.until("rows", () => !t.find(".rx-waiting").length);
          for (const row of t.find(".rx-list .rx-row")) found.push([row.dataset.id,
            [t.text(".rx-name", row), row.title, ...t.texts(".rx-match > *", row), t.text(".rx-id", row)]]);
        }
        return found""",
        # What is sorted by is a column that has room.
        f"{NEEDLE} sort:id",
    )
    rows = dict(rows)
    assert set(rows) == set(hostile.singles.values())
    told = {
        row["id"]: row
        for row in answer(
            recexplore.explore(hostile.corpus), "find", view="a", key=1, count=200, recording="", query=NEEDLE
        )["rows"]
    }
    for name, id_ in hostile.singles.items():
        match, path = told[id_]["match"], hostile.corpus[id_].facts["path"]
        title = "\n".join(titled(text) for text in (as_shown(HOSTILE[name]), path))
        assert rows[id_] == [on_one_line(told[id_]["name"]), title, match["before"], match["hit"], match["after"], id_]


def test_names_at_the_end_of_a_row(page: Any, hostile: SimpleNamespace) -> None:
    rows = run(
        page,
        """await t.search("is:stream"); const found = [], list = t.find(".rx-list")[0];
        for (let top = 0; top < 50 * 120; top += 300) {
          list.scrollTop = top;
          await new Promise(requestAnimationFrame);
          await new Promise(requestAnimationFrame);
          await t.until("rows", () => !t.find(".rx-waiting").length);
          for (const row of t.find(".rx-list .rx-row")) found.push([row.dataset.id, t.texts(".rx-name, .rx-detail", row)]);
        }
        return found""",
    )
    rows = dict(rows)
    tests = hostile.corpus.recordings.set_index("recording")["test_id"]
    several = set(tests[tests.duplicated(keep=False)].index)
    for name, id_ in hostile.singles.items():
        text, parameters = name_of(as_shown(HOSTILE[name]))
        model = as_shown(HOSTILE[name])
        assert rows[id_] == [
            on_one_line(text),
            on_one_line(" · ".join(filter(None, [model, parameters, as_shown(id_) if id_ in several else ""]))),
        ]


@pytest.mark.parametrize("part", EVERY_THIRD)
def test_queries_typed_into_the_box(page: Any, part: int) -> None:
    for name in list(HOSTILE)[part::8]:
        run(page, "await t.search(given)", HOSTILE[name])
    run(page, "await t.search('')")


def titled(text: str, most: int = 1000) -> str:
    """As an attribute holds it: not endless, with signs for what nobody would see, and its direction ends with it."""
    text = UNSEEN.sub(sign, beginning(text, most))
    return f"\u2068{text}\u2069" if DIRECTION.search(text) else text


def sign(found: re.Match[str]) -> str:
    """Of a run of characters that nobody would see what the first eight of them are."""
    signs = [SIGNS.get(ord(each), f"U+{ord(each):04X}") for each in found[0]]
    return " ".join(signs[:8]) + (f" … {len(signs):,}" if len(signs) > 8 else "")


def label(text: str) -> str:
    """As one line shows its beginning."""
    return LINE_END.sub("↵", beginning(text, 300)).replace("\t", "⇥")


def beginning(text: str, most: int) -> str:
    """So many UTF-16 units, no character in halves."""
    units = text.encode("utf-16-le")
    return text if len(units) <= 2 * most else units[: 2 * most].decode("utf-16-le", "ignore") + "…"


def on_one_line(text: str, most: int = 300, end: int = 10) -> str:
    """As a cell shows it: its beginning, and its end where it is long."""
    line = LINE_END.sub("↵", text).replace("\t", "⇥")
    size = len(utf16_units(line))
    if size <= 24:
        return line
    start, last = halves(line, size - end)
    return beginning(start, most) + last


def halves(text: str, at: int) -> tuple[str, str]:
    units = text.encode("utf-16-le")
    start = units[: 2 * at].decode("utf-16-le", "ignore")
    return start, text[len(start) :]


@pytest.mark.parametrize("facet", ["model", "provider"])
def test_facets(page: Any, hostile: SimpleNamespace, facet: str) -> None:
    lines = run(
        page,
        """await t.search(''); t.find(`.rx-pill[data-facet=${given}]`)[0].click();
        return t.find(".rx-popup:popover-open .rx-choice").map((each) => [each.title, each.children[1].textContent])""",
        facet,
    )
    of_others = {as_shown("\n".join(HOSTILE.values())), "m", "openai"}
    texts = {as_shown(text) for text in HOSTILE.values()} | of_others
    listed = {beginning(LINE_END.sub("↵", beginning(text, 200)).replace("\t", "⇥"), 200): text for text in texts}
    assert len(texts) - 2 <= len(lines) <= len(texts)
    assert {shown for _, shown in lines} <= set(listed)
    assert {title for title, _ in lines} <= {titled(text, 400) for text in texts}
    for at in range(0, len(lines), 16):
        chosen, total, label = run(
            page,
            """const input = t.find(".rx-popup:popover-open .rx-choice input")[given[1]], was = answers.find;
            input.click();
            await t.until("answer", () => answers.find > was && !t.find(".rx-finder.rx-busy").length);
            const found = [input.checked, Number(t.text(".rx-total b")), t.text(`.rx-pill[data-facet=${given[0]}]`)];
            input.click();
            await t.until("answer", () => answers.find > was + 1 && !t.find(".rx-finder.rx-busy").length);
            return found""",
            [facet, at],
        )
        assert chosen
        assert total >= 1
        assert label.startswith(f"{facet}: ")
    run(page, "t.find('.rx-popup:popover-open')[0].hidePopover()")


@pytest.mark.parametrize("name", ["beyond the first plane"])
def test_no_character_is_shown_in_halves(page: Any, hostile: SimpleNamespace, name: str) -> None:
    """Neither where the timeline's tip ends nor where the table cuts a name in two."""
    run(page, "await t.search(given)", NEEDLE)
    run(page, "await t.open(given)", next(id_ for names, id_ in hostile.crowds.items() if name in names))
    tips = run(page, "return Object.values(t.tips()).flat()")
    assert [text for text in tips if HALVES.search(text)] == []


def test_a_severity_nobody_knows_makes_no_class(empty_page: Any, hostile: SimpleNamespace) -> None:
    odd = finding(hostile.singles["img"], severity="x.rx-tip <b> rx-failed y")
    made = recexplore.explore(hostile.corpus, hostile.singles["img"], findings=odd)
    empty_page.explorer = made
    empty_page.evaluate(
        "(opening) => window.open_explorer(opening)", {**made.opening, "recording": made.selected, "chunk": 0}
    )
    empty_page.wait_for_selector(".rx-finding")
    shown = empty_page.evaluate("[...document.querySelectorAll('.rx-finding')].map((each) => each.className)")
    assert all("failed" not in each and "tip" not in each for each in shown), shown


@pytest.mark.parametrize("rule", ["__proto__", "constructor", "r"])
def test_what_a_strange_catalogue_says_is_text(
    empty_page: Any, hostile: SimpleNamespace, monkeypatch: pytest.MonkeyPatch, rule: str
) -> None:
    """Rules come from other packages too. One that has words for its rules, one that is named like what objects have."""
    everything = "\n".join(HOSTILE.values())
    words = dict.fromkeys(("title", "meaning", "cause", "remedy", "legal"), everything)
    brought = Rule("r", severity="note", find=lambda _: iter(()), **words)  # type: ignore[arg-type]
    monkeypatch.setattr("recexplore.views.explorer.recording_findings.catalogue", lambda: (brought,))
    id_ = hostile.singles["img"]
    made = recexplore.explore(hostile.corpus, id_, 0, findings=finding(id_, rule=rule))
    empty_page.explorer = made
    opening = {**made.opening, "recording": made.selected, "chunk": 0}
    empty_page.evaluate("(opening) => window.open_explorer(opening)", opening)
    empty_page.wait_for_selector(".rx-chosen-finding")
    run(empty_page, "t.find('.rx-chosen-finding details').forEach((each) => { each.open = true; })")
    said = ["dd:nth-of-type(1)", "dd:nth-of-type(2)", "dd:nth-of-type(3)", ".rx-title"]
    shown = [run(empty_page, "return t.text(`.rx-chosen-finding ${given}`)", words) for words in said]
    run(empty_page, "await t.tab('findings'); t.find('details').forEach((each) => { each.open = true; })")
    shown += [run(empty_page, "return t.text(`.rx-by-rule ${given}`)", words) for words in said[:3]]
    shown.append(run(empty_page, "return t.text('.rx-by-rule .rx-title')"))
    assert shown == [as_shown(everything) if rule == "r" else None] * 8
    assert run(empty_page, "return t.texts('.rx-by-rule .rx-rule-name')") == [rule]


def test_a_direction_ends_with_the_text_that_sets_it(empty_page: Any, tmp_path: Path) -> None:
    """What stands beside hostile text on a line stays where it is: a fact, a finding, a key and its value."""
    text = HOSTILE["right to left, never ended"]
    write(tmp_path, "one.json", stamped(stream(says("a"), request=request(text)), text))
    made = recexplore.explore(recexplore.load(tmp_path, progress=False), findings=finding("one", rule=text))
    # So wide that nothing breaks into lines.
    empty_page.set_viewport_size({"width": 3000, "height": 1000})
    empty_page.explorer = made
    opening = {**made.opening, "recording": made.selected, "chunk": 0}
    empty_page.evaluate("(opening) => window.open_explorer(opening)", opening)
    empty_page.wait_for_selector(".rx-prompt")
    empty_page.evaluate("window.test.tab('raw')")
    empty_page.wait_for_selector(".rx-slot .rx-json-key")
    places = """(line) => { const end = (node) => node.getBoundingClientRect();
        const at = [...document.querySelectorAll(line)].find((each) => each.textContent.includes("\u202e"));
        return at?.nextElementSibling && end(at).right <= end(at.nextElementSibling).left + 1; }"""
    found = {
        "fact": empty_page.evaluate(places, ".rx-facts > *"),
        "JSON": empty_page.evaluate(places, ".rx-json-line > .rx-json-key"),
    }
    empty_page.evaluate("window.test.tab('text')")
    empty_page.wait_for_selector(".rx-chosen-finding")
    found["finding"] = empty_page.evaluate(places, ".rx-finding-said > *")
    assert found == dict.fromkeys(("fact", "JSON", "finding"), True)


def test_what_would_run_is_noticed(empty_page: Any) -> None:
    """The positive control, last: the same page, told to do what no view may."""
    empty_page.evaluate(
        "(markup) => { document.getElementById('here').innerHTML = markup; }", HOSTILE["img"] + HOSTILE["img from afar"]
    )
    empty_page.wait_for_function("() => window.hacked > 0")
    assert any("beacon.invalid" in address for address in empty_page.asked)
