"""What the explorer costs its reader, in a real browser.

    python benchmarks/explorer.py FOLDER [--only choose long memory corpus] [--many 100000] [--word weather]

Needs Chromium (``BROWSER_PATH`` names one) and Playwright. Shows the explorer in a page without Jupyter, as the tests do
(``tests/explorer_page.py``), and does what a reader does. Four parts:

- ``choose``: a row of the table is clicked, for streams of 100, 500 and 2,000 chunks (bound 200 ms);
- ``long``: a stream of 100,000 chunks and four choices is opened (bound 2 s), then zoomed, panned, hovered, stepped,
  scrubbed and played, and chunks of it are chosen, along chunks and, with a measured clock, along time; every tab is
  opened once; the same with 1,000 findings;
- ``memory``: heap, nodes and listeners after 10, 50, 100 and 200 selections with every tab opened in turn;
- ``corpus``: the recordings of FOLDER, and the same again and again until there are ``--many``: from ``explore`` to the
  first page of the table, typing ``--word``, scrolling by 1,000 rows.

Times of a question are told apart:

- kernel: Python from question to answer;
- carried: between the two; here base64 through Chromium's debugging port, in Jupyter a websocket;
- browser: the rest, until the frame that shows it has been painted. A frame begins every 16.7 ms, so up to that is waiting.

A frame's work is what the page did in the event and in the frame that followed it, waiting left out. What says CPU is
time of the processor, of the kernel's thread or of the page's main thread (a step's with all it led to): other work on the
machine does not lengthen it. Events are dispatched by script, as fast as frames come.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

import explorer_page
import pandas as pd
import synthetic

import recexplore as rx
from recexplore.corpus import Corpus
from recexplore.views.explorer import web
from recexplore.views.explorer.answers import QUESTIONS
from recexplore.views.explorer.widget import Explorer

TABS = ("reasoning", "tokens", "timing", "tools", "findings", "raw", "text")
WORDS = (
    "The ",
    "weather ",
    "in ",
    "Paris ",
    "is ",
    "mild ",
    "today",
    ", ",
    "with ",
    "light ",
    "clouds ",
    "and ",
    "no ",
    "rain.\n\n",
)
SIZES = (100, 500, 2_000)
RUNS = 10
LONG, CHOICES = 100_000, 4
STEPS = 60
SELECTIONS = (10, 50, 100, 200)
FRAME_MS = 1000 / 60

PROBE = """
const asks = [];
const bytes = (text) => Uint8Array.fromBase64?.(text) ?? Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
async function ask(what, given) {
  const noted = { what, asked: performance.now(), answered: null };
  asks.push(noted);
  const answer = await window.askPython(what, given);
  if (answer.error) throw new Error(answer.error);
  const buffers = answer.buffers.map((text) => new DataView(bytes(text).buffer));
  noted.answered = performance.now();
  return { value: answer.value, buffers };
}
const source = modules.explorer.sourceOf(ask);
let here = document.getElementById("here");
const find = (selector) => here.querySelector(selector);
const now = () => performance.now();

/** When what the browser has to do now is done. */
const next = () => new Promise((done) => {
  const channel = new MessageChannel();
  channel.port1.onmessage = () => done(now());
  channel.port2.postMessage(null);
});
/** When the next frame has been painted. */
const frame = () => new Promise((done) => requestAnimationFrame(() => next().then(done)));
const until = async (met) => {
  const late = now() + 60000;
  while (!met()) {
    if (now() > late) throw new Error(`never came: ${met}`);
    await frame();
  }
  return now();
};
const sleep = (ms) => new Promise((done) => setTimeout(done, ms));
const quiet = async () => {
  await until(() => asks.every((each) => each.answered !== null));
  await sleep(200);
  await until(() => asks.every((each) => each.answered !== null));
};
// A canvas that was never drawn on is 300 wide.
const isDrawn = () => find(".rx-blocks")?.width > 0 && find(".rx-blocks").width !== 300;
const isRead = () => find(".rx-slot .rx-json");

