"""YAML with care: plain data and nothing else.

Takes bytes, gives the value or a `Problem`. Beyond YAML's own types only the tags that recorders write are known, and only
as the text or the bytes they hold: nothing is imported, no object made. The document's events are read first, which takes
no recursion, and what nests too deep or repeats by alias is refused before anything is built: a C loader that recurses can
be made to crash, and aliases to grow without bound.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import Any, Final

import yaml
from yaml.composer import Composer
from yaml.constructor import SafeConstructor
from yaml.resolver import Resolver

from recexplore.model.exchange import Json, Problem
from recexplore.read.wire.packed_text import is_utf8

__all__ = ["MAX_DEPTH", "MAX_GROWTH", "compose_yaml", "decode_yaml", "readable_prefix"]

MAX_DEPTH: Final = 100
MAX_GROWTH: Final = 10
_SMALL: Final = 100_000
_MOST_DIGITS: Final = 400

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_UNREADABLE: Final = (yaml.YAMLError, ValueError, TypeError, LookupError, RecursionError, OverflowError)
_RUBY_BINARY: Final = "!binary"
_PYTHON_OBJECTS: Final = ("tag:yaml.org,2002:python/object/apply:", "tag:yaml.org,2002:python/object/new:")
_OLD_TAGS: Final = ("tag:yaml.org,2002:python/unicode", "tag:yaml.org,2002:python/str")


class _CassetteLoader(_Loader):  # type: ignore[misc]
    """The safe loader, and the tags of recorders: Python 2's strings, Ruby's bytes, header names of multidict."""


def _text(loader: Any, node: Any) -> str:
    return str(loader.construct_scalar(node))


for _tag in _OLD_TAGS:
    _CassetteLoader.add_constructor(_tag, _text)
# Psych, Ruby's YAML, writes the tag without the second exclamation mark.
_CassetteLoader.add_constructor(_RUBY_BINARY, SafeConstructor.construct_yaml_binary)


def _header_name(loader: Any, suffix: str, node: Any) -> str:
    """The text of an ``istr``, as aiohttp hands a header's name to recorders: the first of the arguments it was made of."""
    is_mapping = isinstance(node, yaml.MappingNode)
    arguments = next((value for key, value in node.value if key.value == "args"), None) if is_mapping else node
    first = arguments.value[0] if isinstance(arguments, yaml.SequenceNode) and arguments.value else None
    if not suffix.endswith(".istr") or not isinstance(first, yaml.ScalarNode):
        raise yaml.constructor.ConstructorError(None, None, f"the tag {node.tag!r} is not read", node.start_mark)
    return str(first.value)


def _bytes_of_a_file(loader: Any, node: Any) -> Any:
    """What a file in memory holds (``io.BytesIO``): the first item of its state."""
    states = [value for key, value in node.value if key.value == "state"] if isinstance(node, yaml.MappingNode) else []
    first = states[0].value[0] if states and isinstance(states[0], yaml.SequenceNode) and states[0].value else None
    if not isinstance(first, yaml.ScalarNode):
        raise yaml.constructor.ConstructorError(None, None, f"the tag {node.tag!r} is not read", node.start_mark)
    return loader.construct_object(first)


def _items_of_an_iterator(loader: Any, node: Any) -> Any:
    """The list that an iterator was made of."""
    first = node.value[0] if isinstance(node, yaml.SequenceNode) and node.value else None
    if not isinstance(first, yaml.SequenceNode):
        raise yaml.constructor.ConstructorError(None, None, f"the tag {node.tag!r} is not read", node.start_mark)
    return loader.construct_sequence(first, deep=True)


def _sequence(loader: Any, node: Any) -> Any:
    return loader.construct_sequence(node, deep=True)


for _tag in _PYTHON_OBJECTS:
    _CassetteLoader.add_multi_constructor(_tag, _header_name)
    # What vcrpy itself reads again: uploads, and bodies that were sent piece by piece.
    _CassetteLoader.add_constructor(f"{_tag}_io.BytesIO", _bytes_of_a_file)
    _CassetteLoader.add_constructor(f"{_tag}builtins.iter", _items_of_an_iterator)
_CassetteLoader.add_constructor("tag:yaml.org,2002:python/tuple", _sequence)


def _integer(loader: Any, node: Any) -> Any:
    """Digits between colons stay text: reading them as base 60 takes a time that grows with their square."""
    text = str(loader.construct_scalar(node))
    return text if ":" in text or len(text) > _MOST_DIGITS else yaml.SafeLoader.construct_yaml_int(loader, node)


def _number(loader: Any, node: Any) -> Any:
    text = str(loader.construct_scalar(node))
    return text if ":" in text or len(text) > _MOST_DIGITS else yaml.SafeLoader.construct_yaml_float(loader, node)


