"""What stands in the place of images and audio."""

from __future__ import annotations

import base64
import io
import wave

import pytest
from PIL import Image

from recexplore.share.redact.stand_ins.media import dropped, is_dropped


def content(text: str) -> bytes:
    return base64.b64decode(text[text.find(",") + 1 :])


def test_a_picture_is_a_picture_that_says_its_size() -> None:
    said = base64.b64encode(b"\x89PNG\r\n\x1a\n" + b"x" * 992).decode()
    made = dropped(f"data:image/png;base64,{said}")
    assert made.startswith("data:image/png;base64,")
    image = Image.open(io.BytesIO(content(made)))
    image.load()
    assert image.size == (1, 1)
    assert image.info["Comment"] == "redacted: 1000 bytes"


def test_a_sound_is_a_sound() -> None:
    made = dropped("data:audio/wav;base64," + base64.b64encode(b"RIFF" + b"\0" * 60).decode())
    assert b"redacted: 64 bytes" in content(made)
    with wave.open(io.BytesIO(content(made))) as sound:
        assert sound.getnframes() == 0


@pytest.mark.parametrize(
    "text", [base64.b64encode(b"\xff\xd8" + b"q" * 80).decode(), "QUJD" * 30, "data:x/y;base64,QUJD"]
)
def test_what_was_dropped_is_known(text: str) -> None:
    made = dropped(text)
    assert is_dropped(made)
    assert not is_dropped(text)
