"""Rules about log probabilities: whether they came, whose they are, and whether they can be true."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import accumulate
from typing import Any, Final, NamedTuple

import orjson
import pandas as pd

from recexplore.model.counts import count, plural
from recexplore.model.kinds import TEXT_KINDS
from recexplore.model.traits import Trait
from recexplore.rules.quoting import listed, quoted, says
from recexplore.rules.rule import Hit, Rule
from recexplore.rules.streams import Streams, key_of, rows
from recexplore.rules.token_lists import BLANK_MARKS, Token, from_byte_letters, from_pieces, name_meant, tokens_in

__all__ = ["RULES"]

_SHORT_BY: Final = 2
"""A server may leave out the probability of a last token or two."""
_TOKEN_CHARS: Final = 16
_LEAST_CERTAIN: Final = 6
"""A short answer may be certain from its first token to its last."""
_RULED_OUT: Final = -1000.0
"""No model's own probability is so low: a sampler wrote it."""
_IMPROBABLE: Final = -8.0
_TOLERANCE: Final = 0.02
_LEAST_MISSING: Final = 2
_MOST_SHOWN: Final = 3
_SPOKEN: Final = (("content",), TEXT_KINDS, ("refusal",), ("tool_call",))
"""What tokens may be the tokens of: content, content with the reasoning that stood in it, a refusal, or a call."""


class _Piece(NamedTuple):
    """What a chunk adds to the text of a choice."""

    chunk: int
    kind: str
    text: str


def _logprobs(streams: Streams) -> Iterator[Hit]:
    events = streams.of_kind("logprobs")
    events = events.loc[
        (events["key"] >= 0) & streams.has(events["of"], Trait.TOKEN_LOGPROBS), ["key", "of", "choice", "chunk", "text"]
    ]
    yield from _absent(streams, set(events["key"]))
    if events.empty:
        return
    finishes = streams.finishes
    calling = set(streams.tool_calls["key"]) | set(finishes.loc[finishes["meaning"] == "tool", "key"])
    scored: dict[tuple[int, int, int], list[list[Token]]] = {}
    for key, of, choice, chunk, text in _lists_of(events):
        scored.setdefault((key, of, int(choice)), []).append(tokens_in(chunk, orjson.loads(text)))
    written_by = _written(streams, events["key"])
    for (key, of, choice), by_chunk in scored.items():
        tokens = [token for some in by_chunk for token in some]
        if not tokens:
            continue
        written = written_by.get(key, [])
        said = ["".join(each.text for each in written if each.kind in kinds) for kinds in _SPOKEN]
        said = [text for text in said if text.strip()]
        # A call's tokens, and those of an answer that shows nothing, are of a text that nobody sees.
        if said and key not in calling:
            read = _as_written(by_chunk, said)
            yield from _not_the_text(of, choice, read, written, said) or _too_early(streams, of, choice, read, written)
        yield from list(_all_certain(of, choice, tokens)) or _not_among_their_own(of, choice, by_chunk)


def _lists_of(frame: pd.DataFrame) -> Iterator[tuple[Any, ...]]:
    """The rows as tuples; with thousands of choices a frame for each is what costs."""
    return zip(*(frame[name].tolist() for name in frame.columns), strict=True)


def _written(streams: Streams, keys: pd.Series[int]) -> dict[int, list[_Piece]]:
    """What some choices say, by their keys, in the order of the wire."""
    payload = streams.payload
    mine = payload.loc[payload["key"].isin(keys), ["key", "seq", "chunk", "kind", "text"]]
    found: dict[int, list[_Piece]] = {}
    for key, _, chunk, kind, text in _lists_of(mine.sort_values("seq", kind="stable")):
        found.setdefault(key, []).append(_Piece(chunk, kind, text if isinstance(text, str) else ""))
    return found


