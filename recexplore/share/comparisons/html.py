"""What a comparison came to, as a page of its own: one file without a script, light and dark, to be read, sent and printed.

Takes an `Outcome`, gives HTML. Nothing is fetched: the page's policy allows its own style and nothing else. Recorded text is
text there, in elements and never in attributes.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Iterator, Sequence
from html import escape
from importlib import resources
from typing import Final

from recexplore.comparison.levels import TABLE
from recexplore.model.colours import Colour
from recexplore.model.counts import count
from recexplore.share.comparisons.answers import Answer, Continuation, answers, partings_of
from recexplore.share.comparisons.aspect_values import aspect_rows
from recexplore.share.comparisons.entry import STATUS_COLOURS, Entry
from recexplore.share.comparisons.excerpts import seen
from recexplore.share.comparisons.outcome import Outcome
from recexplore.share.comparisons.side_by_side import Piece, text_pairs
from recexplore.share.comparisons.stalls import MOST_STALLS, stalls_in_words
from recexplore.share.comparisons.wording import chunk_in_words, logprob_in_words, reasons_in_words, runs_in_words
from recexplore.views.text.safe_text import visible

__all__ = ["report"]

_MOST_ENTRIES: Final = 200
_MOST_ANSWERS: Final = 8
_STYLE: Final = "page.css"
_LEGEND: Final = "Marked is what the other does not say; a thin line stands where a chunk begins."


def report(outcome: Outcome) -> str:
    """The outcome as a page."""
    style = _style()
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    return "\n".join(
        [
            '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{policy}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            '<meta name="referrer" content="no-referrer">',
            f"<title>{_text(f'{outcome.words} – recexplore')}</title>\n<style>{style}</style>\n</head>\n<body>",
            *_body(outcome),
            "</body>\n</html>\n",
        ]
    )


def _style() -> str:
    """The page's own, and each status and verdict in its colour, darkened or lightened to be read as text."""
    own = resources.files("recexplore.share.comparisons").joinpath(_STYLE).read_text(encoding="utf-8")
    colours: dict[str, Colour] = {**STATUS_COLOURS, **{each.verdict: each.colour for each in TABLE}}
    headings = (
        f".{_class(heading)} {{ color: color-mix(in srgb, {colour.hex} 65%, CanvasText); }}\n"
        for heading, colour in colours.items()
    )
    return f"{own}{''.join(headings)}"


def _body(outcome: Outcome) -> Iterator[str]:
    differing = outcome.differing
    shown = differing or (outcome.entries if len(outcome.entries) == 1 else ())
    is_named = outcome.is_of_sides and len(outcome.places) == 2
    places = f": {' → '.join(_code(each) for each in outcome.places)}" if is_named else ""
    yield f'<header>\n<h1>recexplore compare{places}</h1>\n<p class="lead">{_text(outcome.words)}</p>'
    if len(differing) > 1:
        rows = (_summary(number, each) for number, each in enumerate(differing))
        yield _table(["", "request", "runs", "differs in"], rows, "summary")
    if outcome.unread:
        yield f"<h3>Could not be read</h3>\n<ul>{''.join(f'<li>{_text(str(each))}</li>' for each in outcome.unread)}</ul>"
    if any(each.comparison is not None for each in shown):
        yield f'<p class="legend">{_LEGEND}</p>'
    yield "</header>\n<main>"
    for number, entry in enumerate(shown[:_MOST_ENTRIES]):
        yield f'<section id="request-{number}">\n{"".join(_section(entry))}\n</section>'
    if len(shown) > _MOST_ENTRIES:
        yield f"<p>… and {count(len(shown) - _MOST_ENTRIES, 'more request')}; the format json has all.</p>"
    yield "</main>"


def _summary(number: int, entry: Entry) -> list[str]:
    name = _code(entry.name)
    link = f'<a href="#request-{number}">{name}</a>' if number < _MOST_ENTRIES else name
    differs = _text(", ".join([*(each.path for each in entry.request), *entry.differing]))
    return [_badge(entry), link, f"{len(entry.recordings):,}", differs]


def _badge(entry: Entry) -> str:
    return f'<span class="badge {_class(entry.heading)}">{entry.heading}</span>'


