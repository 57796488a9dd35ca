from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from recexplore.read.wire.yaml_text import MAX_DEPTH, decode_yaml, readable_prefix

# What grows with the square of these takes minutes.
SECONDS = 30.0

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


def value(data: bytes) -> Any:
    found, problem = decode_yaml(data)
    assert problem is None
    return found


def refused(data: bytes) -> str:
    """What is said of a document that is not read, and that it is said soon."""
    started = time.process_time()
    found, problem = decode_yaml(data)
    assert time.process_time() - started < SECONDS
    assert found is None
    assert problem is not None
    assert all((problem.what, problem.expected, problem.found, problem.hint))
    return f"{problem.what}: {problem.found}"


# --- what is read ------------------------------------------------------------------------------------------------------


@given(JSON)
@example({"2024-01-01": "2024-01-01T00:00:00Z", "": "~", "yes": "no", "1": "0x1", "=": "<<"})
def test_plain_data_is_read_as_it_was_written(given_: Any) -> None:
    assert value(yaml.safe_dump(given_).encode()) == given_
    assert value(yaml.safe_dump(given_, default_flow_style=True, allow_unicode=True).encode()) == given_


@given(JSON)
def test_json_is_yaml(given_: Any) -> None:
    text = yaml.safe_dump(given_, default_style='"', default_flow_style=True, width=10**6)

    assert value(text.encode()) == given_


@pytest.mark.parametrize("data", [b"", b"\n", b"# a comment\n", b"---\n", b"--- \n...\n"])
def test_an_empty_document_holds_nothing(data: bytes) -> None:
    assert value(data) is None


def test_a_byte_order_mark_is_no_text() -> None:
    assert value(b"\xef\xbb\xbfa: 1\n") == {"a": 1}


@pytest.mark.parametrize("tag", ["!!python/unicode", "!!python/str", "tag:yaml.org,2002:python/unicode"])
def test_the_tags_of_old_recorders_are_text(tag: str) -> None:
    tag = tag if tag.startswith("!") else f"!<{tag}>"

    assert value(f"body: {tag} '{{\"a\": 1}}'\nuri: {tag} 5\n".encode()) == {"body": '{"a": 1}', "uri": "5"}


def test_binary_is_bytes() -> None:
    assert value(b"body: !!binary |\n  H4sIAAD/\n  /w==\n") == {"body": b"\x1f\x8b\x08\x00\x00\xff\xff"}


@pytest.mark.parametrize("stamp", ["2024-01-01", "2024-01-01T10:00:00.5Z", "2001-12-14 21:59:43.10 -05:00"])
def test_dates_stay_the_text_they_were_written_as(stamp: str) -> None:
    assert value(f"at: {stamp}\n".encode()) == {"at": stamp}


def test_aliases_are_followed() -> None:
    assert value(b"a: &x {b: 1}\nc: *x\nd: [*x, *x]\n") == {"a": {"b": 1}, "c": {"b": 1}, "d": [{"b": 1}, {"b": 1}]}


def test_many_small_aliases_are_no_bomb() -> None:
    text = "headers: &h {accept: json}\nall: [" + ", ".join(["*h"] * 2000) + "]\n"

    assert len(value(text.encode())["all"]) == 2000


def test_what_is_just_not_too_deep() -> None:
    found = value(b"[" * MAX_DEPTH + b"]" * MAX_DEPTH)

    assert str(found) == "[" * MAX_DEPTH + "]" * MAX_DEPTH


# --- what is refused ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "data",
    [
        b"!!python/object:os.path {}",
        b"a: !!python/object/apply:os.system ['touch /tmp/never']",
        b"!!python/object/new:builtins.list [[1]]",
        b"!!python/name:os.system ''",
        b"!!python/module:os ''",
        b"request: !!python/object:vcr.request.Request\n  uri: x\n",
        b"- !ruby/struct:VCR::HTTPInteraction\n  request: 1\n",
        b"!mine x",
        b"!!python/unicode [a]",
    ],
)
def test_nothing_but_plain_data_is_made(data: bytes) -> None:
    assert "not YAML that can be read" in refused(data)


DEEP = 50_000