def _absent(streams: Streams, told: set[int]) -> Iterator[Hit]:
    answers = streams.answers
    asked = (answers["asked_logprobs"] == True).fillna(False).to_numpy(dtype=bool)  # noqa: E712
    if not asked.any():
        return
    spoken = answers[asked & (answers["content_chars"] > 0).to_numpy() & answers["error"].isna().to_numpy()]
    for row in rows(spoken[~spoken["key"].isin(told) & ~spoken["key"].isin(streams.tool_calls["key"])]):
        message = f"The request asked for log probabilities; choice {row.choice} has none."
        yield Hit(row.of, message, chunk=row.first_chunk, choice=row.choice, evidence='"logprobs": true')


def _as_written(by_chunk: list[list[Token]], said: list[str]) -> list[list[Token]]:
    """The tokens as the text they stand for: as they came, or read by the alphabet of their vocabulary."""
    for spelled in (None, from_byte_letters, from_pieces):
        read = [[token if spelled is None else spelled(token) for token in some] for some in by_chunk]
        texts = [token.text for some in read for token in some]
        if any(_fits(texts, text) for text in said):
            return read
    came = _joined([token.text for some in by_chunk for token in some])
    for mark, spelled in BLANK_MARKS:
        if mark in came and not any(mark in text for text in said):
            return [[spelled(token) for token in some] for some in by_chunk]
    return by_chunk


def _not_the_text(
    of: int, choice: int, by_chunk: list[list[Token]], written: list[_Piece], said: list[str]
) -> list[Hit]:
    """Where the tokens are not those of the text."""
    tokens = [token for some in by_chunk for token in some]
    texts = [token.text for token in tokens]
    if any(_fits(texts, text) for text in said):
        return []
    if without := _without_tokens(by_chunk, written):
        chunks, n = without
        return [
            Hit(
                of,
                f"{says(len(chunks), 'chunk', 'brings', 'bring')} text of choice {choice} without log probabilities, "
                f"{count(n, 'other')} {'has' if n == 1 else 'have'} them: {plural(len(chunks), 'chunk')} {listed(chunks)}.",
                chunk=chunks[0],
                last_chunk=chunks[-1],
                choice=choice,
                evidence=f"tokens {quoted(_joined(texts))}, text {quoted(said[0])}",
            )
        ]
    own = _own_tokens(by_chunk, written)
    if own is None:
        message = f"The tokens of the log probabilities of choice {choice}, joined, are not its text."
    else:
        message = (
            f"Chunks bring the log probabilities of earlier tokens of choice {choice} again: {len(tokens):,} tokens "
            f"came, its text has {own:,}."
        )
    return [
        Hit(
            of,
            message,
            chunk=tokens[0].chunk,
            last_chunk=tokens[-1].chunk,
            choice=choice,
            evidence=f"tokens {quoted(_joined(texts))}, text {quoted(said[0])}",
        )
    ]


def _text_of_chunks(written: list[_Piece]) -> dict[int, bytes]:
    """What each chunk says, as tokens are compared with it."""
    texts: dict[int, list[str]] = {}
    for each in written:
        if each.kind in TEXT_KINDS:
            texts.setdefault(each.chunk, []).append(each.text)
    return {chunk: "".join(some).encode("utf-8", "surrogatepass") for chunk, some in texts.items()}


def _without_tokens(by_chunk: list[list[Token]], written: list[_Piece]) -> tuple[list[int], int] | None:
    """The chunks with text and without tokens, and how many have those of their own text; None where any has others."""
    texts = _text_of_chunks(written)
    listed_in = {some[0].chunk: b"".join(token.text for token in some) for some in by_chunk if some}
    if any(texts.get(chunk) != tokens for chunk, tokens in listed_in.items()):
        return None
    chunks = sorted(chunk for chunk, text in texts.items() if chunk not in listed_in)
    return (chunks, len(listed_in)) if chunks else None


