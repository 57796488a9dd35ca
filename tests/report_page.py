"""A report opened from disk in a real browser, and its answers asked without one.

Gives pages that note what they ask for and what goes wrong, and what the page's own code answers, run by node.
"""

from __future__ import annotations

import base64
import json
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from page_functions import _node

from recexplore.views.explorer import web

__all__ = ["asked_by_node", "islands_of", "page_in"]

_ISLAND = re.compile(r'<script type="application/[\w-]+" id="(rx-[\w-]+)">([^<]*)</script>')

_ASK = """
const { readFileSync } = await import("node:fs");
const { islands, asked } = JSON.parse(readFileSync(0, "utf-8"));
globalThis.document = { getElementById: (id) => (id in islands ? { textContent: islands[id] } : null) };
const unpack = modules["report/packed"].keeping(5), table = (await unpack("table")).value;
const ask = modules["report/answers"].answersOf(table, unpack, (recording, chunk) => `${recording}/${chunk}`);
for (const [question, given] of asked) {
  const said = await ask(question, given).then(({ value, buffers }) => ({
    value, buffers: buffers.map((each) => Buffer.from(each.buffer, each.byteOffset, each.byteLength).toString("base64")),
  }), (error) => ({ error: error.message }));
  console.log(JSON.stringify(said));
}
"""


def islands_of(page: str) -> dict[str, str]:
    """The data that stand in a page, by the id of their element."""
    return dict(_ISLAND.findall(page))


def asked_by_node(page: str, asked: list[tuple[str, dict[str, Any]]], folder: Path) -> list[dict[str, Any]]:
    """What the page's own code answers, without a browser: of each question ``value`` and ``buffers``, or ``error``."""
    script = folder / "ask.mjs"
    script.write_text(f"{web.report_modules()}\n{_ASK}", encoding="utf-8")
    given = json.dumps({"islands": islands_of(page), "asked": asked})
    done = subprocess.run([_node(), script], input=given, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    said = [json.loads(line) for line in done.stdout.splitlines()]
    for each in said:
        each["buffers"] = [base64.b64decode(text) for text in each.get("buffers", [])]
    return said


@contextmanager
def page_in(browser: Any, width: int = 1400, height: int = 1000, **options: Any) -> Iterator[Any]:
    """A page without a network: ``page.asked`` lists what it asked for, ``page.errors`` what failed or the console said."""
    page = browser.new_page(viewport={"width": width, "height": height}, **options)
    page.asked, page.errors = [], []
    page.on("pageerror", lambda error: page.errors.append(str(error)))
    page.on("console", lambda said: page.errors.append(said.text) if said.type in ("error", "warning") else None)
    page.on("request", lambda request: page.asked.append(request.url))
    page.context.set_offline(True)
    page.set_default_timeout(10_000)
    yield page
    page.close()