/** Does something that shows a recording, and tells when what was there. */
async function showing(act) {
  asks.length = 0;
  const event = new Promise((done) => here.addEventListener("rx-shown", () => done(now()), { once: true }));
  const began = now();
  act();
  const shown = (await event) - began, painted = (await frame()) - began;
  if (!find(".rx-texts")) throw new Error("there is no text");
  const drawn = (await until(isDrawn)) - began, raw = (await until(isRead)) - began;
  const asked = asks.find((each) => each.what === "show");
  return { shown, painted, drawn, raw, show: asked.answered - asked.asked };
}

/** What each of some steps costs: the event's listeners, and the frame after it from its beginning to its paint. */
async function steps(n, act) {
  const work = [];
  const enough = now() + 15000;
  for (let at = 0; at < n && now() < enough; at++) {
    await frame();
    let began = 0;
    requestAnimationFrame(() => { began = now(); });
    const start = now();
    act(at);
    const acted = now() - start;
    work.push(acted + (await frame()) - began);
  }
  return work;
}

/** While `act` is done so many times a second: how late each was painted, and the frames. A browser hands on only the last
 * of a pointer's moves that it had no time for, but every key: `coalesced` is the former. */
async function scrubbing(perSecond, forSeconds, coalesced, act) {
  asks.length = 0;
  const times = [], late = [], painted = [], n = perSecond * forSeconds;
  let over = false, acts = 0;
  requestAnimationFrame(function tick(at) {
    times.push(at);
    if (!over) requestAnimationFrame(tick);
  });
  const start = now(), due = (at) => start + (at * 1000) / perSecond;
  for (let at = 0; at < n && now() < start + 4000 * forSeconds; at++) {
    if (due(at) > now()) await sleep(due(at) - now());
    else await next();
    while (coalesced && at + 1 < n && due(at + 1) <= now()) at++;
    const was = due(at);
    act(at);
    acts++;
    painted.push(frame().then((shown) => late.push(shown - was)));
  }
  await Promise.all(painted);
  over = true;
  const during = asks.length;
  await quiet();
  return { late, times, acts, during, questions: asks.length };
}

/** Ends what is shown; what comes next gets an element of its own, as in a notebook. */
const close = () => {
  window.explorer?.destroy();
  window.explorer = null;
  const fresh = Object.assign(document.createElement("div"), { id: "here" });
  here.replaceWith(fresh);
  here = fresh;
};
const opened = (opening) => {
  window.explorer = modules.explorer.mount(here, source, opening);
};
const key = (name, more = {}) => here.dispatchEvent(new KeyboardEvent("keydown", { key: name, bubbles: true, ...more }));
const pointer = (x, y, name = "pointermove") => {
  const marks = find(".rx-marks"), box = marks.getBoundingClientRect();
  // A pointer that is made up cannot be captured.
  marks.setPointerCapture = () => {};
  marks.dispatchEvent(new PointerEvent(name, { clientX: box.left + x, clientY: box.top + y, bubbles: true }));
};
const turn = (wheel) => find(".rx-marks").dispatchEvent(new WheelEvent("wheel", { cancelable: true, ...wheel }));
const slide = (chunk) => {
  const slider = find(".rx-slider");
  slider.value = String(chunk);
  slider.dispatchEvent(new Event("input", { bubbles: true }));
};

