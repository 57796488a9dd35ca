"""What a report weighs, how long it takes to write, and how soon it shows a recording when it is opened from disk.

    python benchmarks/report.py FOLDER [--many 100 1000] [--chunks 100] [--runs 5]

The reports of the folder's recordings, and of made ones: `--many` streams of `--chunks` chunks, two choices, in words of the
folder's answers. Bounds: 3 MB for 100 of 100 chunks, 20 MB for 1,000, and 1 s until the first recording is painted, in
Chromium (``BROWSER_PATH`` names one) from a file, by the page's own clock; the median of some runs, each in a fresh page.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

import explorer_page
import synthetic

import recexplore as rx

PAINTED = """
new MutationObserver((_, watch) => {
  if (!document.querySelector(".rx-text .rx-event")) return;
  watch.disconnect();
  requestAnimationFrame(() => setTimeout(() => { window.painted = performance.now(); }));
}).observe(document, { childList: true, subtree: true });
"""


def words_of(folder: str) -> list[str]:
    """What the folder's answers say, as pieces that begin with a space."""
    texts = rx.load(folder, progress=False).choices["content"].dropna()
    return [f" {word}" for text in texts for word in str(text).split()] or [" word"]


def made(n_chunks: int, words: list[str], seed: int) -> list[dict[str, Any]]:
    """A stream of two choices in turns, with ids and usage as providers send them."""
    pick = random.Random(seed)
    head = {"id": f"chatcmpl-{pick.randbytes(12).hex()}", "created": 1_750_000_000 + seed, "system_fingerprint": None}
    said = [synthetic.says(pick.choice(words), at % 2) for at in range(n_chunks - 3)]
    ends = [synthetic.chunk(synthetic.choice(None, index, "stop")) for index in range(2)]
    usage = {"prompt_tokens": 12, "completion_tokens": n_chunks, "total_tokens": n_chunks + 12}
    return [{**chunk, **head} for chunk in (*said, *ends, synthetic.chunk(usage=usage))]


def folder_of(folder: Path, n: int, n_chunks: int, words: list[str]) -> Path:
    for seed in range(n):
        body = list(map(synthetic.wrapped, made(n_chunks, words, seed)))
        asked = {
            "model": "m",
            "messages": [{"role": "user", "content": f"What is {words[seed % len(words)]}?"}],
            "n": 2,
        }
        document = synthetic.recording(body, request={**asked, "stream": True})
        document["test_id"] = f"tests/test_many.py::test_answers[{seed}]"
        (folder / f"{seed:05}.json").write_text(json.dumps(document))
    return folder


def opened(path: Path, runs: int) -> Iterator[float]:
    """The seconds until a recording is painted; nothing may be asked of anybody."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=explorer_page.browser_path(), args=explorer_page.CHROMIUM_ARGUMENTS
        )
        for _ in range(runs):
            page = browser.new_page(viewport={"width": 1440, "height": 1000})
            asked: list[str] = []
            page.on("request", lambda request, asked=asked: asked.append(request.url))
            page.add_init_script(PAINTED)
            page.goto(path.as_uri())
            page.wait_for_function("() => window.painted")
            yield page.evaluate("() => window.painted") / 1000
            assert [each for each in asked if not each.startswith(("file:", "data:"))] == []
            page.close()
        browser.close()


def tell(name: str, where: str | Path, runs: int, report: Path) -> None:
    corpus = rx.load(where, progress=False)
    began = time.perf_counter()
    rx.report(corpus, report, max_recordings=max(len(corpus), 1), progress=False, force=True)
    took, size = time.perf_counter() - began, report.stat().st_size
    seconds = statistics.median(opened(report, runs))
    print(f"{name:34} {len(corpus):6,} {size / 1e6:9.2f} {took:9.1f} {took / max(len(corpus), 1):9.3f} {seconds:9.2f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("folder")
    parser.add_argument("--many", type=int, nargs="*", default=[100, 1_000])
    parser.add_argument("--chunks", type=int, default=100)
    parser.add_argument("--runs", type=int, default=5)
    given = parser.parse_args()
    words = words_of(given.folder)
    print(f"{'report of':34} {'n':>6} {'MB':>9} {'written':>9} {'s each':>9} {'opened s':>9}")
    with tempfile.TemporaryDirectory(prefix="recexplore-") as folder:
        tell(given.folder, given.folder, given.runs, Path(folder, "report.html"))
        for n in given.many:
            where = Path(folder, f"made-{n}")
            where.mkdir()
            name = f"{n:,} made streams of {given.chunks:,} chunks"
            tell(name, folder_of(where, n, given.chunks, words), given.runs, Path(folder, "report.html"))


if __name__ == "__main__":
    main()
