"""Where a text writes a call of a tool: behind one of the marks that models use, as JSON, or as in Python.

Takes a text and the tools that were offered, gives what is written and where. What stands in code fences or between
backticks is only spoken of, and so is a call in the middle of a text: one that was meant begins the text, or ends it.
"""

from __future__ import annotations

import ast
import difflib
import json
import re
import warnings
from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from typing import Any, Final, NamedTuple

from recexplore.rules.quoting import quoted

__all__ = ["RESEMBLES", "Offered", "Written", "is_well_formed", "marked_call", "rest_of_call", "unmarked_call"]

RESEMBLES: Final = (
    r"\A\s*(?:[\[{\"',<]|[A-Za-z_][\w.]*\()|[:：][^\S\n]*\n\s*[\[{]|tool_call|tool_use|toolcall|function_call|<function|<invoke|python_tag"
    r"|TOOL_CALLS|<｜|to=functions"
)
"""A text in which a call may be written holds this."""

_LONGEST: Final = 10_000
_MOST_TRIES: Final = 8
_MOST_MARKS: Final = 1_000
_TAIL: Final = " \t\r\n]}>)"
_LONGEST_LEAD: Final = 600
_ARGUMENTS: Final = ("arguments", "parameters", "args", "input")

_FENCED: Final = re.compile(r"^[ \t]*```.*?(?:^[ \t]*```|\Z)|`[^`\n]{1,400}`", re.DOTALL | re.MULTILINE)
_MARK: Final = re.compile(
    r"<(?:tool_calls?|toolcall|function_calls|tool_use|start_function_call|[a-z]{2,20}:tool_call)>"
    r"|<\|python_tag\|>|\[TOOL_CALLS\]|<\|tool_calls?(?:_section)?(?:_begin|_start)?\|>|<｜[^｜<>]{0,20}tool▁calls?▁begin｜>"
    r"|<function[=_](?!calls>)(?=\w)|<function name=(?=\")|<invoke name=(?=\")"
    r"|(?:\b(?:assistant)?(?:commentary|analysis)\s{0,4})?to=functions\.(?=\w)"
)
"""What models write before a call."""
_CHANNEL: Final = re.compile(
    r"<\|(?:start|channel|message)\|>|\A\s*analysis(?:\b|(?=[A-Z]))|assistant(?:analysis|commentary)"
)
_BETWEEN: Final = re.compile(
    r"(?:\s{1,200}|<\|[\w ]{1,40}\|>|<｜[^｜<>]{1,40}｜>|<(?:tool_call|function_calls)>|function(?=<｜)|call:"
    r"|functions\.){0,20}"
)
_NAMED_TAG: Final = re.compile(r"<function[=_](?!calls>)\"?([\w.-]+)|<(?:function|invoke) name=\"([^\"<>]{1,100})\"")
_NAME: Final = re.compile(r"\"?([A-Za-z_][\w.-]*)\"?(?::\d+)?(\s*)(?=[\[{(<>]|json\b)|([A-Za-z_][\w.-]*)(?=\s|<)")
_CLOSER: Final = re.compile(
    r"</(?:tool_calls?|toolcall|function_calls|tool_use|function|invoke|[a-z]{2,20}:tool_call)>|<end_function_call>"
    r"|<\|tool_calls?(?:_section)?_end\|>|<\|(?:eom_id|eot_id|im_end|call|end|end_of_text)\|>|<｜[^｜<>]{0,40}(?:end|sentence)[^｜<>]{0,20}｜>"
)
_QUOTES: Final = "`'\"“”‘’„«»「『"
_BEGUN: Final = re.compile(
    r"\[?\s*\{[^{}]{0,80}?[\"']?(?:name|function|tool)[\"']?\s*[:,]\s*[\"']([\w.-]+)[\"']\s*,\s*[\"']?(?:parameters|arguments|args|input)\b"
)
"""How JSON begins that is a call, whole or broken."""
_PYTHONIC: Final = re.compile(r"\[?\s*([A-Za-z_][\w.]*)\(.*\)\s*+\]?\s*+\Z", re.DOTALL)
_OWN_LINE: Final = re.compile(r"\n[ \t]*(?=[\[{])")
_SPOKEN_OF: Final = re.compile(
    r"\b(?:could|would|can|might|may|should|example|e\.g|such as|like this|looks? like|format|syntax|schema|if you|called by"
    r"|beispiel|könn|würde|exemple|pourr|ejemplo|podr|esempio|potre|exemplo|poder|voorbeeld|przykład)|\?"
    r"|例|示例|格式|たとえば|예를|ví dụ|приме?р|мож[ен]",
    re.IGNORECASE,
)
"""Words by which a call is spoken of, and not made."""
_REST: Final = re.compile(
    r"\s*[\"}]?\s*,\s*\"(?:parameters|arguments|args|input)\"\s*:.{0,400}\Z|\s*(?:[\]}\"]{1,6}\s*)?</tool_calls?>\s*\Z",
    re.DOTALL,
)