window.probe = {
  asks, quiet, steps,
  open(opening) {
    close();
    return showing(() => opened(opening));
  },
  choose: (id) => showing(() => {
    const row = find(`.rx-row[data-id="${id}"]`);
    if (row) row.click();
    else window.explorer.go(id);
  }),
  close,
  zoom: (n) => steps(n, (at) => key(at % 20 < 10 ? "+" : "-")),
  pan: (n) => steps(n, (at) => turn({ deltaX: at % 2 ? 40 : 60 })),
  wheel: (n) => steps(n, (at) => turn({ deltaY: at % 2 ? 40 : -60 })),
  range: async (n) => {
    pointer(100, 60, "pointerdown");
    const took = await steps(n, (at) => pointer(120 + ((at * 37) % 700), 60));
    pointer(400, 60, "pointerup");
    key("Escape");
    return took;
  },
  strip: async (n) => {
    const node = find(".rx-minimap"), box = find(".rx-window").getBoundingClientRect(), middle = box.left + box.width / 2;
    const at = (name, clientX) => node.dispatchEvent(new PointerEvent(name, { clientX, clientY: box.top + 5 }));
    node.setPointerCapture = () => {};
    at("pointerdown", middle);
    const took = await steps(n, (step) => at("pointermove", middle + ((step * 37) % 200) - 100));
    at("pointerup", middle);
    return took;
  },
  hover: (n) => steps(n, (at) => pointer(90 + ((at * 37) % 800), 40 + ((at * 53) % 200))),
  step: (n) => steps(n, () => key("ArrowRight")),
  jump: (n, last) => steps(n, (at) => window.explorer.state.set("cursor", (at * 7919 * 13) % last)),
  drag: (last) => scrubbing(30, 5, true, (at) => slide(Math.round((at / 149) * last))),
  held: () => scrubbing(30, 5, false, () => key("ArrowRight", { shiftKey: true })),
  async play(ms) {
    asks.length = 0;
    const times = [], from = window.explorer.state.get("cursor");
    find(".rx-scrubber select").value = "100";
    key(" ");
    const end = now() + ms;
    while (now() < end) times.push(await new Promise((done) => requestAnimationFrame(done)));
    key(" ");
    const to = window.explorer.state.get("cursor"), during = asks.length;
    await quiet();
    return { times, from, to, during, questions: asks.length };
  },
  async tab(name) {
    asks.length = 0;
    const before = find(".rx-content").firstChild, began = now();
    window.explorer.state.set("tab", name);
    await until(() => find(".rx-content").firstChild !== before && find(".rx-content").dataset.pane === name);
    const painted = await frame();
    const pane = asks.find((each) => each.what === "pane");
    const nodes = find(".rx-content").querySelectorAll("*").length;
    return { painted: painted - began, pane: pane ? pane.answered - pane.asked : 0, nodes };
  },
  async table(opening) {
    close();
    asks.length = 0;
    const began = now();
    opened(opening);
    await until(() => find(".rx-row[data-id]"));
    const painted = (await frame()) - began, asked = asks.find((each) => each.what === "find");
    return { painted, find: asked.answered - asked.asked };
  },
  async unfiltered() {
    const input = find(".rx-input");
    input.value = "";
    input.dispatchEvent(new Event("input"));
    await quiet();
  },
  async type(word) {
    const input = find(".rx-input");
    await window.probe.unfiltered();
    asks.length = 0;
    let last = 0;
    for (let at = 1; at <= word.length; at++) {
      if (at > 1) await sleep(70);
      input.value = word.slice(0, at);
      last = now();
      input.dispatchEvent(new Event("input"));
    }
    const finder = find(".rx-finder");
    await until(() => asks.length && asks.every((each) => each.answered !== null) && !finder.classList.contains("rx-busy"));
    const painted = (await frame()) - last, finds = asks.filter((each) => each.what === "find");
    const asked = finds.at(-1), total = find(".rx-total").textContent;
    return { painted, waited: asked.asked - last, find: asked.answered - asked.asked, finds: finds.length, total };
  },
  async jumped(rows) {
    asks.length = 0;
    const list = find(".rx-list"), began = now();
    list.scrollTop += rows * 50;
    await frame();
    const painted = await until(() => !find(".rx-waiting") && asks.every((each) => each.answered !== null));
    return { painted: painted - began, rows: asks.map((each) => each.answered - each.asked) };
  },
  async rolled(rows, ms) {
    asks.length = 0;
    const list = find(".rx-list"), from = list.scrollTop, began = now(), times = [];
    let gone = 0, empty = 0;
    while (gone < 1) {
      times.push(await new Promise((done) => requestAnimationFrame(done)));
      gone = Math.min((now() - began) / ms, 1);
      list.scrollTop = from + gone * rows * 50;
      empty += Boolean(find(".rx-waiting"));
    }
    await quiet();
    return { times, empty, questions: asks.length };
  },
};
"""


class Kernel:
    """Answers as the explorer does and notes how long each answer took."""

    def __init__(self) -> None:
        self.took: list[tuple[str, float, float]] = []

    def answers(self) -> dict[str, Callable[..., Any]]:
        return {name: self._timed(name, answer) for name, answer in QUESTIONS.items()}

    def _timed(self, name: str, answer: Callable[..., Any]) -> Callable[..., Any]:
        def timed(*given: Any, **named: Any) -> Any:
            start, used = time.perf_counter(), time.thread_time()
            try:
                return answer(*given, **named)
            finally:
                self.took.append((name, (time.perf_counter() - start) * 1e3, (time.thread_time() - used) * 1e3))

        return timed

    def of(self, name: str) -> list[float]:
        return [ms for what, ms, _ in self.took if what == name]

    def used(self, name: str) -> float:
        """The processor's time, which what else runs on this machine does not lengthen."""
        return sum(ms for what, _, ms in self.took if what == name)


