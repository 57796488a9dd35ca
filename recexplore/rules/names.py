"""The rule about the names under which a recorder keeps recordings."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from recexplore.rules.rule import Hit, Rule
from recexplore.rules.streams import Streams, rows

__all__ = ["RULES"]


def _legacy_hash(streams: Streams) -> Iterator[Hit]:
    if streams.file_names is None:
        return
    position = {recording: of for of, recording in enumerate(streams.ids)}
    for row in rows(streams.file_names):
        fits = (
            f"an older recorder ({row.generation}) gave it"
            if isinstance(row.generation, str)
            else "no known recorder gives it"
        )
        now = row.current_hash if isinstance(row.current_hash, str) else "not known"
        more = f": {row.remark}" if isinstance(row.remark, str) else ""
        yield Hit(
            position[row.recording],
            f"Today's recorder would not find this file by its name; {fits}{more}.",
            evidence=f"named {row.file_hash}, today's hash is {now}",
        )


RULES: Final[tuple[Rule, ...]] = (
    Rule(
        "legacy-hash",
        "The file's name is not the hash of its request",
        "note",
        meaning="The recorder of llama-stack/OGX looks recordings up by that hash: it does not find this one and asks "
        "the provider, or fails.",
        cause="The recording was made by an older recorder, or renamed or edited afterwards.",
        remedy="`recexplore why FILE RECORDINGS` tells which part of the request differs; record it again.",
        legal="Names without a hash. It is off unless selected: the name says nothing of the stream.",
        find=_legacy_hash,
        traits=frozenset(),
        needs=("request", "file name"),
        on=False,
    ),
)