@pytest.mark.parametrize(
    "data",
    [
        b"[" * DEEP,
        b"[" * DEEP + b"]" * DEEP,
        b"{" * DEEP,
        b"{a: " * DEEP,
        b"{a: " * DEEP + b"}" * DEEP,
        b"- " * DEEP,
        b"- " * DEEP + b"x",
        b"? " * DEEP,
        b"[? " * DEEP,
        b"[a: " * DEEP,
        b"x: 1\ny: " + b"[[[], " * DEEP,
        b"[" * (MAX_DEPTH + 1) + b"]" * (MAX_DEPTH + 1),
        b"\n".join(b" " * depth + b"a:" for depth in range(2000)),
    ],
    ids=lambda data: repr(data[:8]),
)
def test_what_nests_too_deep_is_refused_at_once(data: bytes) -> None:
    # Newer versions of libyaml refuse the deepest themselves.
    why = refused(data)
    assert why == f"YAML that is refused: nested deeper than {MAX_DEPTH}" or "maximum nesting depth" in why


def bomb(n_levels: int, n_each: int, inner: str) -> bytes:
    levels = [f"a0: &a0 {inner}"]
    levels += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * n_each)}]" for n in range(1, n_levels)]
    return "\n".join(levels).encode()


@pytest.mark.parametrize(
    "data",
    [
        bomb(10, 10, "[lol, lol]"),
        bomb(30, 2, "lol"),
        bomb(60, 3, "[]"),
        b"a: &a '" + b"x" * 100_000 + b"'\nb: [" + b"*a, " * 1000 + b"]\n",
        b"a: &a {x: 1, y: 2}\n"
        + b"\n".join(
            b"m%d: &m%d {<<: [%s]}" % (n, n, b", ".join([b"*m%d" % (n - 1) if n else b"*a"] * 20)) for n in range(8)
        ),
    ],
    ids=["ten of ten", "doubling", "of nothing", "a long text", "merge keys"],
)
def test_aliases_that_grow_are_refused_at_once(data: bytes) -> None:
    assert "aliases that grow" in refused(data)


@pytest.mark.parametrize(
    "data", [b"&a [*a]", b"&a {b: *a}", b"&a [1, [2, {c: *a}]]", b"- &a [&b [*a]]\n", b"&a [&a [*a]]"]
)
def test_collections_that_hold_themselves_are_refused(data: bytes) -> None:
    assert "a collection that holds itself" in refused(data)


@pytest.mark.parametrize("data", [b"a: 1\n---\nb: 2\n", b"--- 1\n--- 2\n", b"a: 1\n...\n---\nb: [\n"])
def test_several_documents_are_refused(data: bytes) -> None:
    assert "more than one document" in refused(data)


@pytest.mark.parametrize(
    "data",
    [
        b"a: [1, 2",
        b"a: 'x",
        b"*unknown",
        b"a: b: c",
        b"{a: 1",
        b"\t- a",
        b"a: \x00",
        b"\xff\xfea\x00",
        b"? [a]\n: 1\n",
        b"%YAML 9.9\n--- a\n",
        b'"\\ud83d"',
        b"!!binary 'a'",
        b"!!int x",
        b"!!float ''",
        b"@a",
        b"!!bool 7",
    ],
)
def test_what_is_no_yaml_is_said(data: bytes) -> None:
    assert "not YAML that can be read" in refused(data)


@pytest.mark.parametrize(
    "data",
    [
        b"- {}\n" * DEEP,
        b"- &a\n" * DEEP,
        b"a\n" * DEEP,
        b"!" * DEEP,
        b"%" * DEEP,
        b"&a " * DEEP,
        b"*a " * DEEP,
        b"- !!python/unicode x\n" * 20000,
        b'["' + b'\\"' * DEEP + b'"]',
        b"? a\n" * 20000,
        b"#\n" * DEEP,
        b"- |\n" * 20000,
    ],
    ids=lambda data: repr(data[:8]),
)
def test_long_documents_take_no_long_time(data: bytes) -> None:
    started = time.process_time()
    decode_yaml(data)
    assert time.process_time() - started < SECONDS


SHREDS = [
    "a",
    ": ",
    "- ",
    "\n",
    "  ",
    "[",
    "]",
    "{",
    "}",
    ", ",
    "&x ",
    "*x",
    "!!binary ",
    "!!python/unicode ",
    "!!set ",
    "|\n",
]
SHREDS += [
    "'",
    '"',
    "? ",
    "<<: ",
    "---\n",
    "...\n",
    "#",
    "%",
    "2024-01-01",
    "1",
    "~",
    "\t",
    "\0",
    "!!omap ",
    "!!timestamp ",
]