class Shown:
    """A page that shows explorers and can be asked what that cost."""

    def __init__(self, page: Any, kernel: Kernel) -> None:
        self.page, self.kernel = page, kernel
        self.tools = page.context.new_cdp_session(page)
        self.tools.send("Performance.enable", {"timeDomain": "threadTicks"})
        self.tools.send("HeapProfiler.enable")
        page.add_script_tag(content=f"{web.modules()}{PROBE}", type="module")
        page.wait_for_function("() => Boolean(window.probe)")

    def ask(self, call: str, *given: Any) -> Any:
        """A call of the probe; what the kernel answers from now on is noted anew."""
        self.kernel.took.clear()
        found = self.page.evaluate(f"(given) => window.probe.{call}(...given)", list(given))
        if self.page.errors:
            raise RuntimeError(self.page.errors)
        return found

    def quiet(self) -> None:
        self.ask("quiet")

    def open(self, explorer: Explorer, call: str = "open") -> Any:
        self.page.explorer = explorer
        return self.ask(call, {**explorer.opening, "recording": explorer.selected, "chunk": explorer.cursor})

    def metrics(self) -> dict[str, float]:
        return {each["name"]: each["value"] for each in self.tools.send("Performance.getMetrics")["metrics"]}

    def clean_metrics(self) -> dict[str, float]:
        for _ in range(3):
            self.tools.send("HeapProfiler.collectGarbage")
            self.page.wait_for_timeout(100)
        return self.metrics()


@contextlib.contextmanager
def page() -> Iterator[Shown]:
    from playwright.sync_api import sync_playwright

    kernel = Kernel()
    QUESTIONS.update(kernel.answers())
    with sync_playwright() as playwright:
        browser = explorer_page.launched(playwright)
        with explorer_page.explorer_page(browser) as made:
            yield Shown(made, kernel)
        browser.close()


