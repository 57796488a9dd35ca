"""Characters that were lost or misread, and texts that only look like it."""

from __future__ import annotations

import time
from typing import Any

import pandas as pd
import pytest
from synthetic import URL, calls, choice, chunk, fragment, says

import recexplore


def found(*texts: str, asked: str = "Tell me of the tide.") -> pd.DataFrame:
    return told(
        [chunk(choice({"role": "assistant"})), *map(says, texts), chunk(choice({}, finish_reason="stop"))], asked
    )


def told(chunks: list[Any], asked: str = "") -> pd.DataFrame:
    request = {"model": "m", "messages": [{"role": "user", "content": asked}], "stream": True}
    findings = recexplore.check(recexplore.from_chunks(chunks, request=request, url=URL), select=["unicode"])
    assert "failed" not in findings.attrs
    return findings


def misread(text: str, charset: str = "cp1252") -> str:
    """The text as it looks where its UTF-8 is taken for another charset."""
    unused = (0x81, 0x8D, 0x8F, 0x90, 0x9D)
    return "".join(bytes([each]).decode("latin-1" if each in unused else charset) for each in text.encode())


@pytest.mark.parametrize("charset", ["cp1252", "latin-1"])
@pytest.mark.parametrize(
    ("text", "n"),
    [
        ("The tide — slow — turns. It’s late in Münster.", 4),
        ("Il a été très fâché.", 5),
        ("Não, é amanhã às três.", 5),
        ("It is 20 °C outside.", 1),
        ("Have fun 😀!", 1),
        ("Привет, мир", 2),
        ("日本語です", 1),
        ("Příliš žluťoučký kůň", 7),
        ("Größe: 5 €", 2),
    ],
)
def test_utf_8_read_as_something_else(text: str, n: int, charset: str) -> None:
    wrong = misread(text, charset)
    for at in (0, len(wrong) // 2, len(wrong) // 3):
        row = found(wrong[:at], wrong[at:]).iloc[0]
        assert row["severity"] == "warning"
        assert f"{n} place{'s' if n > 1 else ''} of the text" in row["message"]


def test_a_closing_quote_whose_last_byte_was_dropped() -> None:
    assert len(found("She said â€œyesâ€ and left.")) == 1


def test_in_the_arguments_of_a_call() -> None:
    call = calls(fragment('{"city": "MÃ¼nster"}', name="f", id="c", type="function"))
    row = told([chunk(choice({"role": "assistant"})), call, chunk(choice({}, finish_reason="tool_calls"))]).iloc[0]
    assert "1 place of the arguments of a tool call" in row["message"]


@pytest.mark.parametrize(
    "text",
    [
        "Real dashes — and umlauts: Münster, âge Ã part.",
        "SÃO PAULO E A MANHÃ",
        "“BOA MANHÔ",
        "É A MANHÃ…",
        "IRMÃ — JOÃO",
        "Il est là\u00a0: «\u00a0voilà\u00a0».",
        "“un café…” dit-il",
        "LIBERTÉ\u00a0», dit-il",
        "Die Universität…“ sagte er",
        "Das MENÜ“ und die GRÖSSE",
        "CAFÉ® und MÜ™",
        "10 × 2² = 40",
        "Ä… ich weiß nicht",
        "â…” fragte er",
        "Þetta er það",
        "The text `MÃ¼nster` is wrong.",
        "Try:\n```python\nfix('MÃ¼nster â€” Köln')\n```\n",
        "You see MÃ¼nster where the charset is wrong.",
        "That is mojibake: â€™ is an apostrophe.",
        "The “ü” of München became “Ã¼”, the dash — â€”, and é, à, ç, ñ, ö are gone.",
        "日本語と中文、한국어",
        "𝔘𝔫𝔦 😀 👩‍👩‍👧",
    ],
)
def test_text_that_is_as_it_should_be(text: str) -> None:
    for at in (0, len(text) // 2):
        assert found(text[:at], text[at:])["message"].tolist() == []


@pytest.mark.parametrize("asked", ["Why does it say MÃ¼nster?", "What is â€™?", "Fix: Â° and ðŸ˜€"])
def test_what_the_request_holds_too(asked: str) -> None:
    assert found("It says MÃ¼nster there.", asked=asked).empty


@pytest.mark.parametrize(
    ("texts", "words"),
    [
        ((" \ufffd", "\ufffdáb"), "one character cut at the border of chunks 1 and 2"),
        (("a\ufffd", "\ufffd\ufffd\ufffd b"), "one character cut at the border of chunks 1 and 2"),
        (("a\ufffd", "\ufffd", "\ufffd b"), "one character cut at the border of chunks 1 and 3"),
        (("a\ufffd", "\ufffd b \ufffd", "\ufffd"), "2 characters cut at the borders of chunks 1 and 2 and 2 and 3"),
        (("a\ufffd b",), "1 place."),
        (("\ufffd\ufffd a \ufffd", " b"), "2 places."),
        (
            ("a \ufffd c \ufffd", "\ufffd"),
            "one character cut at the border of chunks 1 and 2 and 1 place within a chunk",
        ),
        (("\ufffd" * 9, "\ufffd" * 9), "1 place."),
    ],
)
def test_lost_characters(texts: tuple[str, ...], words: str) -> None:
    row = found(*texts).iloc[0]
    assert row["severity"] == "error"
    assert words in row["message"]


@pytest.mark.parametrize("text", ["Ã" * 100_000, "â€" * 50_000, "Ã¼`" * 30_000, "ð" * 100_000, "\ufffd" * 100_000])
def test_hostile_texts_take_no_time(text: str) -> None:
    start = time.process_time()
    found(text)
    assert time.process_time() - start < 10, "it grows faster than the text"