@given(st.lists(st.sampled_from(SHREDS), max_size=25).map("".join).map(str.encode) | st.binary(max_size=60))
@example(b"\xef\xbb\xbf")
def test_no_bytes_make_it_raise(data: bytes) -> None:
    found, problem = decode_yaml(data)

    assert problem is None or found is None or problem.what == "bytes that are not UTF-8"


def test_a_byte_that_is_no_text_is_replaced_and_said() -> None:
    found, problem = decode_yaml(b"a: \xff")

    assert found == {"a": "\ufffd"}
    assert problem is not None
    assert problem.what == "bytes that are not UTF-8"


@pytest.mark.parametrize("number", [-(2**63) - 1, 2**64, 2**70])
def test_numbers_beyond_64_bits_are_kept_as_text(number: int) -> None:
    assert value(f"[{number}]".encode()) == [str(number)]


@pytest.mark.parametrize("number", ["9" * 5000, "1:10" * 5000, "0x" + "f" * 5000])
def test_a_number_that_no_json_has_stays_text(number: str) -> None:
    assert decode_yaml(f"a: {number}".encode()) == ({"a": number}, None)


# --- what breaks off ---------------------------------------------------------------------------------------------------

STYLES: list[dict[str, Any]] = [
    {},
    {"default_style": '"'},
    {"default_style": "'"},
    {"default_style": "|"},
    {"default_flow_style": True},
    {"default_style": '"', "width": 20, "allow_unicode": True},
]
MISSING = object()


def leaves(node: yaml.Node, at: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], yaml.Node]]:
    """The scalars of a document, each with the keys and indices that lead to it."""
    if isinstance(node, yaml.ScalarNode):
        yield at, node
    elif isinstance(node, yaml.SequenceNode):
        for number, item in enumerate(node.value):
            yield from leaves(item, (*at, number))
    else:
        for key, item in node.value:
            yield from leaves(item, (*at, key.value))


def found_at(found: Any, path: tuple[Any, ...]) -> Any:
    for step in path:
        is_there = step < len(found) if isinstance(found, list) else isinstance(found, dict) and step in found
        if not is_there:
            return MISSING
        found = found[step]
    return found


def is_beginning(found: Any, whole: Any) -> bool:
    """Whether nothing was made up: the same, less at the end, where a key may be taken for a text."""
    if isinstance(found, dict) and isinstance(whole, dict):
        return all(is_beginning(each, whole.get(key)) for key, each in found.items() if each is not None)
    if isinstance(found, list) and isinstance(whole, list):
        return len(found) <= len(whole) and all(map(is_beginning, found, whole))
    if isinstance(found, str) and isinstance(whole, str | dict):
        return next(iter(whole), "").startswith(found) if isinstance(whole, dict) else whole.startswith(found.rstrip())
    return found is None or found == whole


