"""A picture of the explorer as it opens, for whoever sees a notebook without a kernel.

Takes `Answers` and where to begin, gives a PNG: the very page with its answers inside, photographed by an installed Chrome
or Chromium. None where there is no browser. Nothing is fetched, and nothing recorded is markup.
"""

from __future__ import annotations

import base64
import json
import os
import secrets
import shutil
import subprocess
import tempfile
from pathlib import Path
from string import Template
from typing import Any, Final

from recexplore.views.explorer import web
from recexplore.views.explorer.answers import Answers

__all__ = ["HINT", "browser", "still_page", "still_picture"]

HINT: Final = "Run the cell in Jupyter or marimo for the living explorer, or recexplore explore in a terminal."
"""How whoever sees only a picture of it, or words, gets to the explorer itself."""

_NAMES: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
_APPS: Final = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    r"C:\Program Files\Google\Chrome\Application\chrome.exe",
)
_WIDTH, _HEIGHT, _FOOT = 1180, 760, 26
_ROWS: Final = 100
_PATIENCE_S: Final = 30
_TIME_TO_SETTLE_MS: Final = 2_000
"""Of the page's own clock, which runs ahead: it takes a part of that."""

_ARGUMENTS: Final = (
    "--headless=new",
    "--disable-gpu",
    "--hide-scrollbars",
    "--force-device-scale-factor=1",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
)

_PAGE: Final = Template("""\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy"
 content="default-src 'none'; script-src 'nonce-$nonce'; style-src 'nonce-$nonce'; img-src data:">
<title>recexplore</title>
<style nonce="$nonce">
$style
body { margin: 0; background: #fff; }
.rx-still-foot { height: ${foot}px; padding: 0 14px; font: 12px/${foot}px system-ui, sans-serif; color: #57606a; }
</style>
</head>
<body>
<div id="here"></div>
<div class="rx-still-foot">A picture of recexplore's explorer. $hint</div>
<script type="module" nonce="$nonce">
$modules
const { opening, answers } = $facts;
const decode = (text) => new DataView(Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)).buffer);
async function ask(what) {
  if (!(what in answers)) throw new Error("a picture answers nothing more");
  return { value: answers[what].value, buffers: answers[what].buffers.map(decode) };
}
modules.explorer.mount(document.getElementById("here"), modules.explorer.sourceOf(ask), opening);
</script>
</body>
</html>
""")


def browser() -> str | None:
    """The path of an installed Chrome or Chromium; ``BROWSER_PATH`` names one, as it does for kaleido."""
    if named := os.environ.get("BROWSER_PATH"):
        return shutil.which(named) or named
    return next(filter(None, (*map(shutil.which, _NAMES), *filter(os.path.exists, _APPS))), None)


def still_page(answers: Answers, recording: str, chunk: int) -> str:
    """The explorer's page at a chunk of a recording, with all answers that it opens with: HTML of its own."""
    questions: dict[str, dict[str, Any]] = {
        "find": {"view": "still", "key": 1, "count": _ROWS, "recording": recording},
        "show": {"recording": recording},
        "prompt": {"recording": recording},
        "chunk": {"recording": recording, "chunk": chunk},
    }
    found = {}
    for name, given in questions.items():
        if name == "chunk" and not answers.corpus[recording].facts["n_chunks"]:
            continue
        value, buffers = answers.answer(name, given)
        found[name] = {"value": value, "buffers": [base64.b64encode(each).decode() for each in buffers]}
    opening = {**answers.opening, "recording": recording, "chunk": chunk, "height": _HEIGHT}
    return _PAGE.substitute(
        nonce=secrets.token_urlsafe(16),
        style=web.style(),
        modules=web.modules(),
        hint=HINT,
        foot=_FOOT,
        facts=_in_script({"opening": opening, "answers": found}),
    )


def still_picture(page_text: str) -> bytes | None:
    """A PNG of a page that `still_page` made; None where no browser is at hand, or it fails."""
    if (program := browser()) is None:
        return None
    with tempfile.TemporaryDirectory(prefix="recexplore-", ignore_cleanup_errors=True) as folder:
        page, picture = Path(folder, "page.html"), Path(folder, "picture.png")
        page.write_text(page_text, "utf-8")
        own = ("--no-sandbox",) if hasattr(os, "geteuid") and os.geteuid() == 0 else ()
        command = [
            *(program, *_ARGUMENTS, *own, f"--user-data-dir={folder}/profile"),
            *(f"--window-size={_WIDTH},{_HEIGHT + _FOOT}", f"--virtual-time-budget={_TIME_TO_SETTLE_MS}"),
            *(f"--screenshot={picture}", page.as_uri()),
        ]
        try:
            subprocess.run(command, capture_output=True, stdin=subprocess.DEVNULL, timeout=_PATIENCE_S, check=True)
            return picture.read_bytes()
        except (OSError, subprocess.SubprocessError):
            return None


def _in_script(value: Any) -> str:
    """JSON that may stand in a script: whatever it holds, no tag begins or ends."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
