"""The name of a test, apart from what it was run with."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recexplore.corpus import Corpus
from recexplore.views.text.test_names import test_name as name_of


@pytest.mark.parametrize(
    ("test_id", "name", "parameters"),
    [
        ("tests/test_a.py::test_stream[openai-True]", "stream", "openai-True"),
        ("tests/test_a.py::TestA::test_stream", "stream", ""),
        ("tests/test_a.py::TestA::test_b[a::b[0]-x]", "b", "a::b[0]-x"),
        ("tests/[old]/test_a.py::test_b[x]", "b", "x"),
        ("test_alone[1]", "alone", "1"),
        ("tests/test_a.py::check_it", "check_it", ""),
        # A title of another framework; a name that is nothing but its beginning; brackets not closed, or alone.
        ("returns a list [of two]", "returns a list [of two]", ""),
        ("a.py::test_", "test_", ""),
        ("a.py::test_b[x", "b[x", ""),
        ("[x]", "[x]", ""),
        ("", "", ""),
    ],
)
def test_names(test_id: str, name: str, parameters: str) -> None:
    assert name_of(test_id) == (name, parameters)


@given(st.text() | st.text("test_:[]/ ab"))
def test_every_text_has_a_name(text: str) -> None:
    name, parameters = name_of(text)

    assert bool(name) == bool(text)
    assert name in text
    assert parameters in text


def test_real_names(ogx: Corpus) -> None:
    ids = ogx.recordings["test_id"].dropna().tolist()
    names = [name_of(each) for each in ids]

    assert sum("[" in name or "::" in name or name.startswith("test_") for name, _ in names) == 0
    assert all(
        each.endswith(f"{name}[{more}]" if more else name) for each, (name, more) in zip(ids, names, strict=True)
    )
