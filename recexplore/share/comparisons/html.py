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

from recexplore.model.counts import count
from recexplore.share.comparisons.answers import Answer, Said, answers, partings_of, runs_in_words
from recexplore.share.comparisons.aspect_values import aspect_rows
from recexplore.share.comparisons.excerpts import seen
from recexplore.share.comparisons.outcome import Entry, Outcome
from recexplore.share.comparisons.side_by_side import Piece, text_pairs
from recexplore.views.text.safe_text import visible

__all__ = ["report"]

_MOST_ENTRIES: Final = 200
_MOST_ANSWERS: Final = 8
_STYLE: Final = "page.css"
_LEGEND: Final = "Marked is what the other does not say; a thin line stands where a chunk begins."


def report(outcome: Outcome) -> str:
    """The outcome as a page."""
    style = resources.files("recexplore.share.comparisons").joinpath(_STYLE).read_text(encoding="utf-8")
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


def _body(outcome: Outcome) -> Iterator[str]:
    told = outcome.differing
    shown = told or (outcome.entries if len(outcome.entries) == 1 else ())
    is_named = outcome.is_of_sides and len(outcome.places) == 2
    places = f": {' → '.join(_code(each) for each in outcome.places)}" if is_named else ""
    yield f'<header>\n<h1>recexplore compare{places}</h1>\n<p class="lead">{_text(outcome.words)}</p>'
    if len(told) > 1:
        yield _table(
            ["", "request", "runs", "differs in"], (_summary(n, each) for n, each in enumerate(told)), "summary"
        )
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
    said = str(entry.verdict if entry.status in (None, "changed", "same") else entry.status)
    return f'<span class="badge {said.replace(" ", "-")}">{said}</span>'


def _section(entry: Entry) -> Iterator[str]:
    yield f"<h2>{_badge(entry)} {_code(entry.name)}</h2>"
    title = entry.title if entry.title != entry.name else ""
    for line in (title, entry.note, f"Not compared: {', '.join(entry.left_out)}" if entry.left_out else ""):
        if line:
            yield f'<p class="muted">{_text(line)}</p>'
    if entry.request:
        rows = ([_code(each.path), *map(_code, each.excerpts)] for each in entry.request)
        yield _table(["request", "before", "after"], rows, "requests")
    if entry.comparison is None:
        return
    told = answers(entry)
    if not entry.is_pair:
        yield _answers(entry, told)
    elif rows_ := aspect_rows(entry):
        rows = ([row.level, _text(row.title), *(_text(said) for said, _ in row.values)] for row in rows_)
        yield _table(["level", "", "before", "after"], rows)
    for answer in told[1 : _MOST_ANSWERS + 1]:
        yield from _parted(entry, answer)
    if len(told) > _MOST_ANSWERS + 1:
        yield f"<p>… and {count(len(told) - _MOST_ANSWERS - 1, 'more answer')}.</p>"


def _answers(entry: Entry, told: Sequence[Answer]) -> str:
    rows = []
    for number, answer in enumerate(told[: _MOST_ANSWERS + 1]):
        why = "; ".join([*answer.why, *([answer.broken] if answer.broken else [])])
        runs = _text(runs_in_words(entry, answer.runs, 20))
        verdict = (
            f'<span class="{answer.verdict.replace(" ", "-")}">{answer.verdict}</span>' if number else "the reference"
        )
        rows.append([f"{len(answer.runs):,}", runs, verdict, _text(why)])
    scores = entry.comparison.stability if entry.comparison is not None else {}
    stability = ", ".join(f"{level} {share:.0%}" for level, share in scores.items())
    return f'{_table(["runs", "", "", "differs in"], rows, "answers")}<p class="muted">Stability: {stability}.</p>'


def _parted(entry: Entry, answer: Answer) -> Iterator[str]:
    base, other = entry.labels[entry.baseline], entry.labels[answer.runs[0]]
    places = {each.place: each for each in partings_of(entry, answer)}
    for pair in text_pairs(entry, answer):
        parting = places.get(pair.place)
        where = ""
        if parting is not None:
            chunks = " and ".join(dict.fromkeys(map(_said, (parting.base, parting.other))))
            where = f' <span class="muted">part at character {parting.char:,}, word {parting.word:,}, {chunks}</span>'
        elif pair.is_same_text:
            where = ' <span class="muted">the same text, cut otherwise</span>'
        yield f"<h3>{_text(pair.place)}{where}</h3>"
        yield f'<div class="both">{_figure(base, pair.base, "before")}{_figure(other, pair.other, "after")}</div>'
        if pair.n_left_out:
            yield f'<p class="muted">{pair.n_left_out:,} more characters are left out.</p>'


def _said(said: Said) -> str:
    chunk = "the end" if said.chunk is None else f"chunk {said.chunk:,}"
    return chunk if said.logprob is None else f"{chunk} (log probability {said.logprob:.3g})"


def _figure(label: str, pieces: Sequence[Piece], side: str) -> str:
    inner = "".join(map(_piece, pieces)) or '<span class="none">nothing</span>'
    return f'<figure class="{side}"><figcaption>{_text(label)}</figcaption><div class="text">{inner}</div></figure>'


def _piece(piece: Piece) -> str:
    if piece.mark == "left out":
        return f'<span class="skip">… {escape(piece.text)} …</span>'
    said = escape(visible(piece.text))
    said = f"<mark>{said}</mark>" if piece.mark == "differs" else said
    return f"<i></i>{said}" if piece.begins_chunk else said


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]], name: str = "") -> str:
    head = "".join(f"<th>{each}</th>" for each in heads)
    body = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    opening = f'<table class="{name}">' if name else "<table>"
    return f"{opening}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _text(text: str) -> str:
    return escape(seen(text))


def _code(text: str) -> str:
    return f"<code>{_text(text)}</code>"
