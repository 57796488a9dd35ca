"""A stream whose texts come in other pieces than they were recorded in, and what a dialect then reads otherwise.

Only chunks that bring text and nothing else are cut, for no other chunk could be sent twice. Never reads a file.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from recexplore.model.exchange import Json
from recexplore.model.kinds import JOINED_KINDS, KINDS
from recexplore.read.extract.dialect import Dialect
from recexplore.testing.extracted import extracted, joined_texts
from recexplore.testing.wrong_types import Place, bent, place_name, places, value_in

__all__ = ["letter_by_letter", "texts_changed_by_cuts"]


def texts_changed_by_cuts(dialect: Dialect, chunks: Sequence[Json], texts: Iterable[str]) -> list[str] | None:
    """What is said otherwise where each text of a stream comes in pieces.

    The chunks that bring text and nothing else are sent once for each piece: for each letter, and for two pieces cut in any
    place. So is each of ``texts`` in their stead.

    Parameters
    ----------
    dialect
        The dialect that reads the stream.
    chunks
        The stream.
    texts
        Further texts, none of them empty.

    Returns
    -------
    list of str or None
        A sentence for each text; None where no chunk brings text and nothing else.
    """
    text_places = _text_places(dialect, chunks)
    if not text_places:
        return None
    changed = []
    for n, place in text_places.items():
        original: str = value_in(chunks[n], place)
        for text in (original, *texts):
            whole = joined_texts(dialect, _with_pieces(chunks, n, place, [text]))
            if not any(text in joined for joined in whole.values()):
                changed.append(f"{text!r} in {place_name((n, *place))} is not kept as it is: {whole}")
            cuts = [list(text), *([text[:end], text[end:]] for end in range(1, len(text)))]
            for pieces in cuts:
                joined = joined_texts(dialect, _with_pieces(chunks, n, place, pieces))
                if joined != whole:
                    changed.append(f"{pieces} in {place_name((n, *place))}: {joined}, not {whole}")
    return changed


def letter_by_letter(dialect: Dialect, chunks: Sequence[Json]) -> list[Json]:
    """The stream, each of its texts cut wherever it can be: a chunk that brings text and nothing else for each letter."""
    letters = list(chunks)
    for n, place in sorted(_text_places(dialect, chunks).items(), reverse=True):
        letters = _with_pieces(letters, n, place, value_in(chunks[n], place))
    return letters


def _text_places(dialect: Dialect, chunks: Sequence[Json]) -> dict[int, Place]:
    """The chunks of a stream that bring text and nothing else, and where in them the text stands."""
    events = defaultdict(list)
    columns = extracted(dialect, chunks)
    names = ("row", "kind", "text", "tool_name", "tool_call_id")
    for row, kind, *cells in zip(*map(columns.events.column, names), strict=True):
        events[row].append((KINDS[kind], *cells))
    text_places = {}
    for row, of_chunk in events.items():
        texts = [(kind, text) for kind, text, name, call in of_chunk if kind in JOINED_KINDS and text and not name]
        if len(texts) == 1 and all(kind in ("role", texts[0][0]) for kind, *_ in of_chunk):
            same = [place for place in places(chunks[row]) if value_in(chunks[row], place) == texts[0][1]]
            if len(same) == 1:
                text_places[row] = same[0]
    return text_places


def _with_pieces(chunks: Sequence[Json], n: int, place: Place, pieces: Sequence[str]) -> list[Json]:
    """The stream with one chunk sent once for each piece of its text."""
    return [*chunks[:n], *(bent(chunks[n], place, piece).document for piece in pieces), *chunks[n + 1 :]]