_CassetteLoader.add_constructor("tag:yaml.org,2002:int", _integer)
_CassetteLoader.add_constructor("tag:yaml.org,2002:float", _number)
# A date stays the text it was written as: JSON has no dates.
_CassetteLoader.add_constructor("tag:yaml.org,2002:timestamp", _text)


def decode_yaml(data: bytes) -> tuple[Json, Problem | None]:
    """The value of the only document, and what is the matter with it; None where it cannot be read."""
    damage = None
    try:
        text = data.decode("utf-8-sig", "replace")
        if "\ufffd" in text and not is_utf8(data, may_be_cut=False):
            hint = "what could not be read is U+FFFD; the file has the bytes"
            damage = Problem("bytes that are not UTF-8", "UTF-8", "other bytes", hint, exchange=0)
        if (found := _too_much(yaml.parse(text, _Loader), len(text))) is not None:
            hint = "it is no recording of a cassette's kind"
            return None, Problem("YAML that is refused", "plain, shallow data", found, hint, exchange=0)
        return _plain(yaml.load(text, _CassetteLoader)), damage
    except _UNREADABLE as error:
        found = " ".join(str(error).split())[:200]
        return None, Problem("not YAML that can be read", "a YAML document", found, "record it again", exchange=0)


def _plain(value: Any) -> Json:
    """What JSON has, and bytes: no sets, no tuples, no keys but text."""
    if isinstance(value, dict):
        return {_key(key): _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple | set):
        return [_plain(each) for each in value]
    if isinstance(value, int) and not isinstance(value, bool) and not -(2**63) <= value < 2**64:
        # Python refuses to write very long numbers in decimals.
        return str(value) if value.bit_length() < 10_000 else hex(value)
    return value


def _key(key: Any) -> str:
    return key.decode("utf-8", "backslashreplace") if isinstance(key, bytes) else str(key)


def readable_prefix(data: bytes) -> Json:
    """The value of a document that breaks off, with everything whose lines are whole; None where that is nothing.

    A text that the end cuts is kept as far as it goes; a plain word or number, which then means something else, is not.
    """
    _, document = _until_it_breaks(data)
    try:
        return _plain(document.get_single_data())
    except _UNREADABLE:
        return None


def compose_yaml(data: bytes) -> tuple[str, Any]:
    """The text of a document, or of the prefix that can be read, and its nodes with their places in that text.

    Nodes are composed after the same scan as values; None where there are none. Texts keep their places where an alias
    repeats them.
    """
    text = data.decode("utf-8-sig", "replace")
    try:
        if _too_much(yaml.parse(text, _Loader), len(text)) is None and (node := yaml.compose(text, _CassetteLoader)):
            return text, node
    except _UNREADABLE:
        pass
    text, document = _until_it_breaks(data)
    try:
        return text, document.get_single_node()
    except _UNREADABLE:
        return "", None


class _Document(Composer, SafeConstructor, Resolver):
    """A loader of events that were read already."""

    yaml_constructors = _CassetteLoader.yaml_constructors
    yaml_multi_constructors = _CassetteLoader.yaml_multi_constructors

    def __init__(self, events: Iterable[yaml.Event]) -> None:
        Composer.__init__(self)
        SafeConstructor.__init__(self)
        Resolver.__init__(self)
        self._events = deque(events)

    def check_event(self, *kinds: type[yaml.Event]) -> bool:
        return bool(self._events) and (not kinds or isinstance(self._events[0], kinds))

    def peek_event(self) -> yaml.Event | None:
        return self._events[0] if self._events else None

    def get_event(self) -> yaml.Event | None:
        return self._events.popleft() if self._events else None


def _until_it_breaks(data: bytes) -> tuple[str, _Document]:
    """The text of a document that breaks off, and the document, closed there; an empty one where it is refused.

    A quoted text is closed with the quote that gets furthest.
    """
    text = _whole_characters(data).decode("utf-8-sig", "replace")
    attempts = (text, _CUT_ESCAPE.sub(r"\1", text) + '"', f"{text}'")
    text, events = max(((each, _events_of(each)) for each in attempts), key=lambda attempt: len(attempt[1]))
    closed = _closed(events, text)
    return text, _Document(closed if _too_much(closed, len(text)) is None else _NO_DOCUMENT)


# A backslash, and what may follow it, that no even number of others makes a character of its own.
_CUT_ESCAPE: Final = re.compile(r"(?<!\\)((?:\\\\)*)\\(?:x[\da-fA-F]?|u[\da-fA-F]{0,3}|U[\da-fA-F]{0,7})?\Z")
_NO_DOCUMENT: Final = (yaml.StreamStartEvent(), yaml.StreamEndEvent())


