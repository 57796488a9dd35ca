"""A page for the explorers of a test file, in a real browser without Jupyter, and what several files show in it.

The page is `explorer_page`'s, answered by this process. What the tests expect was read off the recordings, not computed.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest
from explorer_inputs import LONG, MANY, Opener
from explorer_page import _MOUNT, browser_path, explorer_page, launched, show
from hostile_recordings import CROWD, SEVERITIES, crowd, failed, file_name, middle, single, write, written_whole
from hostile_text import HOSTILE, as_shown

import recexplore
from recexplore.corpus import Corpus
from recexplore.model.span import Span, spans_as_json
from recexplore.views.explorer import web
from recexplore.views.explorer.widget import Explorer

ADDRESS = "http://localhost/"
"""Nothing is asked of it; but only pages of such an address may use the clipboard."""

PATIENCE_MS = 10_000


_browsers: list[Any] = []
_open = ExitStack()


@pytest.fixture(scope="module")
def browser() -> Any:
    """A browser, the same for all files of this folder that a process runs one after the other: one takes 2 s to start."""
    sync_api = pytest.importorskip("playwright.sync_api")
    if browser_path() is None:
        pytest.skip("no Chromium or Chrome found; `make test` installs one")
    if not _browsers:
        _open.callback(_browsers.clear)
        _browsers.append(launched(_open.enter_context(sync_api.sync_playwright())))
        _open.callback(_browsers[0].close)
    return _browsers[0]


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(nextitem: pytest.Item | None) -> None:
    """Close it before a test from elsewhere: while it is open, asyncio takes this thread for one that runs a loop."""
    if nextitem is None or Path(__file__).parent not in nextitem.path.parents:
        _open.close()


@pytest.fixture(scope="module")
def page(browser: Any) -> Iterator[Any]:
    from playwright import sync_api

    with explorer_page(browser) as page:
        body = '<!doctype html><meta charset="utf-8"><style></style><body><div id="here"></div>'
        page.route(f"{ADDRESS}**", lambda route: route.fulfill(body=body, content_type="text/html"))
        page.goto(ADDRESS)
        page.evaluate("(style) => { document.querySelector('style').textContent = style; }", web.style())
        page.add_script_tag(content=web.modules() + _MOUNT, type="module")
        page.wait_for_function("() => Boolean(window.open_explorer)")
        page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        page.set_default_timeout(PATIENCE_MS)
        sync_api.expect.set_options(timeout=PATIENCE_MS)
        yield page
        sync_api.expect.set_options(timeout=5000)


@pytest.fixture
def bare_page(browser: Any) -> Iterator[Any]:
    """A page of its own, in which nothing goes wrong."""
    page = browser.new_page()
    page.set_default_timeout(PATIENCE_MS)
    page.errors = []
    page.on("pageerror", lambda error: page.errors.append(str(error)))
    yield page
    assert not page.errors
    page.close()


@pytest.fixture(scope="session")
def made_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Corpus]:
    """A corpus of documents, each in a file of its own, under the names given."""

    def made_of(documents: dict[str, Any]) -> Corpus:
        folder = tmp_path_factory.mktemp("corpus")
        for name, document in documents.items():
            data = document if isinstance(document, bytes) else json.dumps(document).encode()
            (folder / f"{name}.json").write_bytes(data)
        return recexplore.load(folder, progress=False)

    return made_of


@pytest.fixture(scope="session")
def many(made_of: Callable[..., Corpus]) -> Corpus:
    return made_of(MANY)


@pytest.fixture(scope="session")
def long(made_of: Callable[..., Corpus]) -> Corpus:
    return made_of(LONG)


@pytest.fixture(scope="session")
def findings(all_recordings: Corpus) -> pd.DataFrame:
    rows: list[dict[str, Any]] = [
        {"rule": "choice-bleed", "severity": "error", "chunk": 1, "choice": 0, "evidence": "WeWe need answer"},
        {"rule": "choice-bleed", "severity": "error", "chunk": 81, "choice": 0, "evidence": "The Sun in, Latin"},
        {"rule": "role-missing", "severity": "warning", "chunk": 2, "choice": 1},
    ]
    bled = all_recordings["f27523f3fec8"].choices.iloc[0]
    for row, kind in zip(rows, ("reasoning", "content"), strict=False):
        start = bled[kind].index(row["evidence"])
        row["spans"] = spans_as_json([Span(0, kind, start, start + len(row["evidence"]))])
    told = [{"recording": "f27523f3fec8", "message": f"message {n}", **row} for n, row in enumerate(rows)]
    told.append({"recording": "94d11daee205", "rule": "usage-missing", "severity": "note", "message": "none came"})
    return pd.DataFrame(told)


@pytest.fixture
def opened(page: Any, all_recordings: Corpus) -> Iterator[Opener]:
    """Opens an explorer in a window of 1400 by 1000, the keyboard's focus on the recording.

    Afterwards nothing may have gone wrong in the page, and nothing may have been fetched.
    """
    page.mouse.move(1, 990)
    page.set_viewport_size({"width": 1400, "height": 1000})
    page.emulate_media(color_scheme="light")
    page.keyboard.up("Control")
    # An element of its own for each explorer, as each output of a notebook has.
    page.evaluate("""() => {
      window.explorer?.destroy();
      window.explorer = null;
      document.getElementById("here").replaceWith(Object.assign(document.createElement("div"), { id: "here" }));
    }""")

    def opened(
        recording: str | None = None, at: int | None = None, *, corpus: Corpus = all_recordings, **options: Any
    ) -> Any:
        if recording is None and len(corpus) and "findings" not in options:
            recording = next(iter(corpus)).id
        show(page, recexplore.explore(corpus, recording, at, **options))
        page.locator(".rx-prompt").click()
        return page

    yield opened
    errors, page.errors[:] = [*page.errors], []
    assert errors == []
    assert {address for address in page.asked if not address.startswith(("data:", "blob:", "about:"))} <= {ADDRESS}


@pytest.fixture(scope="session")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> SimpleNamespace:
    """A corpus of hostile texts, and of each kind the ids by name of the text (or texts)."""
    root = tmp_path_factory.mktemp("hostile")
    every = list(HOSTILE)
    groups = [tuple(every[at : at + CROWD]) for at in range(0, len(every), CROWD)]
    for number, text in enumerate(HOSTILE.values()):
        write(root / "single" / str(number), f"{file_name(text)}.json", single(text, number))
    for number, names in enumerate(groups):
        write(root / "crowd", f"crowd-{number}.json", crowd(tuple(HOSTILE[name] for name in names)))
    everything = "\n".join(HOSTILE.values())
    write(root / "other", "failed.json", failed(everything))
    write(root / "other", "whole.json", written_whole(everything))
    corpus = recexplore.load(root, progress=False)
    place = {Path(each.facts["path"]).relative_to(root).parts[1]: each.id for each in corpus}
    assert len(corpus) == len(HOSTILE) + len(groups) + 2
    return SimpleNamespace(
        corpus=corpus,
        singles={name: place[str(number)] for number, name in enumerate(HOSTILE)},
        crowds={names: f"crowd-{number}" for number, names in enumerate(groups)},
    )


@pytest.fixture(scope="session")
def hostile_findings(hostile: SimpleNamespace) -> pd.DataFrame:
    """Of each choice of the crowds one, over all its chunks, about the middle of its content: text that a rule quotes comes
    from the frames."""
    rows = [
        {
            **{"recording": id_, "choice": k, "chunk": 0, "last_chunk": 3, "severity": SEVERITIES[k % 3]},
            **dict.fromkeys(("rule", "message", "evidence"), as_shown(HOSTILE[name])),
            "spans": spans_as_json([Span(k, "content", *middle(as_shown(HOSTILE[name])))]),
        }
        for names, id_ in hostile.crowds.items()
        for k, name in enumerate(names)
    ]
    return pd.DataFrame(rows)


@pytest.fixture(scope="session")
def hostile_explorer(hostile: SimpleNamespace, hostile_findings: pd.DataFrame) -> Explorer:
    return recexplore.explore(hostile.corpus, findings=hostile_findings)
