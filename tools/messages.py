"""Write the types of what the explorer's page and Python say to each other, web/messages.d.ts; with --check only say whether
it is current."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Final, Literal, NotRequired, Union, get_args, get_origin, get_type_hints, is_typeddict

from recexplore.server.notices import Notice
from recexplore.views.explorer.answers import QUESTIONS
from recexplore.views.explorer.panes import PANES
from recexplore.views.find.search_table import AnswerTexts, SearchTable

TARGET: Final = Path(__file__).parent.parent / "recexplore" / "views" / "explorer" / "web" / "messages.d.ts"

INTRO: Final = """\
// What the explorer's page and Python say to each other. Made from the types of `recexplore/views/explorer` by
// `make docs`; change them there. Read by the compiler that checks the page, not by the page.
"""

CARRIER: Final = """\
/** Carries a question to Python; its answer comes with the buffers that travel beside it. */
export type Ask = <Q extends keyof Questions>(
  what: Q, given: Questions[Q]["given"],
) => Promise<{ value: Questions[Q]["answer"]; buffers: DataView[] }>;
"""

BROUGHT: Final = (SearchTable, AnswerTexts)
"""What a page brings with it that has its answers inside."""

PRIMITIVES: Final[dict[Any, str]] = {
    str: "string",
    int: "number",
    float: "number",
    bool: "boolean",
    NoneType: "null",
    object: "unknown",
}


class Declarations:
    """The interfaces of all shapes that were met, each behind those that it is made of."""

    def __init__(self) -> None:
        self._shapes: dict[str, Any] = {}
        self.texts: list[str] = []

    def type_of(self, hint: Any) -> str:
        """A Python type as TypeScript writes it."""
        if hint in PRIMITIVES:
            return PRIMITIVES[hint]
        if is_typeddict(hint):
            self._declare(hint)
            return str(hint.__name__)
        origin, arguments = get_origin(hint), get_args(hint)
        if origin is NotRequired:
            return self.type_of(arguments[0])
        if origin is Literal:
            return " | ".join(f'"{value}"' if isinstance(value, str) else str(value).lower() for value in arguments)
        if origin in (Union, UnionType):
            return " | ".join(map(self.type_of, arguments))
        if origin is tuple:
            return f"[{', '.join(map(self.type_of, arguments))}]"
        if origin in (list, Sequence):
            inner = self.type_of(arguments[0])
            return f"({inner})[]" if get_origin(arguments[0]) in (Union, UnionType, Literal) else f"{inner}[]"
        if origin is dict and arguments[0] is str:
            return f"Record<string, {self.type_of(arguments[1])}>"
        raise TypeError(f"no message can be of type {hint!r}")

    def _declare(self, shape: Any) -> None:
        known = self._shapes.get(shape.__name__)
        if known is shape:
            return
        if known is not None:
            raise TypeError(f"two shapes are called {shape.__name__}: of {known.__module__} and of {shape.__module__}")
        self._shapes[shape.__name__] = shape
        members = [
            f"  {name}{'?' if is_optional(shape, name, hint) else ''}: {self.type_of(hint)};\n"
            for name, hint in get_type_hints(shape, include_extras=True).items()
        ]
        self.texts.append(f"{comment(shape)}export interface {shape.__name__} {{\n{''.join(members)}}}\n")


def is_optional(shape: Any, name: str, hint: Any) -> bool:
    """Whether a key may be left out; of postponed annotations a shape only knows its totality itself."""
    return get_origin(hint) is NotRequired or name in shape.__optional_keys__


def comment(shape: Any) -> str:
    lines = [
        line for line in inspect.cleandoc(shape.__doc__).replace("``", "`").replace("None", "null").splitlines() if line
    ]
    if len(lines) == 1:
        return f"/** {lines[0]} */\n"
    return "".join(["/**\n", *(f" * {line}\n" for line in lines), " */\n"])


def arguments(question: Callable[..., Any], declarations: Declarations) -> str:
    """What a question is asked with: the keyword arguments of the function that answers it."""
    hints = get_type_hints(question)
    own = [each for each in inspect.signature(question).parameters.values() if each.kind is each.KEYWORD_ONLY]
    optional = {each.name: "" if each.default is each.empty else "?" for each in own}
    members = [f"{name}{mark}: {declarations.type_of(hints[name])}" for name, mark in optional.items()]
    return f"{{ {'; '.join(members)} }}" if members else "{}"


def answer(name: str, question: Callable[..., Any], declarations: Declarations) -> str:
    value, _ = get_args(get_type_hints(question)["return"])
    return "Panes[keyof Panes]" if name == "pane" else declarations.type_of(value)


def text() -> str:
    declarations = Declarations()
    panes = [f"  {name}: {declarations.type_of(get_type_hints(pane)['return'])};\n" for name, pane in PANES.items()]
    questions = [
        f"  {name}: {{ given: {arguments(question, declarations)}; answer: {answer(name, question, declarations)} }};\n"
        for name, question in QUESTIONS.items()
    ]
    notice = declarations.type_of(Notice)
    for shape in BROUGHT:
        declarations.type_of(shape)
    tables = [
        f"/** What is answered for each pane. */\nexport interface Panes {{\n{''.join(panes)}}}\n",
        f"/** What the page asks, and what it is answered. */\nexport interface Questions {{\n{''.join(questions)}}}\n",
        f"/** What a page is told without having asked. */\nexport type Notice = {notice};\n",
    ]
    return "\n".join([INTRO, *declarations.texts, *tables, CARRIER])


def main() -> int:
    if "--check" in sys.argv[1:]:
        if TARGET.read_text(encoding="utf-8") == text():
            return 0
        print(f"{TARGET.name} is not what recexplore/views/explorer says; run `make docs`", file=sys.stderr)
        return 1
    TARGET.write_text(text(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