class Offered(NamedTuple):
    """What may be called: the names of the tools, and the names of their parameters."""

    names: frozenset[str]
    parameters: Mapping[str, frozenset[str]]

    def resembles(self, name: str, arguments: Any) -> bool:
        """Whether a call of a name that nobody declared is like one of a tool: by the name, or by what it is given."""
        if difflib.get_close_matches(name, self.names, n=1, cutoff=0.8):
            return True
        given = frozenset(arguments) if isinstance(arguments, dict) else frozenset()
        return bool(given) and any(given <= own for own in self.parameters.values())


class Written(NamedTuple):
    """A call in a text.

    Attributes
    ----------
    start, end
        Where it stands.
    name
        What it calls.
    how
        How it is written, in words.
    is_certain
        Whether nothing else can be meant.
    is_whole
        Whether the text is the call and nothing else.
    mark
        The mark before it, if one is.
    """

    start: int
    end: int
    name: str
    how: str
    is_certain: bool
    is_whole: bool
    mark: str | None = None

    @property
    def has_token(self) -> bool:
        """Whether the mark is a special token of the model."""
        return self.mark is not None and self.mark.startswith(("<|", "<｜", "["))


def marked_call(text: str, offered: Offered) -> Written | None:
    """The first call behind a mark that begins the text or stands at its end."""
    plain = _without_code(text)
    begin, stop = len(plain) - len(plain.lstrip()), len(plain.rstrip(_TAIL))
    closed = max((closer.end() for closer in _CLOSER.finditer(plain)), default=0)
    last = 0
    for mark in islice(_MARK.finditer(plain), _MOST_MARKS):
        if mark.start() < last or plain[mark.start() - 1 : mark.start()] in tuple(_QUOTES):
            continue
        behind = _behind(plain, mark)
        if behind is None:
            continue
        name, end = behind
        end = max(end, closed if closed > mark.end() else 0) or len(plain)
        begins, ends = mark.start() <= begin, end >= stop
        if begins or (ends and not _SPOKEN_OF.search(_last_line(plain[: mark.start()]))):
            how = f"the mark {quoted(mark.group())} stands in it, and a call of {quoted(name)} behind it"
            written_to = len(text.rstrip()) if ends else end
            start = _begin_of_channels(plain, mark)
            written = Written(
                start, written_to, name, how, name in offered.names, is_whole=begins and ends, mark=mark.group()
            )
            return written._replace(is_certain=written.is_certain or written.has_token)
        last = end
    return None


def _begin_of_channels(text: str, mark: re.Match[str]) -> int:
    """Where what a mark belongs to begins: of Harmony, which calls behind channels, its first token or channel."""
    opened = _CHANNEL.search(text, 0, mark.start()) if mark.group().endswith("to=functions.") else None
    return mark.start() if opened is None else opened.start()


def unmarked_call(text: str, offered: Offered, *, is_json_asked: bool) -> Written | None:
    """A call that is all a text says, or that begins or ends it."""
    plain = _without_code(text)
    start, stop = len(plain) - len(plain.lstrip()), len(plain.rstrip())
    if name := _called_in_python(plain[start:stop], offered):
        return Written(start, stop, name, f"a call of {quoted(name)} is all it says", is_certain=True, is_whole=True)
    if is_json_asked:
        return None
    if plain[start : start + 1] in ("[", "{"):
        return _begins_as_json(plain, start, stop, offered)
    return _ends_as_json(plain, start, stop, offered)


def is_well_formed(text: str, written: Written) -> bool:
    """Whether the JSON of a written call, if it has some, is whole."""
    begin = re.compile(r"[\[{]").search(text, written.start + len(written.mark or ""), written.end)
    return begin is None or _decoded(text, begin.start())[1] > 0


def rest_of_call(text: str) -> bool:
    """Whether a text is nothing but what is left over where a call was cut out."""
    return len(text) <= _LONGEST and _REST.match(text) is not None


def _without_code(text: str) -> str:
    """The text with blanks where code stands."""
    return _FENCED.sub(lambda code: " " * len(code.group()), text) if "`" in text else text


def _last_line(text: str) -> str:
    return text.rstrip()[-_LONGEST_LEAD:].rpartition("\n")[2]


def _behind(text: str, mark: re.Match[str]) -> tuple[str, int] | None:
    """The name of the call behind a mark, and where its JSON ends (0: it is none); None where no call is."""
    if tag := _NAMED_TAG.match(text, mark.start()):
        return tag[1] or tag[2], 0
    between = _BETWEEN.match(text, mark.end())
    at = mark.end() if between is None else between.end()
    if text[at : at + 1] in ("[", "{"):
        return _json_behind(text, at)
    if tag := _NAMED_TAG.match(text, at):
        return tag[1] or tag[2], 0
    name = _NAME.match(text, at)
    if name is None or (name[3] and not _MARKS_A_NAME.search(text, mark.start(), at)):
        return None
    return (name[1] or name[3]).removesuffix(".call"), 0


