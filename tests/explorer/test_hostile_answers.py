"""What Python tells the explorer's page of hostile text can be sent, is as recorded, and is found where it stands."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest
from hostile_recordings import CROWD, NEEDLE, answer, carried, finding, write
from hostile_text import HOSTILE, as_shown
from synthetic import says, stream

import recexplore
from recexplore.views.explorer.widget import Explorer


@pytest.mark.parametrize("group", range(-(-len(HOSTILE) // CROWD)))
@pytest.mark.parametrize("pane", ["show", "reasoning", "tokens", "timing", "tools", "raw"])
def test_every_answer_can_be_sent(hostile_explorer: Explorer, hostile: SimpleNamespace, group: int, pane: str) -> None:
    id_ = list(hostile.crowds.values())[group]
    if pane == "show":
        answer(hostile_explorer, "show", recording=id_)
    else:
        answer(hostile_explorer, "pane", recording=id_, name=pane)
    if pane == "raw":
        for number in range(0, hostile.corpus[id_].facts["n_chunks"], 7):
            answer(hostile_explorer, "chunk", recording=id_, chunk=number)


@pytest.mark.parametrize("name", HOSTILE)
def test_every_query_and_every_choice_of_a_facet_is_answered(
    hostile_explorer: Explorer, hostile: SimpleNamespace, name: str
) -> None:
    text, id_ = HOSTILE[name], hostile.singles[name]
    for query in (text, f'"{text}"', f"text:{text}", f"-model:{text}", f"{text}:{text}"):
        answer(hostile_explorer, "find", view="a", key=1, count=200, recording=id_, query=query)
    for facet in ("model", "provider"):
        found = answer(hostile_explorer, "find", view="a", key=1, count=200, recording=id_, facets={facet: [text]})
        assert id_ in {row["id"] for row in found["rows"]}


@pytest.mark.parametrize("name", HOSTILE)
def test_text_is_found_where_it_stands(hostile_explorer: Explorer, hostile: SimpleNamespace, name: str) -> None:
    """A phrase is looked for literally; a quotation mark ends it, and halves of characters are U+FFFD."""
    phrase = max(as_shown(HOSTILE[name]).split('"'), key=len)[:150]
    found = answer(hostile_explorer, "find", view="a", key=1, count=200, recording="", query=f'content:"{phrase}"')
    row = next(row for row in found["rows"] if row["id"] == hostile.singles[name])
    assert row["match"]["where"] == "choice 0, content"
    hit = row["match"]["hit"].removesuffix("…")
    assert hit
    assert (
        re.sub("\r\n|[\n\v\f\r\x85\u2028\u2029]", "↵", phrase).replace("\t", "⇥").casefold()[:10] == hit.casefold()[:10]
    )


@pytest.mark.parametrize("name", HOSTILE)
def test_what_came_is_what_was_recorded(hostile: SimpleNamespace, name: str) -> None:
    text = as_shown(HOSTILE[name])
    one = hostile.corpus[hostile.singles[name]]
    assert one.text(0) == f"{text} {NEEDLE} {text}"
    assert [one.facts[column] for column in ("test_id", "model_served", "provider")] == [text] * 3
    names, id_ = next(each for each in hostile.crowds.items() if name in each[0])
    choices = hostile.corpus[id_].choices
    said = choices[choices["choice"] == names.index(name)].iloc[0]
    assert [said[kind] for kind in ("reasoning", "content", "refusal", "finish_reason")] == [text] * 4


def test_every_choice_of_the_table_can_be_sent(hostile_explorer: Explorer, hostile: SimpleNamespace) -> None:
    for sort in ("id", "test", "model", "provider", "path", "findings"):
        found = answer(
            hostile_explorer, "find", view="a", key=3, count=10, recording="", query=NEEDLE, sort=sort, descending=True
        )
        assert found["total"] == len(HOSTILE)
    assert len(answer(hostile_explorer, "rows", view="a", key=3, first=10, count=200)) == len(HOSTILE) - 10
    carried(hostile_explorer.opening)
    for id_ in ("failed", "whole"):
        carried(id_)
        answer(hostile_explorer, "show", recording=id_)


@pytest.mark.parametrize("name", HOSTILE)
def test_the_copied_link_is_a_call_and_opens_the_recording(
    hostile_explorer: Explorer, hostile: SimpleNamespace, name: str
) -> None:
    """The reader runs what is copied."""
    id_ = hostile.singles[name]
    assert called(answer(hostile_explorer, "copy", recording=id_, what="link", chunk=2)) == (id_, 2)


@pytest.mark.parametrize(
    "stem", ['");quit()#', '");import x#', '"+exit()+"', "{chunk}", "\\", "a\\", '"', "x\ny", "\u202e"]
)
def test_the_link_of_a_file_named_like_code(tmp_path: Path, stem: str) -> None:
    write(tmp_path, f"{stem}.json", stream(says("a"), says("b")))
    corpus = recexplore.load(tmp_path, progress=False)
    id_ = next(iter(corpus)).id
    assert called(answer(recexplore.explore(corpus), "copy", recording=id_, what="link", chunk=1)) == (id_, 1)


def called(link: str) -> tuple[Any, Any]:
    """The recording and the chunk of ``rx.explore("path", "id", chunk=2)``; fails where the code is anything else."""
    imported, statement = ast.parse(link).body
    assert ast.unparse(imported) == "import recexplore as rx"
    assert isinstance(statement, ast.Expr), link
    call = statement.value
    assert isinstance(call, ast.Call), link
    assert ast.unparse(call.func) == "rx.explore", link
    (place, recording), (keyword,) = call.args, call.keywords
    assert isinstance(ast.literal_eval(place), str)
    return ast.literal_eval(recording), ast.literal_eval(keyword.value)


@pytest.mark.parametrize("column", ["rule", "severity", "message", "evidence", "spans"])
@pytest.mark.parametrize(
    "value", [HOSTILE["a high half"], float("inf"), b"<b>", pd.Timestamp(0), {"a": 1}, ["a"]], ids=repr
)
def test_a_recording_with_an_odd_finding_is_shown(hostile: SimpleNamespace, column: str, value: Any) -> None:
    """What a frame can hold and no message can: an odd cell of a rule must not take the recording away."""
    odd = finding(hostile.singles["img"])
    odd[column] = pd.Series([value], dtype=object)
    answer(recexplore.explore(hostile.corpus, findings=odd), "show", recording=hostile.singles["img"])