def _class(heading: str) -> str:
    return heading.replace(" ", "-")


def _section(entry: Entry) -> Iterator[str]:
    yield f"<h2>{_badge(entry)} {_code(entry.name)}</h2>"
    yield from (f'<p class="muted">{_text(line)}</p>' for line in entry.notes)
    if entry.request:
        rows = ([_code(each.path), *map(_code, each.excerpts)] for each in entry.request)
        yield _table(["request", "before", "after"], rows, "requests")
    if entry.comparison is None:
        return
    every = answers(entry)
    if not entry.is_pair:
        yield _answers(entry, every)
    elif aspects := aspect_rows(entry):
        rows = ([row.level, _text(row.title), *(_text(words) for words, _ in row.values)] for row in aspects)
        yield _table(["level", "", "before", "after"], rows)
    for answer in every[1 : _MOST_ANSWERS + 1]:
        yield from _parted(entry, answer)
    if len(every) > _MOST_ANSWERS + 1:
        yield f"<p>… and {count(len(every) - _MOST_ANSWERS - 1, 'more answer')}.</p>"
    if stalls := [[_text(label), _text(words)] for label, words in stalls_in_words(entry)][:MOST_STALLS]:
        yield _table(["stalled", ""], stalls)


def _answers(entry: Entry, every: Sequence[Answer]) -> str:
    rows = []
    for number, answer in enumerate(every[: _MOST_ANSWERS + 1]):
        runs = _text(runs_in_words(entry, answer.runs, 20))
        verdict = f'<span class="{_class(answer.verdict)}">{answer.verdict}</span>' if number else "the reference"
        rows.append([f"{len(answer.runs):,}", runs, verdict, _text(reasons_in_words(answer))])
    scores = entry.comparison.stability if entry.comparison is not None else {}
    stability = ", ".join(f"{level} {share:.0%}" for level, share in scores.items())
    return f'{_table(["runs", "", "", "differs in"], rows, "answers")}<p class="muted">Stability: {stability}.</p>'


def _parted(entry: Entry, answer: Answer) -> Iterator[str]:
    base, other = entry.labels[entry.reference], entry.labels[answer.runs[0]]
    places = {each.place: each for each in partings_of(entry, answer)}
    for pair in text_pairs(entry, answer):
        parting = places.get(pair.place)
        where = ""
        if parting is not None:
            chunks = " and ".join(dict.fromkeys(map(_place, (parting.base, parting.other))))
            where = f' <span class="muted">part at character {parting.char:,}, word {parting.word:,}, {chunks}</span>'
        elif pair.is_same_text:
            where = ' <span class="muted">the same text, cut otherwise</span>'
        yield f"<h3>{_text(pair.place)}{where}</h3>"
        yield f'<div class="both">{_figure(base, pair.base, "before")}{_figure(other, pair.other, "after")}</div>'
        if pair.n_left_out:
            yield f'<p class="muted">{pair.n_left_out:,} more characters are left out.</p>'


def _place(each: Continuation) -> str:
    logprob = logprob_in_words(each)
    return f"{chunk_in_words(each)} ({logprob})" if logprob else chunk_in_words(each)


def _figure(label: str, pieces: Sequence[Piece], side: str) -> str:
    inner = "".join(map(_piece, pieces)) or '<span class="none">nothing</span>'
    return f'<figure class="{side}"><figcaption>{_text(label)}</figcaption><div class="text">{inner}</div></figure>'


def _piece(piece: Piece) -> str:
    if piece.mark == "left out":
        return f'<span class="skip">… {escape(piece.text)} …</span>'
    text = escape(visible(piece.text))
    text = f"<mark>{text}</mark>" if piece.mark == "differs" else text
    return f"<i></i>{text}" if piece.begins_chunk else text


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]], name: str = "") -> str:
    head = "".join(f"<th>{each}</th>" for each in heads)
    body = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    opening = f'<table class="{name}">' if name else "<table>"
    return f"{opening}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _text(text: str) -> str:
    return escape(seen(text))


def _code(text: str) -> str:
    return f"<code>{_text(text)}</code>"
