"""What each kind of piece is replaced by.

Takes the pieces of a file, gives each what it says instead. Texts that go on from chunk to chunk are filled as one, and cut
where they were cut. Keys of known forms are masked wherever they stand, whatever the policy keeps.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable
from itertools import pairwise
from typing import Final

from recexplore.matching.generations import REWRITES
from recexplore.model.written_keys import without_keys
from recexplore.share.redact.fields import Kind
from recexplore.share.redact.keys import Digest
from recexplore.share.redact.notations.pieces import Piece
from recexplore.share.redact.policy import Policy
from recexplore.share.redact.stand_ins.filler import Filler, TextStyle
from recexplore.share.redact.stand_ins.media import dropped, is_dropped
from recexplore.share.redact.stand_ins.pseudonyms import ID_IN_TEXT, Pseudonyms
from recexplore.share.redact.stand_ins.urls import Urls

__all__ = ["Replacer", "masked"]

_SCHEME: Final = re.compile(r"(?:Bearer|Basic|Token|Key|Digest|AWS4-HMAC-SHA256)\s+(?=\S)", re.IGNORECASE)
_TUNED: Final = re.compile(r"(?P<head>ft:[^:]+:)(?P<rest>.+)")
_RECORDERS_OWN: Final = frozenset(word for rewrite in REWRITES for pair in rewrite.undo for word in pair)
"""Words that a recorder put in each other's place when it was renamed: by them it is known that requests are the same."""


def masked(value: str) -> str:
    """Stars, as many as there were letters; a scheme stays."""
    scheme = found[0] if (found := _SCHEME.match(value)) else ""
    return scheme + "*" * (len(value) - len(scheme))


class Replacer:
    """Replaces pieces by one policy with one key.

    Parameters
    ----------
    policy, digest
        What is replaced, and what the key gives.
    """

    def __init__(self, policy: Policy, digest: Digest) -> None:
        self._policy = policy
        self._pseudonyms = Pseudonyms(digest)
        style: TextStyle = "masked" if policy.texts == "masked" else "filler"
        fills_numbers = policy.numbers == "filler" and policy.texts != "kept"
        self._filler = Filler(digest, style, fills_numbers=fills_numbers, pseudonym=self._id)
        has_ids, has_hosts = policy.ids == "pseudonyms", policy.hosts == "pseudonyms"
        self._urls = Urls(self._pseudonyms, self._parameter, replaces_hosts=has_hosts, replaces_ids=has_ids)
        same: Callable[[str], str] = str
        self._by_kind: dict[Kind, Callable[[str], str]] = {
            Kind.STRUCTURE: self._structure,
            Kind.NAME: self._filler.prose if policy.names == "filler" else same,
            Kind.NUMBER: self._filler.number,
            Kind.ID: self._id,
            Kind.OPAQUE: self._pseudonyms.name if has_ids else same,
            Kind.HOST: self._urls.host,
            Kind.URL: self._urls.url,
            Kind.HEADER: masked,
            Kind.CREDENTIAL: masked,
            Kind.MEDIA: self._media if policy.media == "dropped" else same,
            Kind.BINARY: self._binary if policy.media == "dropped" else same,
        }

    def replace(self, pieces: Iterable[Piece], names: Collection[str]) -> Counter[Kind]:
        """Give every piece what it says instead; gives how many were replaced, by kind.

        Parameters
        ----------
        pieces
            Those of one file, in its order.
        names
            Names that stay in texts, if the policy keeps names.
        """
        texts: dict[tuple[object, ...], list[Piece]] = defaultdict(list)
        counts: Counter[Kind] = Counter()
        for piece in pieces:
            if piece.kind is Kind.TEXT:
                texts[piece.slot].append(piece)
                continue
            if piece.kind is Kind.HEADER and piece.name.lower() in self._policy.headers:
                piece.kind = Kind.STRUCTURE
            is_parameter = piece.kind is Kind.PARAMETER
            new = (
                self._urls.parameter(piece.name, piece.text) if is_parameter else self._by_kind[piece.kind](piece.text)
            )
            piece.new = self._without_secrets(new, counts)
            counts[piece.kind] += piece.new != piece.text
        kept = _RECORDERS_OWN.union(names if self._policy.names == "kept" else ())
        for cut in texts.values():
            self._replace_text(cut, kept, counts)
        return counts

    def _id(self, value: str) -> str:
        return self._pseudonyms.of(value) if self._policy.ids == "pseudonyms" else value

    def _replace_text(self, cut: list[Piece], kept: Collection[str], counts: Counter[Kind]) -> None:
        """A text and all its pieces."""
        # Some servers send all the text anew with each chunk.
        is_cumulative = len(cut) > 2 and all(
            len(old.text) > 1 and new.text.startswith(old.text) for old, new in pairwise(cut)
        )
        whole = cut[-1].text if is_cumulative else "".join(piece.text for piece in cut)
        new = self._without_secrets(whole, counts)
        if self._policy.texts != "kept":
            new = self._filler.text(new, kept)
        elif self._policy.ids == "pseudonyms":
            new = ID_IN_TEXT.sub(lambda found: self._pseudonyms.of(found[0]), new)
        at = 0
        for piece in cut:
            at = 0 if is_cumulative else at
            piece.new = new[at : at + len(piece.text)]
            at += len(piece.text)
            counts[Kind.TEXT] += piece.new != piece.text

    def _without_secrets(self, text: str, counts: Counter[Kind]) -> str:
        new, n = without_keys(text)
        counts[Kind.SECRET] += n
        return new

    def _parameter(self, value: str) -> str:
        """A parameter of a URL."""
        if any(each.isdigit() for each in value) and " " not in value and self._policy.ids == "pseudonyms":
            return self._pseudonyms.of(value)
        return value if self._policy.texts == "kept" else self._filler.prose(value)

    def _structure(self, value: str) -> str:
        """A word of an API; a model may be called after its owner."""
        if self._policy.ids == "kept":
            return value
        tuned = _TUNED.fullmatch(value)
        if tuned is not None:
            return tuned["head"] + self._pseudonyms.name(tuned["rest"])
        return self._urls.account(value) if value.startswith("arn:") else value

    def _media(self, value: str) -> str:
        return value if is_dropped(value) else dropped(value)

    def _binary(self, value: str) -> str:
        return f"redacted: {len(value)} bytes"
