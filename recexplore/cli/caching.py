"""The command that says what the cache holds, and clears it: ``cache``.

Takes arguments, prints a line for each folder that is kept. Removes nothing but the cache's own files.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from recexplore.cli.printing import print_json, print_text
from recexplore.cli.recordings import AsJson
from recexplore.model.counts import count, size_in_words

if TYPE_CHECKING:
    from recexplore.read.cache.place import Kept

__all__ = ["cache"]


def cache(
    clear: Annotated[bool, typer.Option("--clear", help="Remove everything that is kept.")] = False,
    as_json: AsJson = False,
) -> None:
    """Say what is kept of folders that were read, so that they open at once; or clear it."""
    from recexplore.read.cache import place

    folder = place.cache_folder()
    if folder is None:
        _say(
            {"folder": None, "kept": []},
            [f"there is no cache: {place.VARIABLE} is off, or no folder for it can be had"],
            as_json,
        )
    elif clear:
        n_bytes = place.clear(folder)
        _say(
            {"folder": str(folder), "removed_bytes": n_bytes}, [f"{folder}: {size_in_words(n_bytes)} removed"], as_json
        )
    else:
        kept = place.kept(folder)
        _say({"folder": str(folder), "kept": list(map(_facts, kept))}, _lines(str(folder), kept), as_json)


def _say(facts: dict[str, object], lines: list[str], as_json: bool) -> None:
    """Facts for scripts, or lines for people."""
    from rich.text import Text

    from recexplore.views.text.safe_text import one_line

    if as_json:
        print_json(facts)
    else:
        print_text(Text("\n".join(map(one_line, lines))))


def _facts(kept: Kept) -> dict[str, object]:
    used = datetime.fromtimestamp(kept.used_s, UTC).isoformat(timespec="seconds")
    return {"of": kept.folder, "recordings": kept.n_recordings, "bytes": kept.n_bytes, "used": used}


def _lines(folder: str, kept: list[Kept]) -> list[str]:
    from recexplore.read.cache.place import MOST_BYTES_OF_ALL

    n_bytes = sum(each.n_bytes for each in kept)
    lines = [f"{folder}: {size_in_words(n_bytes)} of {size_in_words(MOST_BYTES_OF_ALL)}"]
    for each in kept:
        used = datetime.fromtimestamp(each.used_s).astimezone().strftime("%Y-%m-%d %H:%M")
        of = f"{each.folder}, {count(each.n_recordings, 'recording')}" if each.folder else "of another version"
        lines.append(f"  {size_in_words(each.n_bytes):>9}  used {used}  {of}")
    return lines
