"""The explorer in a page of its own, without Jupyter: the same modules, asked by the same questions.

Gives a Chromium page whose explorer is answered by this process. Takes a second instead of JupyterLab's twenty.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from recexplore.views.explorer import web
from recexplore.views.explorer.picture import browser as browser_path
from recexplore.views.explorer.widget import Explorer

CHROMIUM_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

_MOUNT = """
const decode = (text) => new DataView(Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)).buffer);
async function ask(what, given) {
  const answer = JSON.parse(await window.askPython(what, given));
  if (answer.error) throw new Error(answer.error);
  return { value: answer.value, buffers: answer.buffers.map(decode) };
}
const source = modules.explorer.sourceOf(ask);
window.open_explorer = (opening) => {
  window.explorer?.destroy();
  window.explorer = modules.explorer.mount(document.getElementById("here"), source, opening);
};
"""


def launched(playwright: Any) -> Any:
    """A browser."""
    return playwright.chromium.launch(executable_path=browser_path(), headless=True, args=CHROMIUM_ARGUMENTS)


@contextmanager
def explorer_page(browser: Any, width: int = 1400, height: int = 1000, dark: bool = False) -> Iterator[Any]:
    """A page that can show explorers: see `show`."""
    page = browser.new_page(viewport={"width": width, "height": height}, color_scheme="dark" if dark else "light")
    page.asked = []
    page.errors = []
    page.on("pageerror", lambda error: page.errors.append(str(error)))
    page.on("console", lambda message: page.errors.append(message.text) if message.type == "error" else None)
    page.on("request", lambda request: page.asked.append(request.url))
    page.explorer = None

    def answer(what: str, given: dict[str, Any]) -> str:
        """An answer as JSON, as it travels to users; playwright would look at each value in it, which takes longer."""
        try:
            value, buffers = page.explorer.answers.answer(what, given)
        except Exception as error:
            return json.dumps({"error": str(error) or type(error).__name__})
        encoded = [base64.b64encode(buffer).decode() for buffer in buffers]
        return json.dumps({"value": value, "buffers": encoded}, ensure_ascii=False, allow_nan=False)

    page.expose_function("askPython", answer)
    page.set_content('<!doctype html><meta charset="utf-8"><style></style><body><div id="here"></div>')
    page.evaluate("(style) => { document.querySelector('style').textContent = style; }", web.style())
    page.add_script_tag(content=web.modules() + _MOUNT, type="module")
    assert not page.errors, page.errors
    page.wait_for_function("() => Boolean(window.open_explorer)")
    try:
        yield page
    finally:
        page.close()


def show(page: Any, explorer: Explorer) -> None:
    """Show an explorer in the page, and wait until its recording is there."""
    page.explorer = explorer
    opening = {**explorer.opening, "recording": explorer.selected, "chunk": explorer.cursor}
    page.evaluate("(opening) => window.open_explorer(JSON.parse(opening))", json.dumps(opening))
    if explorer.selected:
        page.wait_for_selector(f'.rx-row[data-id="{explorer.selected}"], .rx-prompt')
        page.wait_for_selector(".rx-prompt, .rx-blank")
