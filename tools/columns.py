"""Write the column dictionary, docs/columns.md, from the schema; with --check only say whether it is current."""

from __future__ import annotations

import sys
from pathlib import Path

from recexplore.model.kinds import TABLE
from recexplore.model.schema import FRAMES, PHASES, SKIPPED, TAGS, Frame

TARGET = Path(__file__).parent.parent / "docs" / "columns.md"

INTRO = f"""# The column dictionary

Made from `recexplore/model/schema.py` and `recexplore/model/kinds.py` by `make docs`; change it there.

Every frame is tidy and joins the others on `recording`. What was not recorded is missing (`NaN` or `<NA>`), never zero.

Types: `str` is Arrow-backed text; `int64` is never missing; `Int64` and `boolean` may be missing; `float64` has `NaN` where
missing; `category` holds only the values that are listed; `time` is UTC with microseconds.

- `kind` is one of: {", ".join(f"`{kind.name}`" for kind in TABLE)}; [what they are](#kinds-of-events).
- `phase` is one of: {", ".join(f"`{phase}`" for phase in PHASES)}.
- `tag` is one of: {", ".join(f"`{tag}`" for tag in TAGS)}.
"""


def section(frame: Frame) -> str:
    rows = "\n".join(f"| `{column.name}` | {column.dtype} | {column.meaning} |" for column in frame.columns)
    return f"## `{frame.name}`\n\nOne row per {frame.row}.\n\n| column | type | meaning |\n|---|---|---|\n{rows}\n"


def kinds() -> str:
    rows = "\n".join(f"| `{kind.name}` | {kind.meaning} |" for kind in TABLE)
    return f"## Kinds of events\n\n| kind | what it is |\n|---|---|\n{rows}\n"


def text() -> str:
    return "\n".join([INTRO, *map(section, [*FRAMES.values(), SKIPPED]), kinds()])


def main() -> int:
    if "--check" in sys.argv[1:]:
        if TARGET.read_text(encoding="utf-8") == text():
            return 0
        print(f"{TARGET.name} is not what recexplore/model says; run `make docs`", file=sys.stderr)
        return 1
    TARGET.write_text(text(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
