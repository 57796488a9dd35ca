"""YAML as a tree of its values, each written anew and nothing else."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from recexplore.share.redact.fields import Kind
from recexplore.share.redact.notations.json_tree import Node
from recexplore.share.redact.notations.pieces import Piece
from recexplore.share.redact.notations.yaml_text import NotYaml, YamlText, yaml_text

COMMENTED = b"""# one
version: 1 # two
a: |
  block # not
  # not either
# three
b: "x # no"  # four
c: plain # five
d: [a, b] # six
"""


def texts(node: Node) -> list[Node]:
    inner = [*node.items, *(each for pair in node.pairs for each in pair)]
    return [node] if node.kind == "string" else [each for one in inner for each in texts(one)]


def replaced(document: YamlText, **news: str) -> str:
    for node in texts(document.root):
        if node.value in news:
            document.parts.append((node, Piece(node.value, Kind.TEXT, "", (), 0, news[node.value])))
    return document.render()


@pytest.mark.parametrize("source", ["a:  word   # why", "a: 'word'", 'a: "word"', 'a: "w\\x6frd"', "- {b: word}"])
def test_a_text_of_the_same_length_is_written_in_its_style(source: str) -> None:
    made = replaced(yaml_text(source.encode()), word="kite")
    assert made.replace("\\x69", "i") == source.replace("\\x6f", "o").replace("word", "kite")
    assert "kite" in str(yaml.safe_load(made))


@pytest.mark.parametrize("new", ["longer than it was", "a: b", "- #", "é\n\t\"'\\", "", "1", "\x07"])
def test_another_text_is_that_text_in_every_style(new: str) -> None:
    for source in ("a: word", "a: 'word'", "a: |-\n  word\nb: 1", "a: >-\n  word\n"):
        document = yaml_text(source.encode())
        assert yaml.safe_load(replaced(document, word=new))["a"] == new


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"])), st.sampled_from("'\"|>"))
def test_what_is_not_replaced_is_as_it_was(text: str, style: str) -> None:
    source = yaml.safe_dump({"a": text}, default_style=style, allow_unicode=True)
    assert yaml_text(source.encode()).render() == source


def test_comments_are_told_from_texts() -> None:
    document = yaml_text(COMMENTED)
    found = [document.text[start:end] for start, end in document.comments()]
    assert found == ["# one", "# two", "# three", "# four", "# five", "# six"]
    document.beside += [(start, end, Piece("", Kind.TEXT, "", (), 0, "#-")) for start, end in document.comments()]
    made = replaced(document, plain="other")
    assert yaml.safe_load(made) == {**yaml.safe_load(COMMENTED), "c": "other"}
    assert made.count("#-") == 6


def test_a_comment_in_the_head_of_a_text_is_refused() -> None:
    with pytest.raises(NotYaml, match="head of a text"):
        list(yaml_text(b"a: | # who\n  b\n").comments())


@pytest.mark.parametrize(
    "data",
    [
        b"a: [",
        b"a: 'b",
        b"a: 1\n b: {",
        b"- a\n- *nobody\n- more",
        b"a: 1\n---\nb: 2",
        "a: 😀".encode() + b"\xff",
        b"",
        b"a: \xff",
        b"[" * 300 + b"]" * 300,
    ],
)
def test_what_cannot_be_read_to_its_end_is_refused(data: bytes) -> None:
    with pytest.raises(NotYaml) as refused:
        yaml_text(data)
    assert "nobody" not in str(refused.value)


def test_an_alias_is_the_node_that_it_repeats() -> None:
    document = yaml_text(b"a: &x word\nb: *x\n")
    assert yaml.safe_load(replaced(document, word="kite")) == {"a": "kite", "b": "kite"}