def _too_early(
    streams: Streams, of: int, choice: int, by_chunk: list[list[Token]], written: list[_Piece]
) -> Iterator[Hit]:
    """Where the tokens are those of the text, but some stand in the chunk before the one that says them.

    A server that holds text back, for it may begin a stop sequence or a call, cuts it anywhere; one that lists the tokens of
    the next chunk too early cuts it between tokens, as always.
    """
    texts = _text_of_chunks(written)
    some = [tokens for tokens in by_chunk if tokens]
    if {tokens[0].chunk for tokens in some} != set(texts) or len(some) != len(texts):
        return
    own = [b"".join(token.text for token in tokens) for tokens in some]
    text = [texts[tokens[0].chunk] for tokens in some]
    if own == text or b"".join(own) != b"".join(text):
        return
    ends_of_tokens = set(accumulate(len(token.text) for tokens in some for token in tokens))
    told, came = list(accumulate(map(len, own))), list(accumulate(map(len, text)))
    if not set(came) <= ends_of_tokens or any(n < m for n, m in zip(told, came, strict=True)):
        return
    early = [at for at, (n, m) in enumerate(zip(told, came, strict=True)) if n > m]
    first, n_chunks = early[0], len(early)
    facts = streams.answers.loc[key_of(of, choice)]
    may_hold_back = not streams.has(of, Trait.RAW_PROMPT) and (
        isinstance(facts["tools"], str) or pd.isna(facts["asked_logprobs"])
    )
    yield Hit(
        of,
        f"{says(n_chunks, 'chunk', 'lists', 'list')} tokens of choice {choice} that a later one says: chunk "
        f"{some[first][0].chunk} says {quoted(text[first].decode('utf-8', 'replace'))}, its log probabilities are those of "
        f"{quoted(own[first].decode('utf-8', 'replace'))}.",
        chunk=some[first][0].chunk,
        last_chunk=some[early[-1] + 1][0].chunk,
        choice=choice,
        evidence=f"tokens {quoted(_joined([token.text for token in some[first]]))}, "
        f"text {quoted(text[first].decode('utf-8', 'replace'))}",
        severity="note" if may_hold_back else None,
    )


def _own_tokens(by_chunk: list[list[Token]], written: list[_Piece]) -> int | None:
    """How many tokens the text has, where each chunk's last tokens are its own text; None where they are not."""
    texts = _text_of_chunks(written)
    n, more = 0, False
    for tokens in by_chunk:
        text = texts.get(tokens[0].chunk, b"") if tokens else b""
        own, rest = len(tokens), len(text)
        while own and rest > 0:
            own -= 1
            rest -= len(tokens[own].text)
        if b"".join(token.text for token in tokens[own:]) != text:
            return None
        n, more = n + len(tokens) - own, more or own > 0
    return n if more else None


def _all_certain(of: int, choice: int, tokens: list[Token]) -> Iterator[Hit]:
    """Where every token is said to be certain, though nothing says that all else was improbable."""
    counted = [token for token in tokens if token.logprob is not None]
    if len(counted) < _LEAST_MISSING or any(token.logprob for token in counted):
        return
    rivals = [names for token in counted if len(names := _certain_names(token)) > 1]
    if rivals:
        yield Hit(
            of,
            f"All {len(counted)} log probabilities of choice {choice} are 0, and so are those of their alternatives: "
            f"{quoted(rivals[0][0])} and {quoted(rivals[0][1])} cannot both be certain; they were never computed.",
            chunk=counted[0].chunk,
            last_chunk=counted[-1].chunk,
            choice=choice,
            evidence=f"log probability 0 for {listed(quoted(name) for name in rivals[0][:_MOST_SHOWN])}, all at one place",
        )
        return
    if len(counted) < _LEAST_CERTAIN:
        return
    others = [
        value
        for token in counted
        for name, value in token.alternatives
        if name != token.text.decode("utf-8", "replace")
    ]
    if others and all(_RULED_OUT < value < _IMPROBABLE for value in others):
        return
    yield Hit(
        of,
        f"All {len(counted)} log probabilities of choice {choice} are 0, as if no other token had been possible: they "
        "were never computed, or are those of a sampler at temperature 0.",
        chunk=counted[0].chunk,
        last_chunk=counted[-1].chunk,
        choice=choice,
        evidence=f"log probability 0 for {listed(_shown(token) for token in counted[:_MOST_SHOWN])} and all others",
    )


def _certain_names(token: Token) -> list[str]:
    """The different tokens that are said to be certain at one place; blanks are written in several ways."""
    names = {_bare(name): name for name, value in token.alternatives if value == 0 and "\ufffd" not in name}
    return list(names.values())