def stream_of(n: int, seed: int = 0, n_choices: int = CHOICES) -> list[dict[str, Any]]:
    """Chunks of choices that take turns at random: reasoning, then text, one of them ends in a tool call."""
    dice = random.Random(seed)
    chunks = [synthetic.chunk(synthetic.choice({"role": "assistant"}, index)) for index in range(n_choices)]
    calls = max(n // 20, 2)
    begun = False
    for at in range(n - 2 * n_choices - 1):
        index, word = dice.randrange(n_choices), dice.choice(WORDS)
        if index == 0 and at > n - calls * n_choices:
            fields = {} if begun else {"name": "write_file", "id": "call-1"}
            chunks.append(synthetic.calls(synthetic.fragment(word if begun else '{"text": "', **fields)))
            begun = True
        elif at < n / 3:
            chunks.append(synthetic.chunk(synthetic.choice({"reasoning_content": word}, index)))
        else:
            chunks.append(synthetic.says(word, index))
    chunks += [synthetic.chunk(synthetic.choice(None, index, "stop")) for index in range(n_choices)]
    usage = {"prompt_tokens": 20, "completion_tokens": n, "total_tokens": n + 20}
    return [*chunks, synthetic.chunk(usage=usage)]


def asked(question: str) -> dict[str, Any]:
    parameters = {"type": "object", "properties": {"text": {"type": "string"}}, "required": ["text"]}
    tools = [{"type": "function", "function": {"name": "write_file", "parameters": parameters}}]
    return {
        "model": "m",
        "messages": [{"role": "user", "content": question}],
        "stream": True,
        "n": CHOICES,
        "tools": tools,
    }


def write(folder: Path, name: str, chunks: Sequence[Any]) -> None:
    made = synthetic.recording(list(map(synthetic.wrapped, chunks)), request=asked(f"What is in {name}?"))
    (folder / f"{name}.json").write_text(json.dumps(made))


def write_timed(folder: Path, name: str, chunks: Sequence[Any]) -> None:
    """The same with a measured clock, as AIPerf exports it."""
    dice, at = random.Random(1), 0
    responses = []
    for chunk in chunks:
        at += int(dice.expovariate(1 / 4e6))
        responses.append({"perf_ns": 10**9 + at, "packets": [{"name": "data", "value": json.dumps(chunk)}]})
    line = {
        "metadata": {"session_num": 0, "x_request_id": name, "turn_index": 0, "request_start_ns": 17 * 10**17},
        **{"start_perf_ns": 10**9, "payload": asked(name), "request_headers": {}, "response_headers": None},
        **{"status": 200, "responses": responses, "error": None},
    }
    (folder / f"{name}_raw.jsonl").write_text(json.dumps(line) + "\n")


def loaded(where: Path) -> Corpus:
    corpus = rx.load(where, progress=False)
    for frame in ("recordings", "chunks", "events", "choices", "tool_calls", "usage"):
        getattr(corpus, frame)
    return corpus


class Table:
    """Prints rows as they come: the first cell wide, the others under their headings."""

    def __init__(self, heading: str, *columns: str) -> None:
        self._widths = [max(len(column), 9) for column in columns]
        print(f"\n{heading}\n  {'':58}", *map(str.rjust, columns, self._widths), flush=True)

    def row(self, label: str, *cells: Any) -> None:
        said = [f"{cell:,.1f}" if isinstance(cell, float) else str(cell) for cell in cells]
        print(
            f"  {label:58}",
            *(cell.rjust(width) for cell, width in zip(said, self._widths, strict=False)),
            *said[len(self._widths) :],
            flush=True,
        )


def percentile(values: Sequence[float], part: float) -> float:
    return float(sorted(values)[min(int(part * len(values)), len(values) - 1)])


SPLIT = ("painted", "kernel", "carried", "browser", "kernel CPU", "page CPU", "drawn", "raw")


def timed(shown: Shown, act: Callable[[], dict[str, float]]) -> list[float]:
    """What showing a recording took, as `SPLIT` says."""
    before = shown.metrics()["TaskDuration"]
    found = act()
    page_ms = (shown.metrics()["TaskDuration"] - before) * 1e3
    kernel = shown.kernel.of("show")[0]
    carried, browser = found["show"] - kernel, found["painted"] - found["show"]
    used = shown.kernel.used("show")
    return [found["painted"], kernel, carried, browser, used, page_ms, found["drawn"], found["raw"]]


def choose(folder: Path) -> None:
    table = Table(f"A row is clicked, {CHOICES} choices, {RUNS} recordings (bound: painted after 200 ms), ms", *SPLIT)
    for n in SIZES:
        own = folder / f"choose-{n}"
        own.mkdir()
        for at in range(RUNS + 1):
            write(own, f"{n}-{at}", stream_of(n, at))
        corpus = loaded(own)
        ids = [recording.id for recording in corpus]
        with page() as shown:
            shown.open(rx.explore(corpus, ids[0]))
            runs = []
            for name in ids[1:]:
                shown.quiet()
                runs.append(timed(shown, lambda name=name: shown.ask("choose", name)))
        for label, of in {"median": statistics.median, "worst": max}.items():
            table.row(f"{n:,} chunks, {label}", *(float(of(each)) for each in zip(*runs, strict=True)))


def findings_of(recording: str, n: int, of: int) -> pd.DataFrame:
    every = max(of // n, 1)
    rows = [
        {
            **{"recording": recording, "rule": "some-rule", "severity": ("error", "warning", "note")[at % 3]},
            **{"chunk": at * every, "last_chunk": at * every, "choice": at % CHOICES, "message": "Something."},
        }
        for at in range(n)
    ]
    return pd.DataFrame(rows)


def long(folder: Path) -> None:
    own = folder / "long"
    own.mkdir()
    chunks = stream_of(LONG)
    write(own, "long", chunks)
    write_timed(own, "timed", chunks)
    for name, file in {"no clock": "long.json", "measured clock": "timed_raw.jsonl"}.items():
        corpus = loaded(own / file)
        one_long(corpus, name, None)
        one_long(corpus, f"{name}, 1,000 findings", findings_of(next(iter(corpus)).id, 1_000, LONG))


def one_long(corpus: Corpus, name: str, findings: pd.DataFrame | None) -> None:
    said = f"{LONG:,} chunks, {CHOICES} choices, {len(corpus.events):,} events, {name}"
    axes = ("chunk", "time") if corpus.recordings["clock"].iloc[0] != "none" else ("chunk",)
    with page() as shown:
        table = Table(f"{said}: opened (bound: painted after 2,000 ms), ms", "explore()", *SPLIT)
        for label in ("first time", "again"):
            start = time.perf_counter()
            explorer = rx.explore(corpus, findings=findings)
            made = (time.perf_counter() - start) * 1e3
            table.row(label, made, *timed(shown, lambda explorer=explorer: shown.open(explorer)))
        table = Table("One step, work of a frame, ms", "median", "p95", "worst", "page CPU", "steps")
        for axis in axes:
            shown.page.evaluate("(axis) => window.explorer.state.set('axis', axis)", axis)
            moves(shown, f"x = {axis}", table)
        columns = (
            "steps",
            "late, median ms",
            "p95",
            "last",
            "frames",
            "left out",
            "longest ms",
            "asked during",
            "in all",
        )
        table = Table("30 steps a second for 5 s; playing at 100 times for 3 s", *columns)
        for axis in axes:
            shown.page.evaluate("(axis) => window.explorer.state.set('axis', axis)", axis)
            presses(shown, f"x = {axis}", table)
        table = Table("A tab is opened; then a cursor step in it, ms", *SPLIT[:4], "kernel CPU", "nodes", "step", "p95")
        for tab in TABS:
            shown.page.evaluate("(chunk) => { window.explorer.state.set('cursor', chunk); }", LONG // 2)
            shown.quiet()
            found = shown.ask("tab", tab)
            kernel = sum(shown.kernel.of("pane"))
            carried, browser = found["pane"] - kernel, found["painted"] - found["pane"]
            shown_used = shown.kernel.used("pane")
            shown.quiet()
            took = shown.ask("step", STEPS // 2)
            ends = statistics.median(took), percentile(took, 0.95)
            table.row(tab, found["painted"], kernel, float(carried), browser, shown_used, found["nodes"], *ends)


def moves(shown: Shown, label: str, table: Table) -> None:
    todo = {
        "zoom": ("zoom", STEPS),
        "pan, zoomed in": ("pan", STEPS),
        "plain wheel, zoomed in": ("wheel", STEPS),
        "window of the strip dragged": ("strip", STEPS),
        "range drawn": ("range", STEPS),
        "hover": ("hover", STEPS),
        "cursor, next chunk": ("step", STEPS),
        "cursor, anywhere": ("jump", STEPS, LONG),
    }
    for what, (call, *given) in todo.items():
        shown.page.evaluate("(chunk) => { window.explorer.state.set('cursor', chunk); }", LONG // 2)
        if call in ("pan", "wheel", "strip"):
            shown.page.evaluate(
                "() => { for (let n = 0; n < 3; n++) document.querySelector('[title^=\"zoom in\"]').click(); }"
            )
        shown.quiet()
        before = shown.metrics()["TaskDuration"]
        took = shown.ask(call, *given)
        thread = (shown.metrics()["TaskDuration"] - before) * 1e3 / len(took)
        table.row(f"{label}: {what}", statistics.median(took), percentile(took, 0.95), max(took), thread, len(took))
        shown.page.evaluate("() => { document.querySelector('.rx-fit').click(); }")


def presses(shown: Shown, label: str, table: Table) -> None:
    for what, (call, *given) in {"slider dragged": ("drag", LONG - 1), "Shift and arrow held": ("held",)}.items():
        shown.page.evaluate("() => { window.explorer.state.set('cursor', 0); }")
        shown.quiet()
        found = shown.ask(call, *given)
        late = found["late"]
        ends = statistics.median(late), percentile(late, 0.95), float(late[-1])
        table.row(
            f"{label}: {what}", found["acts"], *ends, *framed(found["times"]), found["during"], found["questions"]
        )
    shown.page.evaluate("() => { window.explorer.state.set('cursor', 1000); }")
    shown.quiet()
    found = shown.ask("play", 3000)
    went = f"{label}: playing, {found['to'] - found['from']:,} chunks"
    table.row(went, "", "", "", "", *framed(found["times"]), found["during"], found["questions"])


def framed(times: Sequence[float]) -> tuple[int, int, float]:
    """How many frames there were, how many were left out, and the longest time between two, in ms."""
    gaps = [after - before for before, after in pairwise(times)]
    return len(times), sum(max(0, round(gap / FRAME_MS) - 1) for gap in gaps), float(max(gaps))


def memory(folder: Path) -> None:
    own = folder / "memory"
    own.mkdir()
    for at in range(20):
        write_timed(own, f"memory-{at}", stream_of(100 + 60 * at, at))
    corpus = loaded(own)
    ids = [recording.id for recording in corpus]
    names = ("JSHeapUsedSize", "Nodes", "JSEventListeners", "LayoutObjects", "Documents")
    columns = ("heap MB", "nodes", "listeners", "laid out", "documents")
    table = Table("After garbage collection; 20 recordings in turn, every tab opened of each", *columns)

    def note(label: str) -> None:
        found = shown.clean_metrics()
        table.row(label, found[names[0]] / 2**20, *(f"{int(found[name]):,}" for name in names[1:]))

    with page() as shown:
        note("empty page")
        shown.open(rx.explore(corpus, ids[-1]))
        shown.quiet()
        note("opened")
        for at in range(SELECTIONS[-1]):
            shown.ask("choose", ids[at % len(ids)])
            for tab in TABS:
                shown.ask("tab", tab)
                shown.page.evaluate("() => { window.explorer.state.set('cursor', 20); }")
            if at + 1 in SELECTIONS:
                # Always the same recording, so that what is shown weighs the same.
                shown.ask("choose", ids[0])
                shown.ask("choose", ids[-1])
                shown.quiet()
                note(f"{at + 1} selections")
        shown.ask("close")
        note("closed")


def corpora(where: Path, many: int, word: str) -> None:
    table = Table("Table and search, ms", *SPLIT[:5])
    one_corpus(lambda: loaded(where), table, word)
    if many:
        one_corpus(lambda: repeated(where, many), table, word)


def one_corpus(load: Callable[[], Corpus], table: Table, word: str) -> None:
    start = time.perf_counter()
    corpus = load()
    print(f"  {len(corpus):,} recordings, loaded, frames made in {time.perf_counter() - start:.1f} s", flush=True)
    with page() as shown:
        for label in ("first time", "again"):
            start = time.perf_counter()
            explorer = rx.explore(corpus)
            made = (time.perf_counter() - start) * 1e3
            found = shown.open(explorer, "table")
            kernel, used = shown.kernel.of("find")[0], shown.kernel.used("find")
            carried, browser = found["find"] - kernel, found["painted"] - found["find"]
            table.row(f"explore() alone, {label}", "", made)
            table.row(f"then the first page, {label}", found["painted"], kernel, carried, browser, used)
            shown.quiet()
        for label in ("first time", "again"):
            found = shown.ask("type", word)
            kernel = shown.kernel.of("find")[-1]
            carried, browser = found["find"] - kernel, found["painted"] - found["find"] - found["waited"]
            waited = f"{found['waited']:.0f} ms waited, {found['finds']} asked, {found['total']}"
            table.row(
                f"{word!r} typed, {label}",
                found["painted"],
                kernel,
                carried,
                browser,
                shown.kernel.used("find"),
                waited,
            )
            shown.quiet()
        shown.ask("unfiltered")
        for _ in range(2):
            found = shown.ask("jumped", 1_000)
            kernel, used = sum(shown.kernel.of("rows")), shown.kernel.used("rows")
            table.row("down by 1,000 rows", found["painted"], kernel, "", "", used, f"{len(found['rows'])} asked")
            shown.quiet()
        shown.page.evaluate("() => { document.querySelector('.rx-list').scrollTop = 0; }")
        shown.quiet()
        found = shown.ask("rolled", 1_000, 3_000)
        frames, out, longest = framed(found["times"])
        words = f"{frames} frames, {out} left out, longest {longest:.0f} ms, {found['empty']} with rows to come"
        kernel = sum(shown.kernel.of("rows"))
        table.row(
            "through 1,000 rows in 3 s",
            "",
            kernel,
            "",
            "",
            shown.kernel.used("rows"),
            f"{words}, {found['questions']} asked",
        )


def repeated(where: Path, many: int) -> Corpus:
    """The recordings of a folder under ever new paths, read from memory."""
    from recexplore.model.exchange import Blob
    from recexplore.read import load as reading

    contents = [(each.path, each.name, each.read(1 << 30)) for each in reading.search(where) if isinstance(each, Blob)]
    per_round = max(len(rx.load(where, progress=False)), 1)

    def again() -> Iterator[Blob]:
        for number in range(-(-many // per_round)):
            for at, (path, name, content) in enumerate(contents):
                own = f"{(number * len(contents) + at) * 7919:012x}{name[12:]}" if len(name) > 60 else name
                place = f"{number}/{path}"
                yield Blob(place, own, lambda _, content=content: content, ("memory", place))

    search, reading.search = reading.search, lambda _, rev=None: again()
    try:
        return loaded(where)
    finally:
        reading.search = search


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parts = ("choose", "long", "memory", "corpus")
    parser.add_argument("--only", nargs="+", choices=parts, default=parts)
    parser.add_argument("--many", type=int, default=100_000)
    parser.add_argument("--word", default="weather")
    given = parser.parse_args()
    if explorer_page.browser_path() is None:
        sys.exit("no Chromium was found; BROWSER_PATH names one")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for part in given.only:
            start = time.perf_counter()
            if part == "corpus":
                corpora(given.folder, given.many, given.word)
            else:
                {"choose": choose, "long": long, "memory": memory}[part](folder)
            print(f"({part}: {time.perf_counter() - start:.0f} s)", flush=True)


if __name__ == "__main__":
    main()