_MARKS_A_NAME: Final = re.compile(r"tool_calls?(?:_section)?_begin\|>|tool▁|to=functions\.")
"""Marks behind which nothing but the name of a tool comes."""


def _json_behind(text: str, at: int) -> tuple[str, int] | None:
    value, end = _decoded(text, at)
    if end == 0:
        begun = _BEGUN.match(text, at)
        return (begun[1], 0) if begun else None
    call = next(_calls_in(value), None)
    return None if call is None else (call[0], end)


def _begins_as_json(text: str, start: int, stop: int, offered: Offered) -> Written | None:
    value, end = _decoded(text, start)
    if end == 0:
        begun = _BEGUN.match(text, start)
        if begun is None:
            return None
        how = f"it begins with broken JSON that calls {quoted(begun[1])}"
        return Written(start, stop, begun[1], how, begun[1] in offered.names, is_whole=True)
    calls = list(_calls_in(value))
    is_whole = end >= stop
    if not calls:
        return None
    name, arguments = calls[0]
    if name in offered.names:
        how = f"it begins with JSON that calls {quoted(name)}"
        return Written(start, stop if is_whole else end, name, how, is_certain=True, is_whole=is_whole)
    if is_whole and offered.resembles(name, arguments):
        how = f"JSON that calls {quoted(name)}, which the request does not declare, is all it says"
        return Written(start, stop, name, how, is_certain=False, is_whole=True)
    return None


def _ends_as_json(text: str, start: int, stop: int, offered: Offered) -> Written | None:
    """JSON in lines of its own behind a short text that announces it."""
    window = max(start, stop - _LONGEST)
    for tried, line in enumerate(_OWN_LINE.finditer(text, window, stop)):
        lead = text[start : line.start()].rstrip()
        if tried >= _MOST_TRIES or len(lead) > _LONGEST_LEAD:
            break
        value, end = _decoded(text, line.end())
        if end != stop or not lead.endswith((":", "：")) or _SPOKEN_OF.search(lead):
            continue
        name = next((name for name, _ in _calls_in(value) if name in offered.names), None)
        if name is not None:
            return Written(
                line.end(), stop, name, f"JSON that calls {quoted(name)} ends it", is_certain=False, is_whole=False
            )
    return None


def _called_in_python(text: str, offered: Offered) -> str | None:
    """The first of one or several calls written as in Python, as Llama's models do: ``[weather(city="Oslo")]``."""
    if len(text) > _LONGEST:
        return None
    begun = _PYTHONIC.match(text)
    if begun is None or begun[1] not in offered.names:
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of escapes that Python does not know
            written = ast.parse(text, mode="eval").body
        calls = written.elts if isinstance(written, ast.List | ast.Tuple) else [written]
        called = [ast.unparse(call.func) if isinstance(call, ast.Call) else "" for call in calls]
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    return called[0] if called and all(name in offered.names for name in called) else None


def _decoded(text: str, at: int) -> tuple[Any, int]:
    """The JSON value at a place, and where it ends; 0 where there is none."""
    try:
        return json.JSONDecoder().raw_decode(text, at)
    except (ValueError, RecursionError):
        return None, 0


def _calls_in(value: Any) -> Iterator[tuple[str, Any]]:
    """The calls that a JSON value is, alone or in a list: their names and arguments."""
    if isinstance(value, dict) and isinstance(wrapped := value.get("tool_calls"), list):
        value = wrapped
    for each in value[:_MOST_TRIES] if isinstance(value, list) else [value]:
        if isinstance(each, str) and each.lstrip().startswith("{"):
            each, _ = _decoded(each, len(each) - len(each.lstrip()))
        call = _call(each)
        if call is not None:
            yield call


def _call(value: Any) -> tuple[str, Any] | None:
    if not isinstance(value, dict):
        return None
    inner = value.get("function")
    call = inner if isinstance(inner, dict) else value
    name = call.get("name", inner if isinstance(inner, str) else call.get("tool"))
    given = next((call[field] for field in _ARGUMENTS if field in call), _MISSING)
    if (
        not isinstance(name, str)
        or not name
        or "description" in call
        or not _ARE_ARGUMENTS.get(type(given), _never)(given)
    ):
        return None
    return name, given


_MISSING: Final = object()


def _never(_: Any) -> bool:
    return False


_ARE_ARGUMENTS: Final[Mapping[type, Callable[[Any], bool]]] = {
    # Not the schema of a tool, which an answer may list.
    dict: lambda given: not ("properties" in given and isinstance(given.get("type", ""), str)),
    str: lambda given: not given.strip() or given.lstrip().startswith("{"),
    type(None): lambda _: True,
}