@settings(max_examples=5 * settings().max_examples)
@given(
    st.lists(JSON, min_size=1, max_size=4) | st.dictionaries(st.text("abc", min_size=1), JSON, min_size=1),
    st.sampled_from(STYLES),
    st.data(),
)
def test_whatever_stands_in_whole_lines_before_a_cut_is_read(whole: Any, style: dict[str, Any], data: Any) -> None:
    text = yaml.safe_dump(whole, sort_keys=False, **style)
    encoded = text.encode()
    cut = data.draw(st.integers(0, len(encoded)))
    found = readable_prefix(encoded[:cut])
    begun = encoded[:cut].decode(errors="ignore")
    end_of_lines = begun.rfind("\n") + 1

    for path, node in leaves(yaml.compose(text)):
        if node.end_mark.index < end_of_lines:
            assert found_at(found, path) == found_at(whole, path)
    if (
        isinstance(found, type(whole)) and "default_style" in style
    ):  # plain words may mean something else where they are cut
        assert is_beginning(found, whole)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a: 1\nb", {"a": 1}),
        ("a: 1\nb:", {"a": 1, "b": None}),
        ("a: 1\nb: 2", {"a": 1, "b": None}),
        ("a: 1\nb: 2\n", {"a": 1, "b": 2}),
        ("a:\n- x\n- y", {"a": ["x"]}),
        ('a: 1\nb: "x', {"a": 1, "b": "x"}),
        ('a: 1\nb: "x\\', {"a": 1, "b": "x"}),
        ('a: 1\nb: "x\\\\', {"a": 1, "b": "x\\"}),
        ('a: 1\nb: "x\\\\\\', {"a": 1, "b": "x\\"}),
        ('a: 1\nb: "x\\u00', {"a": 1, "b": "x"}),
        ('a: 1\nb: "x\\U0001F60', {"a": 1, "b": "x"}),
        ("a: 1\nb: 'x", {"a": 1, "b": "x"}),
        ("a: 1\nb: 'x''", {"a": 1, "b": "x'"}),
        ("a: 1\nb: |\n  x\n  y", {"a": 1, "b": "x\ny"}),
        ("a: {b: 1, c: [1, 2", {"a": {"b": 1, "c": [1]}}),
        ("a: {b: 1, c: ['1', 't", {"a": {"b": 1, "c": ["1", "t"]}}),
        ("a: &x [1]\nb: *x\nc: *", {"a": [1], "b": [1], "c": None}),
        ("a: &x [1]\nb: *x", {"a": [1], "b": None}),
        ("a: !!binary |\n  aGVsbG8g\n  d29y", {"a": b"hello wor"}),
        ("a: !!binary |\n  aGVsbG8g\n  d2", {"a": b"hello "}),
        ("a: !!binary aGVsbG8", {"a": b"hel"}),
        ("- a: 1\n  b: 2\n- a: 3\n  b: {", [{"a": 1, "b": 2}, {"a": 3, "b": {}}]),
        ("? [a", None),
        ("", None),
        ("a", None),
        ("a: [&x [*x", {"a": [[]]}),
        ("[" * 200, None),
        ("a: 1\n--- \nb: 1", None),
        ("a: !!python/object:os.system\n  b: 1\nc: '", None),
    ],
)
def test_what_is_left_of_a_document_that_breaks_off(text: str, found: Any) -> None:
    assert readable_prefix(text.encode()) == found


def test_a_character_that_is_cut_in_two_is_left_out() -> None:
    assert readable_prefix("a: 'x€".encode()[:-1]) == {"a": "x"}


@pytest.mark.parametrize(
    "key",
    [
        "? !!python/object/apply:multidict._multidict.istr\n  - Content-Type\n",
        "? !!python/object/new:multidict._multidict.istr\n  - Content-Type\n",
        "? !!python/object/new:multidict.istr\n  args: [Content-Type]\n  state: {x: 1}\n",
        "!!python/object/apply:multidict._multidict.istr ['Content-Type']",
    ],
)
def test_the_name_of_a_header_is_the_text_in_it(key: str) -> None:
    assert decode_yaml(f"{key}: text/plain\n".encode()) == ({"Content-Type": "text/plain"}, None)


@pytest.mark.parametrize(
    "text",
    [
        "!!python/object/apply:os.system ['true']",
        "!!python/object/new:os.istrument ['true']",
        "!!python/object/apply:multidict.istr [[a]]",
        "!!python/object/apply:multidict.istr []",
        "!!python/object/apply:multidict.istr text",
        "!!python/object/new:multidict.istr {state: {}}",
        "!!python/name:multidict.istr ''",
    ],
)
def test_any_other_object_is_refused(text: str) -> None:
    value, problem = decode_yaml(f"a: {text}\n".encode())

    assert value is None
    assert problem is not None


@pytest.mark.parametrize("tag", ["!binary", "!!binary"])
def test_rubys_bytes_are_bytes(tag: str) -> None:
    assert decode_yaml(f"a: {tag} |-\n  w6nDqQ==\nb: 1\n".encode()) == ({"a": "éé".encode(), "b": 1}, None)
    assert readable_prefix(f"a: {tag} |-\n  w6nDqQ=".encode()) == {"a": "éé".encode()[:3]}


def test_uploads_and_bodies_in_pieces_are_what_vcrpy_reads_again() -> None:
    text = """
a: !!python/object/new:_io.BytesIO
  state: !!python/tuple
  - !!binary aGVsbG8=
  - 0
  - null
b: !!python/tuple [1, [2]]
c: !!python/object/apply:builtins.iter
- - x
  - y
"""
    assert decode_yaml(text.encode()) == ({"a": b"hello", "b": [1, [2]], "c": ["x", "y"]}, None)