def _not_among_their_own(of: int, choice: int, by_chunk: list[list[Token]]) -> Iterator[Hit]:
    """Where alternatives leave a token out that is more probable than one of them: they are another token's."""
    tokens = [token for some in by_chunk for token in some if token.alternatives]
    missing = [token for token in tokens if _is_missing(token)]
    inside = {id(token): some[0] for some in by_chunk for token in some[1:]}
    copies = [token for token in missing if _is_copy(token, inside.get(id(token)))]
    if len({token.alternatives for token in missing}) == len(tokens):
        return  # each list is another, and none has its token: a server that lists the others only
    if not copies and (len(missing) < _LEAST_MISSING or len(missing) * 10 < len(tokens)):
        return
    shown = (copies or missing)[0]
    what = says(len(missing), "token", "is not among its", "are not among their")
    why = "though more probable than the least of them"
    if len(copies) == len(missing):
        why += ": the alternatives are copied from the first token of the chunk"
    least = min(shown.alternatives, key=lambda each: each[1])
    yield Hit(
        of,
        f"{what} own alternatives (top_logprobs) in choice {choice}, {why}.",
        chunk=missing[0].chunk,
        last_chunk=missing[-1].chunk,
        choice=choice,
        evidence=f"{_shown(shown)} has {shown.logprob}, its alternative {quoted(least[0])} has {least[1]}",
    )


def _is_copy(token: Token, first: Token | None) -> bool:
    return first is not None and first.alternatives == token.alternatives


def _is_missing(token: Token) -> bool:
    own = token.text.decode("utf-8", "replace")
    names = [name for name, _ in token.alternatives]
    # Half a character alone, and what a server leaves unsaid, cannot be looked for.
    if token.logprob is None or not _bare(own) or any("\ufffd" in name for name in (own, *names)):
        return False
    if _bare(own) in map(_bare, names) or own in map(name_meant, names):
        return False
    return token.logprob > min(value for _, value in token.alternatives) + _TOLERANCE


def _bare(token: str) -> str:
    """A token without the blank before it, however a vocabulary writes that."""
    return token.strip(" \u2581\u0120")


def _shown(token: Token) -> str:
    return quoted(token.text.decode("utf-8", "replace"))


def _joined(tokens: list[bytes]) -> str:
    return b"".join(tokens).decode("utf-8", "replace")


def _fits(tokens: list[bytes], text: str) -> bool:
    """Whether the tokens are the text, but for white space around it and a last token or two."""
    said = text.strip()
    whole = _joined(tokens).strip()
    return any(
        _joined(tokens[: len(tokens) - cut]).strip() == said
        or (cut and said.startswith(whole) and len(said) - len(whole) <= _TOKEN_CHARS * cut)
        for cut in range(min(_SHORT_BY, len(tokens) - 1) + 1)
    )


RULES: Final[tuple[Rule, ...]] = (
    Rule(
        "logprobs",
        "Log probabilities that are wrong or of another text",
        "warning",
        meaning="Scores are computed over other tokens than those that are shown, from wrong figures, or not at all.",
        cause="They are of the model's raw output (Harmony tokens and all), are taken at the wrong place of a chunk "
        "with several tokens, or come from a sampler that knows only the token it chose; or the server ignores the "
        "request for them.",
        remedy="Compare token by token before using them; at the server, ask for those before sampling.",
        legal="Answers that call tools; one or two tokens less than the text; bytes that are parts of characters; tokens "
        "as their vocabulary writes them (`Ġ` or `▁` for a blank); "
        "alternatives that leave the token out because others are more probable; a few certain tokens, or many whose "
        "alternatives are all improbable.",
        find=_logprobs,
        traits=frozenset({Trait.TOKEN_LOGPROBS}),
        sources=(
            "https://github.com/sgl-project/sglang/issues/39260",
            "https://github.com/sgl-project/sglang/issues/5761",
            "https://github.com/Menci/Floway/issues/481",
            "https://github.com/foundation-model-stack/fms-guardrails-orchestrator/issues/477",
            "https://github.com/openai/gpt-2/blob/master/src/encoder.py",
        ),
    ),
)
