"""YAML with care: plain data and nothing else.

Takes bytes, gives the value or a `Problem`. Beyond YAML's own types only the tags that old recorders wrote are known,
and only as the text they hold: no object is ever made. The document's events are read first, which takes no recursion,
and what nests too deep or repeats by alias is refused before anything is built: a C loader that recurses can be made to
crash, and aliases to grow without bound.
"""

from __future__ import annotations

from typing import Any, Final

import yaml

from recexplore.model.exchange import Json, Problem

__all__ = ["MAX_DEPTH", "MAX_GROWTH", "compose_yaml", "decode_yaml", "readable_prefix"]

MAX_DEPTH: Final = 100
MAX_GROWTH: Final = 10
_SMALL: Final = 100_000
_MOST_DIGITS: Final = 400

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_OLD_TAGS: Final = ("tag:yaml.org,2002:python/unicode", "tag:yaml.org,2002:python/str")


class _CassetteLoader(_Loader):  # type: ignore[misc]
    """The safe loader, and the two tags of Python 2's strings."""


def _text(loader: Any, node: Any) -> str:
    return str(loader.construct_scalar(node))


for _tag in _OLD_TAGS:
    _CassetteLoader.add_constructor(_tag, _text)


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
        if "\ufffd" in text and not _is_utf8(data):
            hint = "what could not be read is U+FFFD; the file has the bytes"
            damage = Problem("bytes that are not UTF-8", "UTF-8", "other bytes", hint, exchange=0)
        if (found := _too_much(text)) is not None:
            hint = "it is no recording of a cassette's kind"
            return None, Problem("YAML that is refused", "plain, shallow data", found, hint, exchange=0)
        return _plain(yaml.load(text, _CassetteLoader)), damage
    except (yaml.YAMLError, ValueError, TypeError, LookupError, RecursionError, OverflowError) as error:
        found = " ".join(str(error).split())[:200]
        return None, Problem("not YAML that can be read", "a YAML document", found, "record it again", exchange=0)


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


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
    """The value of a document that breaks off, as far as it goes; None where that is nothing.

    A block of text that the end cuts is still YAML. A quoted one is closed; where that does not help, the last item of the
    outermost list is left out.
    """
    for attempt in _attempts(_whole_characters(data)):
        value, problem = decode_yaml(attempt)
        if problem is None and value is not None:
            return value
    return None


def _whole_characters(data: bytes) -> bytes:
    """Without the part of a character that the end cuts in two."""
    for end in range(len(data), max(len(data) - 4, -1), -1):
        try:
            data[:end].decode()
        except UnicodeDecodeError:
            continue
        return data[:end]
    return data


def _attempts(data: bytes) -> tuple[bytes, ...]:
    """What to read instead of a document that breaks off."""
    last_item = data.rfind(b"\n- ")
    return data.rstrip(b"\\") + b'"', data + b"'", data[: last_item + 1] if last_item > 0 else b""


def compose_yaml(data: bytes) -> tuple[str, Any]:
    """The text of a document, or of the prefix that can be read, and its nodes with their places in that text.

    Nodes are composed after the same scan as values; None where there are none. Texts keep their places where an alias
    repeats them.
    """
    for attempt in (data, *_attempts(_whole_characters(data))):
        text = attempt.decode("utf-8-sig", "replace")
        try:
            if _too_much(text) is None and (node := yaml.compose(text, _CassetteLoader)) is not None:
                return text, node
        except (yaml.YAMLError, ValueError, TypeError, LookupError, RecursionError, OverflowError):
            continue
    return "", None


def _too_much(text: str) -> str | None:
    """What is too much in a document, in words."""
    n_documents = 0
    # What each open collection holds so far, written out: a character, or a node, counts one.
    open_sizes = [0]
    open_anchors: list[str | None] = []
    sizes: dict[str, int] = {}
    for event in yaml.parse(text, _Loader):
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
        if open_sizes[-1] > MAX_GROWTH * len(text) + _SMALL:
            return f"aliases that grow to more than {MAX_GROWTH} times the file"
    return None
