"""Write docs/usage.md, where each provider's usage figures are read from; with --check only say whether it is current."""

from __future__ import annotations

import sys
from pathlib import Path

from recexplore.model.schema import FRAMES
from recexplore.read.dialects import DIALECTS
from recexplore.read.extract.emit import UsageFields

TARGET = Path(__file__).parent.parent / "docs" / "usage.md"

TABLES: dict[str, UsageFields] = {dialect.name: dialect.usage for dialect in DIALECTS if dialect.usage is not None}

INTRO = """# What a usage report means

Made from the tables in `recexplore/read/dialects/` by `make docs`; change it there.

A row of `usage` is one report, as it came. Figures are read from these fields and never computed, except that one
split over two fields (joined by +) is their sum; of several alternatives the first that is there counts. Other fields
of a report are in its `extra`. Reports repeat and accumulate (Gemini and Databricks send one with every chunk,
Anthropic one at the start and one at the end, Fireworks one for each choice): all are kept as reported and never
summed. `recordings` has the last value of each figure (`prompt_tokens`, `completion_tokens` and so on).

**Providers count differently.** Whether `prompt` contains the `cached` tokens, and `completion` the `reasoning`
tokens, is said by every row of `usage`, in `prompt_includes_cached` and `completion_includes_reasoning`. Where they
do not, they come on top: what was paid for is `prompt + cached + cache_write`, or `completion + reasoning`.
`recexplore.figures.tokens` takes this into account.
"""


def figures() -> list[str]:
    return [
        column.name
        for column in FRAMES["usage"].columns
        if column.dtype == "Int64" and column.name not in ("chunk", "choice")
    ]


def fields_of(table: UsageFields, figure: str) -> str:
    alternatives = table.paths.get(figure, ())
    return (
        " or ".join(" + ".join(f"`{'.'.join(path)}`" for path in summands) for summands in alternatives)
        or "not reported"
    )


def section(name: str, table: UsageFields) -> str:
    cached = "included in" if table.prompt_includes_cached else "on top of"
    reasoning = "included in" if table.completion_includes_reasoning else "on top of"
    rows = "\n".join(f"| `{figure}` | {fields_of(table, figure)} |" for figure in figures() if figure in table.paths)
    return (
        f"## `{name}`\n\nCached tokens are {cached} `prompt`, reasoning tokens {reasoning} `completion`.\n\n"
        f"| figure | field |\n|---|---|\n{rows}\n"
    )


def text() -> str:
    return "\n".join([INTRO, *(section(name, table) for name, table in TABLES.items())])


def main() -> int:
    if "--check" in sys.argv[1:]:
        if TARGET.exists() and TARGET.read_text(encoding="utf-8") == text():
            return 0
        print(f"{TARGET.name} is not what the dialects say; run `make docs`", file=sys.stderr)
        return 1
    TARGET.write_text(text(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