def _events_of(text: str) -> list[yaml.Event]:
    """The events up to the place where there is no YAML any more, or where it is nested too deep to be taken.

    The parser's time grows with the square of the depth.
    """
    events: list[yaml.Event] = []
    depth = 0
    with suppress(*_UNREADABLE):
        for event in yaml.parse(text, _Loader):
            events.append(event)
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if depth > MAX_DEPTH:
                break
    return events


def _closed(events: Sequence[yaml.Event], text: str) -> list[yaml.Event]:
    """The events with an end for every beginning and a value for every key, and without what may have gone on."""
    last = max((at for at, event in enumerate(events) if isinstance(event, yaml.NodeEvent)), default=-1)
    found: list[yaml.Event] = []
    # Every open collection, and how many keys, values or items it has so far.
    is_open: list[tuple[yaml.CollectionStartEvent, int]] = []
    for at, event in enumerate(events):
        if isinstance(event, yaml.NodeEvent):
            if at == last:
                event = _sure(event, text)
            holder, n = is_open.pop() if is_open else (None, 0)
            if holder is not None:
                is_open.append((holder, n + 1))
            if event is _MISSING and isinstance(holder, yaml.SequenceStartEvent):
                continue
            if isinstance(event, yaml.CollectionStartEvent):
                is_open.append((event, 0))
        elif isinstance(event, yaml.CollectionEndEvent):
            is_open.pop()
        found.append(event)
    for holder, n in reversed(is_open):
        is_mapping = isinstance(holder, yaml.MappingStartEvent)
        found += [_MISSING] * (is_mapping and n % 2)
        found.append(yaml.MappingEndEvent() if is_mapping else yaml.SequenceEndEvent())
    if not any(isinstance(event, yaml.DocumentStartEvent) for event in found):
        return [*_NO_DOCUMENT]
    return found if isinstance(found[-1], yaml.StreamEndEvent) else [*found, yaml.DocumentEndEvent(), _NO_DOCUMENT[-1]]


_MISSING: Final = yaml.ScalarEvent(None, None, (True, False), "")


def _sure(event: yaml.NodeEvent, text: str) -> yaml.NodeEvent:
    """The last node of a text that breaks off, as far as it is sure: text is, a word or a name that may go on is not."""
    is_at_the_end = event.end_mark is not None and not text[event.end_mark.index :].strip(" ")
    if isinstance(event, yaml.AliasEvent):
        return _MISSING if is_at_the_end else event
    if not isinstance(event, yaml.ScalarEvent):
        return event
    if event.tag in (_BINARY, _RUBY_BINARY):
        letters = "".join(event.value.split())
        event.value = letters[: len(letters) // 4 * 4]
    is_text = event.tag in (_BINARY, _RUBY_BINARY, _STRING, *_OLD_TAGS) or (event.tag is None and event.style)
    return event if is_text or (event.value and not is_at_the_end) else _MISSING


_STRING: Final = "tag:yaml.org,2002:str"
_BINARY: Final = "tag:yaml.org,2002:binary"


def _whole_characters(data: bytes) -> bytes:
    """Without the part of a character that the end cuts in two."""
    for end in range(len(data), max(len(data) - 4, -1), -1):
        try:
            data[:end].decode()
        except UnicodeDecodeError:
            continue
        return data[:end]
    return data


def _too_much(events: Iterable[yaml.Event], length: int) -> str | None:
    """What is too much in a document of some length, in words."""
    n_documents = 0
    # What each open collection holds so far, written out: a character, or a node, counts one.
    open_sizes = [0]
    open_anchors: list[str | None] = []
    sizes: dict[str, int] = {}
    for event in events:
        size = 0
        if isinstance(event, yaml.CollectionStartEvent):
            open_sizes.append(1)
            open_anchors.append(event.anchor)
            if len(open_anchors) > MAX_DEPTH:
                return f"nested deeper than {MAX_DEPTH}"
        elif isinstance(event, yaml.CollectionEndEvent):
            size, anchor = open_sizes.pop(), open_anchors.pop()
            if anchor is not None:
                sizes[anchor] = size
        elif isinstance(event, yaml.ScalarEvent):
            size = 1 + len(event.value)
            if event.anchor is not None:
                sizes[event.anchor] = size
        elif isinstance(event, yaml.AliasEvent):
            if event.anchor in open_anchors:
                return "a collection that holds itself"
            size = sizes.get(event.anchor or "", 0)
        elif isinstance(event, yaml.DocumentStartEvent):
            n_documents += 1
            if n_documents > 1:
                return "more than one document"
        open_sizes[-1] += size
        if open_sizes[-1] > MAX_GROWTH * length + _SMALL:
            return f"aliases that grow to more than {MAX_GROWTH} times the file"
    return None
