"""A page without Python lays runs on one axis as Python does, from the texts of all of them."""

from __future__ import annotations

import base64
import json
import random
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import synthetic
from hostile_text import HOSTILE
from page_functions import evaluated

import recexplore
from recexplore.corpus import Corpus
from recexplore.views.explorer.answers import Answers
from recexplore.views.explorer.comparing.comparisons import Compared
from recexplore.views.explorer.comparing.texts import AlignedTexts, aligned_texts

_SCRIPT = """
const viewOfText = (text) => new DataView(Uint8Array.from(Buffer.from(text, "base64")).buffer);
return asked.map((runs) => {
  const { value, buffers } = modules["report/runs"].textsOf(view, columns.map(viewOfText), runs);
  const bytes = buffers.map(({ buffer, byteOffset, byteLength }) => Buffer.from(buffer, byteOffset, byteLength));
  return [value, bytes.map((each) => each.toString("base64"))];
});
"""


def as_json(made: tuple[AlignedTexts, list[bytes]]) -> list[Any]:
    view, buffers = made
    return json.loads(json.dumps([view, _columns(buffers)]))  # type: ignore[no-any-return]


def _columns(buffers: Sequence[bytes]) -> list[str]:
    return [base64.b64encode(each).decode() for each in buffers]


def compared_in(corpus: Corpus, ids: Sequence[str]) -> Compared:
    return Answers(corpus)._comparisons.of(tuple(ids))


def by_python(compared: Compared, runs: list[int]) -> tuple[AlignedTexts, list[bytes]]:
    return aligned_texts(compared.comparison, compared.places, runs)


def by_page(compared: Compared, asked: list[list[int]]) -> list[Any]:
    reference = compared.comparison.reference
    runs = [reference, *(run for run in range(len(compared.comparison)) if run != reference)]
    view, buffers = by_python(compared, runs)
    return evaluated(_SCRIPT, view=view, columns=_columns(buffers), asked=asked)  # type: ignore[no-any-return]


def some_runs(n: int, first: int, pick: random.Random) -> list[list[int]]:
    others = [run for run in range(n) if run != first]
    return [[first, *pick.sample(others, min(pick.choice([0, 1, 1, 2, 3]), len(others)))] for _ in range(12)]


def agrees(corpus: Corpus, ids: Sequence[str], seed: int) -> int:
    """How many choices of runs were laid on one axis, by the page as by Python."""
    compared = compared_in(corpus, ids)
    asked = some_runs(len(ids), compared.comparison.reference, random.Random(seed))
    for runs, page in zip(asked, by_page(compared, asked), strict=True):
        assert page == as_json(by_python(compared, runs)), (ids, runs)
    return len(asked)


def written(folder: Path, streams: Sequence[list[Any]]) -> Corpus:
    for number, chunks in enumerate(streams):
        document = synthetic.recording(list(map(synthetic.wrapped, chunks)))
        (folder / f"run-{number}.json").write_text(json.dumps(document))
    return recexplore.load(folder, progress=False)


def streams(pick: random.Random, n: int) -> list[list[Any]]:
    """Runs that say nearly the same, cut elsewhere; some say nothing, some call a tool, some in two choices."""
    words = ["the", "quick", "😀", "brown", "fox,", "jumps.", "over", "e\u0301", "lazy", "dog\n\n", "\u202eand", "back"]
    made = []
    for _ in range(n):
        said = [word for word in words if pick.random() < 0.8] or [""]
        said = [pick.choice(words) if pick.random() < 0.2 else word for word in said]
        text = " ".join(said) if pick.random() < 0.9 else ""
        cuts = sorted({0, len(text), *(pick.randrange(len(text) + 1) for _ in range(4))})
        chunks = [synthetic.says(text[start:end]) for start, end in pairwise(cuts)]
        if pick.random() < 0.3:
            chunks.append(synthetic.thinks("reasoning_content", pick.choice(words)))
        if pick.random() < 0.3:
            chunks.append(synthetic.calls(synthetic.fragment('{"a": 1}', name="f", id="c")))
        if pick.random() < 0.3:
            chunks.append(synthetic.says(pick.choice(words), 1))
        made.append([*chunks, synthetic.chunk(synthetic.choice(None, 0, "stop"))])
    return made


@pytest.mark.parametrize("seed", range(6))
def test_any_runs_stand_as_python_puts_them(tmp_path: Path, seed: int) -> None:
    corpus = written(tmp_path, streams(random.Random(seed), 5))

    assert agrees(corpus, [each.id for each in corpus], seed) == 12


def test_and_hostile_texts(tmp_path: Path) -> None:
    corpus = written(
        tmp_path, [[synthetic.says(text), synthetic.says("."), synthetic.says(text)] for text in HOSTILE.values()]
    )

    assert agrees(corpus, [each.id for each in corpus], 7) == 12


def test_and_runs_that_were_recorded(ogx: Corpus) -> None:
    groups = [group for group in recexplore.runs(ogx) if len(group) > 2][:8]

    assert groups
    for group in groups:
        agrees(ogx, [each.id for each in group], 8)


def test_told_by_another_run_all_that_differs_is_marked(tmp_path: Path) -> None:
    said = ["one two three four", "one two 3 four", "one three four five"]
    corpus = written(tmp_path, [[synthetic.says(text)] for text in said])
    compared = compared_in(corpus, [each.id for each in corpus])
    for first in range(3):
        for other in range(3):
            if first in (other, compared.comparison.reference):
                continue
            ((view, _),) = by_page(compared, [[first, other]])
            parts = zip((first, other), view["sections"][0]["parts"], strict=True)
            left = [_without(said[run], part["differing"]) for run, part in parts]
            assert left[0] == left[1]
            assert left[0].count(" ") >= 1


def _without(text: str, stretches: Sequence[Sequence[int]]) -> str:
    for start, end in reversed(stretches):
        text = text[:start] + text[end:]
    return text
