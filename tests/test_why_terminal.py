"""Why a recording was not found, as a terminal shows it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from matching_requests import TEST, body, name_of, request, save, sha
from rich.console import Console, RenderableType

import recexplore
from recexplore.matching import duplicates, stale, unknown, unused, why
from recexplore.views.terminal.why import kept_up, told


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
    assert "named by today's recorder" in text
    assert (
        "   messages[0].content  at character 29\n"
        "     recorded  …'is the boiling point of water?'\n"
        "     asked     …'is the boiling point of tea?'\n"
        "   seed  in the request, not in the recording\n"
        "     asked     1"
    ) in text
    assert text.splitlines()[-1].startswith("what to do  If the change is meant, record it again: ")
    assert text.count(name_of(request())) == 1, "the long name stands in the list only"


def test_a_body_alone_is_told_once_and_closely(tmp_path: Path) -> None:
    save(tmp_path, request({"x": 1}))
    text = shown(tmp_path, {"x": 1})
    assert text.count("url") == 2, "the note and what to do"
    assert "\n\n\n" not in text


def test_nothing_like_it_has_no_list(tmp_path: Path) -> None:
    save(tmp_path, request())
    text = shown(tmp_path, {"input": "foreign"})
    assert "Nothing like it was recorded" in text
    assert "\n1. " not in text


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
    for words in (
        "the same items in another order",
        "but for white space",
        "a value of another type",
        "not in the request",
    ):
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
    short, test = f"{name_of(request(body('a')))[:12]}….json", TEST.partition("::")[2]
    assert text == (
        f"in {tmp_path.as_posix()}\n\n"
        "1 recording that today's recorder does not find\n"
        "  1 renamed or edited, or by a recorder that is not known here\n"
        f"    000000000000….json  {test}\n\n"
        "1 request recorded several times\n"
        "  2 recordings; 1 of the requests twice for one test, or for none\n"
        "  gpt: 2 recordings for 1 test\n"
        f"    000000000000….json  {test}\n    {short}  {test}\n\n"
        "2 recordings not used\n"
        f"  000000000000….json  {test}\n  {short}  {test}\n\n"
        "1 used name without a recording\n  x"
    )
    wide = plain(kept_up(stale(corpus), duplicates(corpus), None, None, width=300))
    assert f"    {'0' * 64}.json  {TEST}\n" in wide
    text = plain(kept_up(stale(corpus)[:0], duplicates(corpus)[:0], None, None))
    assert text == "0 recordings that today's recorder does not find\n\n0 requests recorded several times"


def test_no_part_is_longer_than_twenty_lines_unless_asked(tmp_path: Path) -> None:
    for number in range(30):
        save(tmp_path, request(body("a")), name=f"{number:064}", test_id=None)
    corpus = recexplore.load(tmp_path, progress=False)
    names = [f"x{number}" for number in range(30)]
    frames = stale(corpus), duplicates(corpus), unused(corpus, names), unknown(corpus, names)
    text = plain(kept_up(*frames))
    for part in text.split("\n\n")[1:]:
        _, *lines = part.splitlines()
        assert len([line for line in lines if "twice" not in line]) == 21
        assert lines[-1] in ("  … and 10 more: --all", "  … and 11 more: --all")
    assert "--all" not in plain(kept_up(*frames, is_all=True))
    assert plain(kept_up(*frames, is_all=True)).count("….json") == 90


def test_each_reason_has_its_lines(tmp_path: Path) -> None:
    for number in range(30):
        save(tmp_path, request(body("a")), name=f"{number:064}")
    older = sha({"method": "POST", "endpoint": "/v1/v1/chat/completions", "body": body("b")})[:12]
    save(tmp_path, request(body("b")), name=older)
    corpus = recexplore.load(tmp_path, progress=False)
    text = plain(kept_up(stale(corpus), duplicates(corpus)[:0], None, None))
    assert "  1 named by an older recorder (before the test was hashed too)\n" in text
    assert f"    {older}.json  " in text


@pytest.mark.parametrize("width", [20, 60, 80, 140])
def test_a_test_is_cut_in_its_middle(tmp_path: Path, width: int) -> None:
    save(tmp_path, request(), name="0" * 64, test_id=f"tests/a.py::test_{'long_' * 40}[last]")
    corpus = recexplore.load(tmp_path, progress=False)
    line = plain(kept_up(stale(corpus), duplicates(corpus), None, None, width=width)).splitlines()[4]
    assert line.startswith("    000000000000….json  test_")
    assert line.endswith("[last]")
    assert len(line) == max(width, 40)
