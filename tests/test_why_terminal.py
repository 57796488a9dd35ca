"""Why a recording was not found, as a terminal shows it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from matching_requests import TEST, body, request, save
from rich.console import Console, RenderableType

import recexplore
from recexplore.matching import duplicates, stale, unknown, unused, why
from recexplore.views.why_terminal import kept_up, told


def printed(what: RenderableType) -> str:
    console = Console(width=400, color_system="truecolor", force_terminal=True, highlight=False)
    with console.capture() as captured:
        console.print(what)
    return captured.get()


def plain(what: RenderableType) -> str:
    console = Console(width=400, color_system=None)
    with console.capture() as captured:
        console.print(what)
    return "\n".join(line.rstrip() for line in captured.get().splitlines())


def shown(folder: Path, sent: Any) -> str:
    return plain(told(why(sent, recexplore.load(folder, progress=False))))


def test_what_differs_is_shown_below_each_other(tmp_path: Path) -> None:
    save(tmp_path, request())
    text = shown(tmp_path, request(body("What is the boiling point of tea?", seed=1)) | {"test_id": TEST})
    assert text.startswith("✗ The nearest recording, ")
    assert "named by: model-lists" in text
    assert (
        "   messages[0].content  at character 29\n"
        "     recorded  …'is the boiling point of water?'\n"
        "     asked     …'is the boiling point of tea?'\n"
        "   seed  not in the recording\n"
        "     asked     1"
    ) in text


def test_what_is_found(tmp_path: Path) -> None:
    save(tmp_path, request())
    text = shown(tmp_path, request() | {"test_id": TEST})
    assert text.startswith("✓ It is there: ")
    assert "today's recorder" in text


def test_many_differences_are_counted(tmp_path: Path) -> None:
    save(tmp_path, request({f"a{number}": 1 for number in range(30)}))
    assert "… and 19 more" in shown(tmp_path, request({f"a{number}": 2 for number in range(30)}))


def test_every_kind_can_be_shown(tmp_path: Path) -> None:
    save(tmp_path, request({"o": [1, 2], "w": "a b", "t": 1, "m": None, "f": 0.1234561}), name="[bold]\x9b")
    sent = {"o": [2, 1], "w": "a  b", "t": "1", "f": 0.1234562, "x": {"\x1b[31m": "\u202e"}}
    text = shown(tmp_path, request(sent) | {"test_id": TEST})
    for words in ("the same items, another order", "white space only", "another type", "not in the request"):
        assert words in text
    assert "the hash does not see: f" in text
    assert "[bold]" in text


def test_hostile_text_cannot_steer(tmp_path: Path) -> None:
    hostile = "[red]\x1b]0;x\x07\x9b31m\u202e"
    save(tmp_path, request(body(hostile)), test_id=hostile)
    found = why(
        request(body(f"{hostile}!", url=hostile)) | {"test_id": f"{hostile}!"},
        recexplore.load(tmp_path, progress=False),
    )
    for text in (printed(told(found)), repr(found)):
        assert not {"\x07", "\x9b", "\u202e"} & set(text)
        assert "\x1b]" not in text
    assert "[red]" in plain(told(found))


def test_the_state_of_a_collection(tmp_path: Path) -> None:
    save(tmp_path, request(body("a")))
    save(tmp_path, request(body("a")), name="0" * 64)
    corpus = recexplore.load(tmp_path, progress=False)
    text = plain(kept_up(stale(corpus), duplicates(corpus), unused(corpus, ["x"]), unknown(corpus, ["x"])))
    assert "1 recording that today's recorder does not find" in text
    assert "1 request recorded several times\n  2 recordings; 1 of the requests twice for one test" in text
    assert "2 recordings not used" in text
    assert "1 used name without a recording\n  x" in text
    text = plain(kept_up(stale(corpus)[:0], duplicates(corpus)[:0], None, None))
    assert text == "0 recordings that today's recorder does not find\n0 requests recorded several times"
